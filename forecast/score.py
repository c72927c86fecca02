"""Proper scores: how good a forecast was, once the result is known. Smaller is better, and honesty is the best policy.

Probabilities are along the last axis of classes, draws along the first. A NaN in what is scored makes that score NaN.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "LEAST_PROBABILITY",
    "brier",
    "brier_classes",
    "covers",
    "crps",
    "energy_score",
    "interval_score",
    "log_score",
    "pit",
    "quantiles",
    "ranked_probability",
    "variogram_score",
]

Array = NDArray[np.float64]

LEAST_PROBABILITY = 0.001  # an event is never charged for more than one chance in a thousand


def log_score(probability: Array, came: NDArray[np.intp]) -> Array:
    r"""Logarithmic score of what came, :math:`-\log p_y`, in nats.

    Parameters
    ----------
    probability
        (..., class) probabilities that sum to 1; held between 0.001 and 1, so that a score from draws is finite.
    came
        (...) position of the class that came.

    References
    ----------
    Good 1952, doi:10.1111/j.2517-6161.1952.tb00104.x.
    """
    given = np.take_along_axis(probability, np.asarray(came)[..., None], axis=-1)[..., 0]
    return np.asarray(np.log(1.0 / np.clip(given, LEAST_PROBABILITY, 1.0)))


def brier(probability: Array, came: NDArray[np.bool_]) -> Array:
    r"""Brier score of an event, :math:`(p - y)^2`, from 0 to 1.

    Parameters
    ----------
    probability
        (...) probability of the event.
    came
        (...) whether it came.

    References
    ----------
    Brier 1950, doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2.
    """
    return np.asarray((probability - came) ** 2)


def brier_classes(probability: Array, came: NDArray[np.intp]) -> Array:
    r"""Brier score of one class out of several, :math:`\sum_c (p_c - y_c)^2`, from 0 to 2.

    Parameters
    ----------
    probability
        (..., class) probabilities that sum to 1.
    came
        (...) position of the class that came.
    """
    hit = np.arange(probability.shape[-1]) == np.asarray(came)[..., None]
    return np.asarray(((probability - hit) ** 2).sum(axis=-1))


def ranked_probability(probability: Array, came: NDArray[np.intp]) -> Array:
    r"""Ranked probability score of ordered classes, :math:`\sum_c (P_c - Y_c)^2` of cumulated probabilities.

    Parameters
    ----------
    probability
        (..., class) probabilities that sum to 1, the classes in their order.
    came
        (...) position of the class that came.

    References
    ----------
    Epstein 1969, doi:10.1175/1520-0450(1969)008<0985:ASSFPF>2.0.CO;2.
    """
    reached = np.arange(probability.shape[-1]) >= np.asarray(came)[..., None]
    return np.asarray(((np.cumsum(probability, axis=-1) - reached) ** 2).sum(axis=-1))


def crps(draws: Array, came: Array, *, ordered: bool = False) -> Array:
    r"""Continuous ranked probability score of draws, :math:`E|X - y| - \tfrac12 E|X - X'|`, in the units of the draws.

    Parameters
    ----------
    draws
        (draw, ...) equally likely values; with one draw, the score is the absolute error.
    came
        (...) the value that came.
    ordered
        Whether the draws are sorted already.

    References
    ----------
    Gneiting & Raftery 2007, doi:10.1198/016214506000001437; computed in one sorting as in Jordan et al. 2019,
    doi:10.18637/jss.v090.i12.
    """
    count = len(draws)
    weights = (2.0 * np.arange(1, count + 1) - count - 1.0) / count**2
    apart = np.tensordot(weights, draws if ordered else np.sort(draws, axis=0), axes=1)
    return np.asarray(np.abs(draws - came).mean(axis=0) - apart)


def interval_score(lower: Array, upper: Array, came: Array, level: float) -> Array:
    r"""Interval score, :math:`(u - l) + \tfrac{2}{\alpha}\,\mathrm{dist}(y, [l, u])` with :math:`\alpha` = 1 - level.

    Parameters
    ----------
    lower, upper
        (...) ends of the central interval.
    came
        (...) the value that came.
    level
        Nominal coverage, 0-1.

    References
    ----------
    Gneiting & Raftery 2007, doi:10.1198/016214506000001437.
    """
    outside = np.maximum(lower - came, 0.0) + np.maximum(came - upper, 0.0)
    return np.asarray(upper - lower + 2.0 / (1.0 - level) * outside)


def quantiles(ordered: Array, probabilities: Sequence[float]) -> Array:
    """(probability, ...) quantiles of draws that are sorted already, between two of them in a straight line.

    Parameters
    ----------
    ordered
        (draw, ...) equally likely values, smallest first.
    probabilities
        0-1.

    References
    ----------
    Hyndman & Fan 1996, definition 7, doi:10.1080/00031305.1996.10473566.
    """
    place = np.asarray(probabilities) * (len(ordered) - 1)
    below = np.minimum(place.astype(int), max(len(ordered) - 2, 0))
    above = np.minimum(below + 1, len(ordered) - 1)
    part = (place - below).reshape(-1, *(1,) * (ordered.ndim - 1))
    return np.asarray(ordered[below] + part * (ordered[above] - ordered[below]))


def covers(draws: Array, came: Array, level: float, *, ordered: bool = False) -> Array:
    """Whether the central interval of the draws holds what came: 1 or 0, NaN where that is not known.

    Parameters
    ----------
    draws
        (draw, ...) equally likely values.
    came
        (...) the value that came.
    level
        Nominal coverage, 0-1.
    ordered
        Whether the draws are sorted already.
    """
    inorder = draws if ordered else np.sort(draws, axis=0)
    lower, upper = quantiles(inorder, [(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    # Half a millionth of the width: an end that was computed twice is not two ends.
    slack = 5e-7 * (upper - lower) + 1e-12
    inside = (lower - slack <= came) & (came <= upper + slack)
    return np.where(np.isnan(came), np.nan, inside)


def pit(draws: Array, came: Array, rng: np.random.Generator) -> Array:
    """Probability integral transform: where in the draws the value falls, 0-1, ties by lot.

    Uniform where the forecast is calibrated, whatever the ties.

    Parameters
    ----------
    draws
        (draw, ...) equally likely values.
    came
        (...) the value that came.
    rng
        Settles where among equal values it falls.

    References
    ----------
    Czado, Gneiting & Held 2009, doi:10.1111/j.1541-0420.2009.01191.x; rank among draws: Säilynoja, Bürkner & Vehtari
    2022, doi:10.1007/s11222-022-10090-6.
    """
    below, equal = (draws < came).sum(axis=0), (draws == came).sum(axis=0)
    place = (below + rng.random(np.shape(came)) * (equal + 1)) / (len(draws) + 1)
    return np.where(np.isnan(came), np.nan, place)


def energy_score(draws: Array, came: Array) -> float:
    r"""Energy score of a vector, :math:`E\|X - y\| - \tfrac12 E\|X - X'\|`: the CRPS of several values at once.

    Parameters
    ----------
    draws
        (draw, value) equally likely vectors. The second expectation is over all pairs of up to 400 of them, evenly
        spaced, so that memory stays small.
    came
        (value,) what came; a value not known is left out.

    References
    ----------
    Gneiting & Raftery 2007, doi:10.1198/016214506000001437.
    """
    known = np.isfinite(came)
    values = draws[:, known]
    some = values[np.linspace(0, len(values) - 1, min(len(values), 400)).astype(int)]
    apart = _distances(some).mean()
    return float(np.sqrt(((values - came[known]) ** 2).sum(axis=1)).mean() - 0.5 * apart)


def _distances(values: Array) -> Array:
    """(value, value) distances between (value, coordinate) points, by their products: no array of all differences."""
    centred = values - values.mean(axis=0)
    lengths = (centred**2).sum(axis=1)
    squares = np.maximum(lengths[:, None] + lengths - 2.0 * centred @ centred.T, 0.0)
    np.fill_diagonal(squares, 0.0)
    distances: Array = np.sqrt(squares)
    return distances


def variogram_score(draws: Array, came: Array) -> float:
    r"""Variogram score of order ½, :math:`\sum_{ij} (|y_i - y_j|^{1/2} - E|X_i - X_j|^{1/2})^2`: dependence, not level.

    Parameters
    ----------
    draws
        (draw, value) equally likely vectors.
    came
        (value,) what came; a value not known is left out.

    References
    ----------
    Scheuerer & Hamill 2015, doi:10.1175/MWR-D-14-00269.1.
    """
    known = np.isfinite(came)
    values, truth = draws[:, known].T, came[known]
    expected = np.array([np.sqrt(np.abs(each - values)).mean(axis=1) for each in values])
    seen = np.sqrt(np.abs(truth[:, None] - truth[None]))
    return float(((seen - expected) ** 2).sum())
