"""Whether Monte Carlo answers agree, with tolerances worked out from the number of draws.

Every check looks at many figures at once, so that its limit is Bonferroni's: a correct answer fails one check in a
thousand, and the seeds of the tests are fixed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

FALSE_ALARM = 1e-3


def furthest(draws: Array, mean: Array, covariance: Array) -> float:
    """Largest standardised distance of the mean and covariance of draws (draw, figure) from a Gaussian's."""
    count = len(draws)
    variance = np.diag(covariance)
    off = (draws.mean(axis=0) - mean) / np.sqrt(variance / count)
    spread = np.sqrt((np.outer(variance, variance) + covariance**2) / count)
    rows, columns = np.triu_indices(len(mean))
    apart = ((np.cov(draws.T) - covariance) / spread)[rows, columns]
    return float(max(np.abs(off).max(), np.abs(apart).max()))


def limit(figures: int, freedom: float = np.inf) -> float:
    """What the largest of so many standardised distances stays below, but for one false alarm in a thousand."""
    from scipy.stats import t

    return float(t.isf(FALSE_ALARM / (2.0 * figures), freedom))


def limit_of_moments(figures: int) -> float:
    """`limit` for `furthest`: so many means, and as many variances and covariances as they have."""
    return limit(figures + figures * (figures + 1) // 2)


def runs_agree(first: Array, second: Array) -> bool:
    """Whether two sets of independent runs (run, figure) have the same expectations: Welch's test of each figure.

    Works whatever an engine's effective number of draws is, since runs with other seeds show its error themselves.
    """
    variances = first.var(axis=0, ddof=1) / len(first), second.var(axis=0, ddof=1) / len(second)
    error = np.sqrt(variances[0] + variances[1])
    apart = np.abs(first.mean(axis=0) - second.mean(axis=0))
    freedom = min(len(first), len(second)) - 1
    return bool((apart <= limit(first.shape[1], freedom) * error + 1e-9).all())


def weighted_mean(values: Array, log_weight: Array) -> tuple[Array, Array]:
    """Self-normalised importance-sampling means of values (member, figure), and their standard errors."""
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    mean = weight @ values
    return mean, np.sqrt(weight**2 @ (values - mean) ** 2)


def uniform(ranks: Array) -> bool:
    """Whether ranks, 0-1, are uniform, and so are their distances from the middle (Kolmogorov's test of each).

    The first finds answers that lie to one side, the second those that are too sure or not sure enough.
    """
    from scipy.stats import kstest

    least = min(kstest(each, "uniform").pvalue for each in (ranks, np.abs(2.0 * ranks - 1.0)))
    return bool(least > FALSE_ALARM / 2.0)
