"""The draws themselves, as a Parquet file, for those who reckon further."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from forecast.contests.contest import Contest
from forecast.simulation import Simulation

if TYPE_CHECKING:
    import polars as pl

__all__ = ["MOST_ROWS", "draws_table", "write_draws"]

MOST_ROWS = 2_000_000


def write_draws(simulation: Simulation, contest: Contest, *, most_rows: int = MOST_ROWS) -> bytes:
    """The draws as a Parquet file: `draws_table`."""
    out = BytesIO()
    draws_table(simulation, contest, most_rows=most_rows).write_parquet(out, compression="zstd")
    return out.getvalue()


def draws_table(simulation: Simulation, contest: Contest, *, most_rows: int = MOST_ROWS) -> pl.DataFrame:
    """A row for each draw and area, and for each draw one of the whole contest, under its id.

    Columns are ``draw`` (from 0), ``area`` and a candidate's votes under each id. Of very many areas evenly spaced
    draws are kept, so that there are no more than ``most_rows``; ``draw`` then says which they are.
    """
    import polars as pl  # noqa: PLC0415 - half a second, and only here

    draws, areas = simulation.votes.shape[:2]
    rows = areas + 1
    kept = np.unique(np.linspace(0, draws - 1, min(draws, max(most_rows // rows, 1))).astype(np.intp))
    ids = [*(area.id for area in contest.areas), contest.id]
    votes = np.concatenate([simulation.votes[kept], simulation.totals[kept][:, None, :]], axis=1)
    columns = {"draw": np.repeat(kept.astype(np.int32), rows), "area": ids * len(kept)}
    for c, candidate in enumerate(contest.candidates):
        columns[candidate.id] = np.rint(votes[:, :, c].reshape(-1)).astype(np.int64)
    return pl.DataFrame(columns).with_columns(pl.col("area").cast(pl.Categorical))
