"""What past contests teach, and that nothing later than a night ever teaches it."""

from __future__ import annotations

import tomllib
from dataclasses import fields, replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from forecast.contests.catalogue import find_contest, shipped_contests
from forecast.errors import ForecastError
from models.learning.evidence import KINDS, STOPS, contests_before, read_past
from models.learning.guesses import Guess, guess
from models.learning.learn import days_of_learning, learn, same_priors
from models.learning.meta import _draw
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


@pytest.mark.parametrize(("at", "error"), [(0.0, 1.0), (0.9, 0.01), (-2.0, 30.0)])
def test_coordinates_that_a_guess_centres_leave_the_law_as_it_was(at: float, error: float) -> None:
    """Whatever is guessed, the density of what is drawn is that of N(0.2, sd^2), less the Jacobian's."""
    import pymc as pm
    from scipy.stats import norm

    with pm.Model(coords={"contest": ["a", "b"]}) as model:
        sd = pm.Flat("sd")
        _draw("x", 0.2, sd, Guess(np.array([at, 0.5]), np.array([error, 0.3])), "contest")
    drawn = model.replace_rvs_by_values([model["x"]])[0]
    density, value = model.compile_logp(), model.compile_fn(drawn, inputs=model.value_vars)
    for sd_at, deviate in ((0.5, [0.3, -1.0]), (0.01, [2.0, 0.0]), (3.0, [-0.7, 1.5])):
        point = {"sd": np.array(sd_at), "x_deviate": np.array(deviate)}
        stretch = value(point | {"x_deviate": np.array(deviate) + 1.0}) - value(point)
        law = norm.logpdf(value(point), 0.2, sd_at).sum()
        assert density(point) == pytest.approx(law + np.log(stretch).sum())
        assert density(point) != pytest.approx(law)


def test_guesses_find_what_a_made_up_contest_was_made_with() -> None:
    """Slope, regions, scale and turnout are within four of the errors that the guesses give themselves."""
    rng = np.random.default_rng(4)
    past = next(each for each in contests_before(date(2016, 1, 1)) if each.id == "general-election-2015")
    names, region = np.unique(past.group, return_inverse=True)
    regions = rng.normal(0.0, 0.02, len(names))
    swing = regions[region] + 0.3 * past.lead + 0.02 * rng.standard_t(6, len(past.lead))
    made = replace(past, swing=swing, turnout=0.1 + 0.03 * rng.standard_t(4, len(past.lead)))
    found = guess([made])
    truth = ((found.region, regions), (found.slope, 0.3), (found.log_area, np.log(0.02)), (found.turnout, 0.1))
    for known, true in truth:
        assert (np.abs(known.at - true) < 4.0 * known.error).all()
    assert not (np.abs(found.slope.at - 0.5) < 4.0 * found.slope.error).any()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_priors_name_the_evidence_they_were_learned_from_and_it_is_earlier(path: Path) -> None:
    day, said = date.fromisoformat(path.stem), tomllib.loads(path.read_text(encoding="utf-8"))
    before = contests_before(day)
    assert said["contests"] == [each.id for each in before]
    assert all(each.polling_day < day for each in before)
    assert path.with_suffix(".nc").is_file()
    names = {field.name for field in fields(Priors)}
    assert all(set(said[kind]) <= names for kind in said.keys() - {"contests", "diagnostics"})


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_priors_were_sampled_well(path: Path) -> None:
    said = tomllib.loads(path.read_text(encoding="utf-8"))["diagnostics"]
    assert said["r_hat"] <= 1.01
    assert min(said["ess_bulk"], said["ess_tail"]) >= 400
    assert said["divergences"] == 0


def test_the_page_gives_the_worst_of_what_the_files_say_of_their_sampling() -> None:
    page = " ".join((ROOT / "docs" / "model.md").read_text(encoding="utf-8").split())
    for group in (SHIPPED,):
        said = [tomllib.loads(path.read_text(encoding="utf-8"))["diagnostics"] for path in group]
        bulk, tail = (min(each[name] for each in said) for name in ("ess_bulk", "ess_tail"))
        sizes = f"effective sizes of at least {bulk:,.0f} (bulk) and {tail:,.0f} (tail)"
        assert f"{sizes}, R-hat of at most {max(each['r_hat'] for each in said):.4f}" in page
        for path, each in zip(group, said, strict=True):
            assert not each["divergences"] or f"{path.stem[:4]}: {each['divergences']}" in page


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
    from forecast.alarms.integrity import admit
    from forecast.scene import open_scene

    scene = open_scene("general-election-2015", through="all")
    found = read_past(scene.contest, admit(scene.contest, scene.items).tally.items)
    assert found.swing.shape == found.lead.shape == found.turnout.shape
    assert found.lead.mean() == pytest.approx(0.0, abs=1e-12)
    assert np.exp(found.log_size).mean() == pytest.approx(1.0)


@pytest.mark.slow
def test_learning_again_gives_what_is_shipped(tmp_path: Path) -> None:
    """The smallest fit again, to the sampler's own error; areas that differ by half as much again are told apart."""
    _, made = learn(date.fromisoformat(SHIPPED[0].stem), tmp_path)
    assert same_priors(made, SHIPPED[0])
    wrong = tmp_path / "wrong.toml"
    true = float(tomllib.loads(made.read_text(encoding="utf-8"))["president"]["area_median"])
    wrong.write_text(
        made.read_text(encoding="utf-8").replace(f"area_median = {true}", f"area_median = {1.5 * true}"),
        encoding="utf-8",
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
