"""What `forecast learn` does: fit the contests before a day, and keep what was found for the nights after it."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from forecast.errors import Defect, ForecastError
from models.learning.evidence import PastContest, contests_before
from models.learning.meta import fit, kinds_in
from models.learning.summary import NAMES, diagnose, summarise

__all__ = ["SEED", "days_of_learning", "learn", "learn_each", "same_priors"]

SEED = 20240502
KURTOSIS = 6.0  # of the draws of tails, about: the figures read of their variance are known least
THIN = 8  # of four chains of a thousand draws, 500 are kept: their own error is a twentieth of what they say


def days_of_learning() -> list[date]:
    """The day after each past contest: from then on it is known."""
    return sorted({past.polling_day + timedelta(days=1) for past in contests_before(date.max)})


def learn(day: date, out: Path) -> tuple[Path, Path]:
    """Fit every contest polled before a day; write the draws as NetCDF and what the engines read as TOML.

    Returns
    -------
    The two files, named by the day.

    Raises
    ------
    ForecastError
        Where there are no such contests, or a folder cannot be written.
    """
    past = contests_before(day)
    if not past:
        what = f"no contest with a baseline and a result was polled before {day}."
        raise ForecastError(Defect("--as-of", what, "Choose a later day."))
    tree = fit(past, SEED)
    draws, summary = out / f"{day}.nc", out / f"{day}.toml"
    try:
        out.mkdir(parents=True, exist_ok=True)
        keep_draws(tree, past, draws)
        summary.write_text(write_summary(tree, past, day), encoding="utf-8", newline="\n")
    except OSError as error:
        raise ForecastError(Defect("--out", f"{out} cannot be written: {error.strerror}.")) from error
    return draws, summary


def learn_each(days: Sequence[date], out: Path) -> Iterator[tuple[Path, Path]]:
    """`learn` for each day in turn, as many at once as there are cores: compiling takes one, and most of the time."""
    if len(days) == 1:
        yield learn(days[0], out)
        return
    with ProcessPoolExecutor(min(len(days), os.cpu_count() or 1), mp_context=get_context("spawn")) as pool:
        yield from pool.map(partial(learn, out=out), days)


def keep_draws(tree: Any, past: list[PastContest], path: Path) -> None:  # noqa: ANN401 - an xarray.DataTree
    """Thinned draws of the hyper-parameters as NetCDF, in single precision, which `arviz.from_netcdf` reads."""
    import arviz as az  # noqa: PLC0415

    kept = {name: np.asarray(tree["posterior"][name])[:, ::THIN].astype(np.float32) for name in NAMES}
    coords = {"kind": list(kinds_in(past))}
    dims = {name: ["kind"] for name in NAMES if kept[name].ndim == 3}
    made = az.from_dict({"posterior": kept}, coords=coords, dims=dims)
    made["posterior"].attrs = {"contests": " ".join(each.id for each in past)}
    made.to_netcdf(path, engine="h5netcdf")


def write_summary(tree: Any, past: list[PastContest], day: date) -> str:  # noqa: ANN401
    """TOML: what was learned from what, how well it was sampled, and the priors of each kind of contest."""
    lines = [f"# Learned from {len(past)} contests polled before {day}, by: forecast learn --as-of {day}", ""]
    lines += [f"contests = {[each.id for each in past]}".replace("'", '"'), "", "[diagnostics]"]
    lines += [f"{name} = {value:g}" for name, value in diagnose(tree).items()]
    for kind, fields in summarise(tree, kinds_in(past)).items():
        lines += ["", f"[{kind}]", *(f"{name} = {value}" for name, value in fields.items())]
    return "\n".join(lines) + "\n"


def same_priors(one: Path, other: Path) -> bool:
    """Whether two summaries hold the same contests, and priors that differ by no more than the sampler's own error.

    Figures rest on means and variances of draws. The relative error of a variance is the root of (kurtosis - 1) over
    the effective draws; two standard deviations of the difference of two such are allowed.
    """
    first, second = (tomllib.loads(path.read_text(encoding="utf-8")) for path in (one, other))
    if first["contests"] != second["contests"] or first.keys() != second.keys():
        return False
    effective = min(each["diagnostics"]["ess_bulk"] for each in (first, second))
    allowed = 2.0 * np.sqrt(2.0 * (KURTOSIS - 1.0) / effective)
    kinds = first.keys() - {"contests", "diagnostics"}
    pairs = [(first[kind][name], second[kind][name]) for kind in kinds for name in first[kind]]
    return all(np.allclose(a, b, rtol=allowed) for a, b in pairs)
