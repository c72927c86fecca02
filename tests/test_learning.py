"""What past contests teach, and that nothing later than a night ever teaches it."""

from __future__ import annotations

import tomllib
from dataclasses import fields, replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from forecast.catalogue import find_contest, shipped_contests
from forecast.errors import ForecastError
from models.learning.evidence import KINDS, STOPS, contests_before, read_past
from models.learning.learn import days_of_learning, learn, same_priors
from models.learning.predictive import STATISTICS, check_predictive, read_draws
from models.learning.summary import mix, mix_moments
from models.priors import LEARNED, VAGUE, Priors, learned_before, priors_for

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = sorted((shipped_contests() / LEARNED).glob("*.toml"))


def test_only_contests_polled_before_a_day_are_evidence() -> None:
    day = date(2015, 5, 7)
    before = contests_before(day)
    assert before
    assert all(each.polling_day < day for each in before)
    assert {each.id for each in contests_before(date(2015, 5, 8))} > {each.id for each in before}


def test_the_flagship_teaches_nothing() -> None:
    assert not any(each.id.startswith("west-midlands") for each in contests_before(date.max))


def test_the_swings_of_a_general_election_are_those_published() -> None:
    """A Conservative lead of 2.4 points in 2017 became one of 11.5: a Butler swing of 4.6 points to them."""
    found = next(each for each in contests_before(date(2020, 1, 1)) if each.id == "general-election-2019")
    assert found.swing.mean() == pytest.approx(0.046, abs=0.003)
    assert len(found.gaps) == len(STOPS)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_priors_name_the_evidence_they_were_learned_from_and_it_is_earlier(path: Path) -> None:
    day, said = date.fromisoformat(path.stem), tomllib.loads(path.read_text(encoding="utf-8"))
    assert said["contests"] == [each.id for each in contests_before(day)]
    assert said["diagnostics"]["r_hat"] < 1.03
    assert min(said["diagnostics"]["ess_bulk"], said["diagnostics"]["ess_tail"]) >= 200
    assert day.year < 2004 or said["diagnostics"]["divergences"] <= 4
    assert path.with_suffix(".nc").is_file()
    names = {field.name for field in fields(Priors)}
    assert all(set(said[kind]) <= names for kind in said.keys() - {"contests", "diagnostics"})


def test_divergences_of_files_of_few_contests_are_printed_on_the_page() -> None:
    page = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
    for path in SHIPPED:
        said = tomllib.loads(path.read_text(encoding="utf-8"))["diagnostics"]
        if said["divergences"] > 4:
            assert f"{path.stem[:4]}: {said['divergences']} " in page


def test_priors_are_those_learned_last_before_polling_day() -> None:
    contest = find_contest("general-election-2017")
    assert learned_before(date(1970, 1, 1), "constituency") == {}
    used = priors_for(contest)
    last = max(path for path in SHIPPED if date.fromisoformat(path.stem) <= contest.polling_day)
    assert used.area_median == tomllib.loads(last.read_text(encoding="utf-8"))["constituency"]["area_median"]
    long_ago = replace(contest, polling_day=date(1970, 1, 1))
    assert priors_for(long_ago).area_median != used.area_median


def test_every_day_after_a_past_contest_has_its_priors() -> None:
    assert [path.stem for path in SHIPPED] == [str(day) for day in days_of_learning()]


def test_a_mixture_has_the_moments_of_its_draws() -> None:
    rng = np.random.default_rng(3)
    learned = rng.normal(2.0, 0.5, 400_000)
    mean, variance = mix(learned, -1.0, 4.0)
    draws = np.concatenate([learned, rng.normal(-1.0, 2.0, 100_000)])
    assert mean == pytest.approx(draws.mean(), abs=4 * draws.std() / np.sqrt(len(draws)))
    assert variance == pytest.approx(draws.var(), rel=4 * np.sqrt(2 / len(draws)) * 2)


def test_what_is_learned_of_logs_stays_between_it_and_what_was_believed() -> None:
    middle, variance = mix_moments(np.log(0.03), 0.01, np.log(0.02))
    assert np.log(0.02) < middle < np.log(0.03)
    assert variance > 0.01


def test_nothing_before_the_first_contest_can_be_learned(tmp_path: Path) -> None:
    with pytest.raises(ForecastError, match="no contest with a baseline"):
        learn(date(1900, 1, 1), tmp_path)


def test_swings_that_are_made_up_are_read_as_they_were_made() -> None:
    """A night in which every area swings alike has no spread; its turnout is what was counted over the baseline's."""
    from forecast.integrity import admit
    from forecast.scene import open_scene

    scene = open_scene("general-election-2015", through="all")
    found = read_past(scene.contest, admit(scene.contest, scene.items).tally.items)
    assert found.swing.shape == found.lead.shape == found.turnout.shape
    assert found.lead.mean() == pytest.approx(0.0, abs=1e-12)
    assert np.exp(found.log_size).mean() == pytest.approx(1.0)


@pytest.mark.slow
def test_learning_again_gives_what_is_shipped(tmp_path: Path) -> None:
    """The smallest fit again; a wrong prior of areas, ten times theirs, is told apart."""
    _, made = learn(date.fromisoformat(SHIPPED[0].stem), tmp_path)
    assert same_priors(made, SHIPPED[0])
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(
        made.read_text(encoding="utf-8").replace("area_median = 0.0", "area_median = 0.1"), encoding="utf-8"
    )
    assert not same_priors(wrong, SHIPPED[0])


@pytest.mark.slow
def test_contests_made_up_from_what_was_learned_look_like_those_it_was_learned_from() -> None:
    """Spread, tails and swings lie among those made up; with areas thrice as unlike they do not."""
    past, draws = contests_before(date.max), read_draws(SHIPPED[-1].with_suffix(".nc"))
    checks = check_predictive(past, draws, 1)
    assert {(each.kind, each.statistic) for each in checks} == {(kind, name) for kind in KINDS for name in STATISTICS}
    assert all(0.01 < each.below < 0.99 for each in checks)
    wrong = check_predictive(past, {**draws, "log_area": draws["log_area"] + np.log(3.0)}, 1)
    assert all(each.below < 0.01 for each in wrong if each.statistic == STATISTICS[0])


def test_the_vague_priors_are_those_documented() -> None:
    assert VAGUE.area_median == 0.019
