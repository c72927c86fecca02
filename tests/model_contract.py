"""What every model promises of its posterior, and what one breaks."""

from __future__ import annotations

import numpy as np

from forecast.posterior import Posterior
from forecast.tally import Tally


def complain(posterior: Posterior, tally: Tally) -> list[str]:
    """What a posterior breaks of the contract."""
    standing = tally.contest.standing
    share, valid = posterior.share, posterior.valid
    expected = (len(valid), *standing.shape)
    if share.shape != expected or valid.shape != expected[:2]:
        return ["shape"]
    reported = tally.declared[:, None] & np.isfinite(tally.votes) & standing
    votes = share.astype(float) * valid[:, :, None]
    last_digit = float(np.finfo(share.dtype).eps)  # a model may hold its shares in single precision
    electorate = np.array([area.electorate or np.inf for area in tally.contest.areas])
    broken = {
        "not finite": not np.isfinite(share).all() or not np.isfinite(valid).all(),
        "sums": not np.allclose(share.sum(axis=2), 1.0, rtol=0, atol=8 * last_digit),
        "negative": bool((share < 0).any()),
        "not standing": bool((share[:, ~standing] != 0).any()),
        "not whole": bool((valid != np.rint(valid)).any()),
        "more than the electorate": bool((valid > electorate).any()),
        "fewer than reported": bool((valid < np.nansum(tally.votes, axis=1)).any()),
        "declared votes moved": not np.allclose(
            votes[:, reported], tally.votes[reported], rtol=4 * last_digit, atol=1e-6
        ),
    }
    return [what for what, is_broken in broken.items() if is_broken]
