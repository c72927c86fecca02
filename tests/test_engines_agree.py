"""The night's engine and the reference, written apart, give the same answer; a baseline does not."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
import pytest
from engine_states import all_states, five_areas
from model_contract import complain
from numpy.typing import NDArray

from forecast.agreement import DEVIATIONS, PROBABILITY
from forecast.posterior import Posterior
from forecast.simulation import decide, simulate
from forecast.tally import Tally, empty_tally
from models.conditional import MEMBERS, conditional
from models.design import design_contest
from models.engines import FINE_MEMBERS
from models.hierarchical import CHAINS, hierarchical
from models.latent import build_model
from models.observe import observe
from models.priors import priors_for
from models.turnout import expected_valid
from models.uniform_swing import uniform_swing

Array = NDArray[np.float64]

STATES = all_states()
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
LENGTH = 6_000  # draws from each chain of the reference
AGAIN = 3  # times each is simulated forward
RUNS = 4  # of the bank, with other seeds
NIGHTS = 24  # runs of the bank as it is on the night

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True)
class Answer:
    """Win probabilities (candidate,) and their standard errors; quantiles of the first two's lead in shares; its SD."""

    win: Array
    error: Array
    quantiles: Array
    sd: float


def wins_and_lead(posterior: Posterior, tally: Tally) -> tuple[Array, Array]:
    """(draw, candidate) whether elected, ties shared; (draw,) lead of the first candidate over the second."""
    simulation = simulate(posterior, tally)
    elected = decide(tally.contest.rule, simulation).elected.reshape(len(simulation.totals), -1)
    wins = elected / elected.sum(axis=1, keepdims=True)
    return wins, (simulation.totals[:, 0] - simulation.totals[:, 1]) / simulation.valid


def answer_of(runs: list[tuple[Array, Array]]) -> Answer:
    """The answer of several runs, or batches of one, their error from how they differ."""
    wins = np.array([wins.mean(axis=0) for wins, _ in runs])
    lead = np.concatenate([lead for _, lead in runs])
    error = wins.std(axis=0, ddof=1) / np.sqrt(len(runs))
    return Answer(wins.mean(axis=0), error, np.quantile(lead, LEVELS), float(lead.std()))


def by_the_bank(tally: Tally, *, runs: int = RUNS, members: int = FINE_MEMBERS, draws: int = 20_000) -> Answer:
    made = (conditional(tally.contest, tally, draws=draws, seed=seed, members=members) for seed in range(runs))
    return answer_of([wins_and_lead(posterior, tally) for posterior in made])


def by_the_reference(tally: Tally) -> Answer:
    draws = AGAIN * CHAINS * LENGTH
    posterior = hierarchical(tally.contest, tally, draws=draws, seed=1, length=LENGTH)
    assert float(posterior.diagnostics["rhat"]) < 1.02
    wins, lead = wins_and_lead(posterior, tally)
    return answer_of(list(zip(np.split(wins, 40), np.split(lead, 40), strict=True)))


def by_uniform_swing(tally: Tally) -> Answer:
    posterior = uniform_swing(tally.contest, tally, draws=40_000, seed=1)
    wins, lead = wins_and_lead(posterior, tally)
    return answer_of(list(zip(np.split(wins, 40), np.split(lead, 40), strict=True)))


def apart(one: Answer, other: Answer) -> tuple[float, float]:
    """The largest difference of win probabilities, and of quantiles in standard deviations of the lead."""
    quantiles = np.abs(one.quantiles - other.quantiles) / max(other.sd, 1e-9)
    return float(np.abs(one.win - other.win).max()), float(quantiles.max())


def row(name: str, one: Answer, other: Answer) -> str:
    """A line of the table: both probabilities of the first candidate, and how far apart the answers are."""
    probability, deviations = apart(one, other)
    error = float(np.hypot(one.error, other.error).max())
    figures = f"{one.win[0]:8.4f} {other.win[0]:8.4f} {probability:8.4f} ±{error:.4f} {deviations:8.3f}"
    return f"\n{name:<45}{figures} {100 * one.sd:6.2f} {100 * other.sd:6.2f}"


@pytest.fixture(scope="module")
def reference() -> dict[str, Answer]:
    """Answers of the reference, kept, since each takes some seconds."""
    return {}


@pytest.mark.parametrize("name", STATES)
def test_the_engines_agree(name: str, reference: dict[str, Answer], capsys: pytest.CaptureFixture[str]) -> None:
    reference[name] = by_the_reference(STATES[name])
    bank = by_the_bank(STATES[name])
    with capsys.disabled():
        sys.stdout.write(row(name, bank, reference[name]))
    probability, deviations = apart(bank, reference[name])
    assert probability <= PROBABILITY
    assert deviations <= DEVIATIONS


@pytest.mark.parametrize("name", ["West Midlands, 6 declared", "five areas, entrant, 3 declared, 1 in part"])
def test_a_bank_that_had_to_be_moved_agrees(
    name: str, reference: dict[str, Answer], capsys: pytest.CaptureFixture[str]
) -> None:
    tally = STATES[name]
    assert float(conditional(tally.contest, tally, draws=10, seed=0).diagnostics["moves"]) > 0
    if name not in reference:
        reference[name] = by_the_reference(tally)
    bank = by_the_bank(tally, runs=NIGHTS, members=MEMBERS, draws=4_000)
    with capsys.disabled():
        sys.stdout.write(row(f"moved: {name}", bank, reference[name]))
    probability, deviations = apart(bank, reference[name])
    assert probability <= PROBABILITY
    assert deviations <= DEVIATIONS


def test_uniform_swing_does_not_agree() -> None:
    tally = STATES["West Midlands, 3 declared"]
    probability, deviations = apart(by_uniform_swing(tally), by_the_bank(tally))
    assert probability > PROBABILITY
    assert deviations > DEVIATIONS


def test_the_reference_keeps_the_contract_and_repeats_itself() -> None:
    tally = STATES["five areas, entrant, 3 declared, 1 in part"]
    first, again = (hierarchical(tally.contest, tally, draws=300, seed=5, length=50) for _ in range(2))
    assert complain(first, tally) == []
    assert first.share.tobytes() == again.share.tobytes()
    assert first.valid.tobytes() == again.valid.tobytes()


def test_where_chains_start_does_not_depend_on_the_contest_compiled_first() -> None:
    points = []
    for name in ("five areas, entrant, 2 declared", "five areas, entrant, 3 declared, 1 in part"):
        tally = STATES[name]
        design = design_contest(tally.contest, priors_for(tally.contest))
        points.append(build_model(design, observe(design, tally, expected_valid(design, tally))).initial_point())
    assert {name: value.tolist() for name, value in points[0].items()} == {
        name: value.tolist() for name, value in points[1].items()
    }


def test_with_everything_declared_the_reference_is_the_result() -> None:
    tally = five_areas(4, 5, polled=False, departed=True)
    posterior = hierarchical(tally.contest, tally, draws=200, seed=5, length=50)
    assert (simulate(posterior, tally).votes == tally.votes).all()


def test_the_reference_answers_before_any_news() -> None:
    tally = empty_tally(STATES["five areas, entrant, 2 declared"].contest)
    assert complain(hierarchical(tally.contest, tally, draws=200, seed=5, length=50), tally) == []
