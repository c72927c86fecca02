"""Results kept as they come: a line a task, appended, so that an evaluation cut short loses nothing that was done."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from forecast.errors import Defect, ForecastError
from forecast.evaluation.marks import MARKS
from forecast.evaluation.task import COLUMNS, Finished, Row

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Store", "as_table", "write_table"]

NUMBERS = {"areas", "declared", "order_number"}
FLOATS = {"weight", "seconds", *MARKS}


class Store:
    """The results in a directory, by key.

    Parameters
    ----------
    directory
        Made if it is not there. ``tasks.jsonl`` in it holds a line for each finished task; only one process writes it.
    """

    def __init__(self, directory: Path) -> None:
        self.path = directory / "tasks.jsonl"
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self.path.touch()
        except OSError as error:
            raise ForecastError(Defect(str(directory), f"cannot be written: {error.strerror}.")) from error

    def read(self) -> dict[str, Finished]:
        """Every result by its key, the latest of each; a line that was cut off while it was written is no result."""
        found = {}
        for line in self.path.read_text(encoding="utf-8").splitlines():
            try:
                made = json.loads(line)
                rows = tuple({name: _read(name, row[name]) for name in COLUMNS} for row in made["rows"])
                found[made["key"]] = Finished(made["key"], made["label"], rows, made["error"])
            except (ValueError, KeyError):
                continue
        return found

    def append(self, *results: Finished) -> None:
        """Keep results, on the disk before this returns."""
        # A line cut off before is closed first, so that it spoils no other.
        text = ("" if self._ends_whole() else "\n") + "".join(f"{_as_line(each)}\n" for each in results)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())

    def _ends_whole(self) -> bool:
        with self.path.open("rb") as file:
            if file.seek(0, os.SEEK_END) == 0:
                return True
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"


def _as_line(finished: Finished) -> str:
    rows = [{name: _plain(value) for name, value in row.items()} for row in finished.rows]
    return json.dumps({"key": finished.key, "label": finished.label, "error": finished.error, "rows": rows})


def _plain(value: str | float) -> str | float | None:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _read(name: str, value: str | float | None) -> str | int | float:
    return math.nan if value is None and name in FLOATS else (value if value is not None else "")


def as_table(results: Iterable[Finished]) -> pl.DataFrame:
    """Every row of the results as a table with the columns of `COLUMNS`."""
    import polars as pl

    rows: Sequence[Row] = [row for finished in results for row in finished.rows]
    kinds = {name: pl.Int64 if name in NUMBERS else pl.Float64 if name in FLOATS else pl.String for name in COLUMNS}
    return pl.DataFrame(list(rows), schema=kinds, orient="row").with_columns(
        fraction=pl.col("declared") / pl.col("areas")
    )


def write_table(table: pl.DataFrame, path: Path) -> None:
    """Write the table as Parquet; the file is either all there or as it was before."""
    part = path.with_name(f".{path.name}.part")
    table.write_parquet(part)
    part.replace(path)
