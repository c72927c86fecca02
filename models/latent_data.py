"""What the reference engine's PyMC model reads: a contest and its news as named arrays of fixed dimensions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.bank import option_df, option_root
from models.design import Design
from models.observe import Observation

__all__ = ["BLUR", "contest_data", "dimensions_of", "news_data"]

Array = NDArray[np.float64]
Data = dict[str, NDArray[np.float64] | NDArray[np.intp]]  # by the model's names

BLUR = 1e-9  # variance added to every figure, as the night's engine does


def dimensions_of(design: Design) -> tuple[int, ...]:
    """What a model is compiled for.

    Numbers of areas, candidates, entrants, covariates, dimensions of omega, candidates whom entrants take from (each by
    itself), and candidates whom departed options went to.
    """
    areas, covariates = design.covariates.shape
    candidates, rank = option_root(design).shape
    taken, heirs = int((design.takes > 0).sum()), int((design.mean > 0).sum())
    return areas, candidates, len(design.entrants), covariates, rank, taken, heirs


def contest_data(design: Design) -> Data:
    """Arrays of the contest, as the PyMC model names them."""
    entrants, unit = list(design.entrants), np.eye(len(design.mean))
    rows, columns = np.nonzero(design.takes > 0)
    expected = design.expected[entrants]
    gaps = design.positions[:, None] - design.positions[None]
    losers = unit - (1.0 - unit) * design.mean / np.maximum(design.mean.sum() - design.mean, 1e-12)[:, None]
    losers[entrants] = 0.0
    return {
        "baseline": design.baseline,
        "mean": design.mean,
        "part": design.weight,
        "gone": design.departed,
        "small": design.small * design.squeezed,
        "top": unit[list(design.top)],
        "polled": np.array(float(design.polled)),
        "polls": design.expected,
        "lead": design.lead,
        "root": option_root(design),
        "freedom": (option_df(design) - np.arange(option_root(design).shape[1])) / 2.0,
        "losers": losers,
        "covariates": design.covariates,
        "distance": (gaps**2).mean(axis=2),
        "same_group": design.same_group,
        "log_size": design.log_size,
        "gains": unit[entrants],
        "logit": np.log(expected / (1.0 - expected)),
        "standing": design.contest.standing[:, entrants].T.astype(float),
        "taken_row": rows,
        "taken_column": columns,
        "taken": design.priors.takes_concentration * design.takes[rows, columns],
        "went_column": np.flatnonzero(design.mean > 0),
        "went": design.priors.departed_concentration * design.mean[design.mean > 0],
    }


def news_data(design: Design, seen: Observation) -> Data:
    """Figures reported, by row; where there is none, one that says nothing."""
    figures: Data = {
        "where": seen.area,
        "direction": seen.direction,
        "value": seen.value,
        "noise": seen.noise + BLUR * np.eye(seen.size),
        "companion": seen.companion,
        "leaning": seen.companion * ((design.baseline - design.mean) @ design.lead)[seen.area],
    }
    if not seen.size:
        figures = {name: np.zeros((1, *array.shape[1:]), array.dtype) for name, array in figures.items()}
        figures["noise"] = np.ones((1, 1))
    logits, known = np.zeros((2, len(design.entrants), len(design.weight)))
    for row, entrant in enumerate(design.entrants):
        rows = (seen.direction[:, entrant] == 1.0) & (seen.companion == 0.0)
        share = np.clip(seen.value[rows], 1e-3, 1.0 - 1e-3)
        logits[row, seen.area[rows]], known[row, seen.area[rows]] = np.log(share / (1.0 - share)), 1.0
    return {**figures, "entrant_logit": logits, "entrant_known": known}
