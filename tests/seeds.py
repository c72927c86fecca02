"""One moment forecast with many seeds: how far a figure is moved by which numbers were drawn, and by nothing else.

`make seeds` does it and fills the section of docs/model.md. On the night the seed is the same at every update, so that
what moves between two of them is the news; one figure is still this far from what infinitely many draws would say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from forecast.bulletin.bulletin import leading_pair
from forecast.contests.catalogue import find_contest
from forecast.declaration import read_news
from forecast.evaluation.hindsight import stand_at
from forecast.evaluation.markdown import fill_section, say_number, say_table
from forecast.night import reckon
from forecast.reckoning import Reckoning
from forecast.service.served import usual_draws
from forecast.simulation import win_probabilities
from models.engines import engine_named

Array = NDArray[np.float64]

SEEDS = 16
MOMENTS = {
    "west-midlands": (0, 3, 6),
    "scottish-referendum-2014": (0, 10, 20),
    "general-election-2019": (20, 130, 400),
}
CLOSE = 0.05  # chances nearer 0 or 1 than this say nothing of the error
DOCS = Path(__file__).resolve().parent.parent / "docs"
HEAD = (
    "",
    "declared",
    "draws",
    "chance, %",
    "SD by seed",
    "lead, points",
    "SD by seed",
    "of its own SD",
    "areas' chances, SD by seed",
)


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """What one seed says: chances of winning, lead of the two expected to, its SD, and who carries each area."""

    chances: Array
    lead: float
    spread: float
    carried: Array


def read_figures(reckoning: Reckoning) -> Figures:
    """The figures of one seed."""
    simulation = reckoning.simulation
    pair = leading_pair(simulation)
    lead = 100.0 * (simulation.totals[:, pair[0]] - simulation.totals[:, pair[1]]) / simulation.valid
    first = simulation.votes == simulation.votes.max(axis=2, keepdims=True)
    carried = first.mean(axis=0, dtype=np.float64)
    return Figures(win_probabilities(reckoning.outcome), float(lead.mean()), float(lead.std()), carried)


def moments() -> Iterator[tuple[str, int, int, list[Figures]]]:
    """Each moment's contest, areas declared and draws, and what the seeds say."""
    for name, declared in MOMENTS.items():
        contest = find_contest(name)
        items, _ = read_news(contest.directory / "news.csv", contest)
        model, usual = engine_named("auto", contest), usual_draws(contest)
        for count in declared:
            tally = stand_at(contest, items, count).tally
            for draws in (usual, 4 * usual) if count == declared[1] else (usual,):
                made = (reckon(tally, model, draws=draws, seed=seed) for seed in range(SEEDS))
                yield contest.title, count, draws, list(map(read_figures, made))


def say_moment(title: str, declared: int, draws: int, found: list[Figures]) -> list[str]:
    """A moment as a line of the table."""
    chances = np.array([each.chances for each in found])
    ahead = int(chances.mean(axis=0).argmax())
    lead, spread = np.array([each.lead for each in found]), np.mean([each.spread for each in found])
    carried = np.array([each.carried for each in found])
    open_ = np.abs(carried.mean(axis=0) - 0.5) < 0.5 - CLOSE
    areas = np.sqrt(carried.var(axis=0, ddof=1)[open_].mean()) if open_.any() else np.nan
    return [
        title,
        f"{declared}",
        f"{draws:,}",
        say_number(100.0 * chances[:, ahead].mean(), 1),
        say_number(100.0 * chances[:, ahead].std(ddof=1), 1),
        say_number(lead.mean()),
        say_number(lead.std(ddof=1)),
        say_number(lead.std(ddof=1) / spread),
        say_number(100.0 * areas, 1),
    ]


def main() -> None:
    """Print the section, and put it on the page."""
    day, table = datetime.now(UTC).strftime("%-d %B %Y"), say_table(HEAD, [say_moment(*each) for each in moments()])
    body = (
        f"Made on {day} by `make seeds`: {SEEDS} seeds; the fewer draws are those the service takes. The chance is\n"
        f"that of whoever is likeliest to win; the areas, those where one is not within {CLOSE:.0%} of certain,\n"
        f"their error the root mean square, in points.\n\n{table}"
    )
    page = DOCS / "model.md"
    page.write_text(fill_section(page.read_text(encoding="utf-8"), "seeds", body), encoding="utf-8")
    print(body)  # noqa: T201 - what it is run for


if __name__ == "__main__":
    main()
