"""Past nights scored: orders, what may be known, tasks that can be repeated and resumed, and the page made of them."""

from __future__ import annotations

import pickle
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from small_contest import small_contest
from toy_model import toy

from forecast.contests.contest import Companion, Contest, ExitPoll, Poll
from forecast.declaration import Declaration, Kind
from forecast.errors import Defect, ForecastError, ModelError, NewsError
from forecast.evaluation.code_digest import digest_code
from forecast.evaluation.hindsight import Moment, stand_at
from forecast.evaluation.marks import MARKS, LeadInterval, mark
from forecast.evaluation.nights import (
    PastNight,
    checkpoints_for,
    few_checkpoints_for,
    find_nights,
    past_night,
    shipped_nights,
)
from forecast.evaluation.orders import Order, orders_for, rank_pair, reorder
from forecast.evaluation.page import Making
from forecast.evaluation.pictures import corp, uniform_band
from forecast.evaluation.plan import Plan, plan_tasks
from forecast.evaluation.run import evaluate, write_scoreboard
from forecast.evaluation.standings import compare, pooled
from forecast.evaluation.store import Store
from forecast.evaluation.task import Finished, Task, attempt, key_of, run_task
from forecast.evaluation.truth import find_truth
from forecast.evaluation.workers import split_batches
from forecast.posterior import Posterior
from forecast.simulation import simulate
from forecast.tally import Tally, fold
from models.contenders import CONTENDERS, contender_named

ROOT = Path(__file__).resolve().parent.parent
START = datetime(2024, 5, 4, 12, tzinfo=UTC)
VOTES = {
    "birmingham": (80_251, 66_296, 42_923),
    "coventry": (32_704, 23_237, 6_000),
    "dudley": (24_807, 37_345, 4_000),
    "sandwell": (31_561, 18_598, 9_000),
    "solihull": (11_728, 35_289, 2_000),
    "walsall": (18_097, 24_735, 5_000),
    "wolverhampton": (26_442, 18_582, 3_000),
}
NAMES = ("parker", "street", "yakoob")


def news() -> tuple[Declaration, ...]:
    """A small night: Birmingham verified first, then each area an hour after the one before."""
    verified = Declaration("birmingham", Kind.VERIFIED, START, "hall", "", ballots=200_000)
    declared = [
        Declaration(area, Kind.DECLARED, START + timedelta(hours=hour), "hall", "", valid=sum(votes),
                    votes=dict(zip(NAMES, votes, strict=True)))
        for hour, (area, votes) in enumerate(VOTES.items(), start=1)
    ]  # fmt: skip
    return (verified, *declared)


def night() -> PastNight:
    return PastNight(small_contest(), news(), "own")


def task(model: object = toy, order: Order = Order("real"), checkpoints: tuple[int, ...] = (0, 3, 6)) -> Task:  # noqa: B008
    return Task(night(), order, "toy", model, checkpoints, 300, 1)  # type: ignore[arg-type]


def unanswering(contest: Contest, tally: Tally, *, draws: int, seed: int) -> Posterior:
    raise ModelError(Defect("--model", "it never knows.", "Ask another."))


def failing(contest: Contest, tally: Tally, *, draws: int, seed: int) -> Posterior:
    raise ZeroDivisionError("the model\ndivided by nothing")


def dying(contest: Contest, tally: Tally, *, draws: int, seed: int) -> Posterior:
    import os

    os._exit(3)


# Orders


def test_every_order_tells_the_same_result() -> None:
    contest = small_contest()
    final = fold(contest, news())
    for order in orders_for(contest, news(), 3):
        moved = fold(contest, reorder(contest, news(), order))
        np.testing.assert_array_equal(moved.votes, final.votes)
        assert sorted(moved.order) == sorted(final.order)


def test_what_came_before_the_first_declaration_stays_first_and_the_clock_stays() -> None:
    moved = reorder(small_contest(), news(), Order("random", 1))
    assert moved[0].kind is Kind.VERIFIED
    assert [item.at for item in moved] == [item.at for item in news()]
    assert [item.area for item in moved] != [item.area for item in news()]
    assert moved == reorder(small_contest(), news(), Order("random", 1))
    assert moved != reorder(small_contest(), news(), Order("random", 2))


def areas_in(order: Order) -> list[str]:
    return [item.area for item in reorder(small_contest(), news(), order) if item.kind is Kind.DECLARED]


def test_adversarial_orders_are_what_they_are_called() -> None:
    assert areas_in(Order("one-side-first"))[0] == "solihull"  # Conservative by 55 points in 2021
    assert areas_in(Order("small-first"))[-1] == "birmingham"
    assert areas_in(Order("large-first"))[0] == "birmingham"
    assert areas_in(Order("entrant-last"))[-1] == "birmingham"
    assert {order.kind for order in orders_for(small_contest(), news(), 0)} == {
        "real", "one-side-first", "small-first", "large-first", "entrant-last",
    }  # fmt: skip


def test_a_night_whose_order_is_not_known_has_no_real_order() -> None:
    unknown = replace(small_contest(), order="unknown")
    assert Order("real") not in orders_for(unknown, news(), 2)


def test_the_pair_is_chosen_by_the_baseline_and_not_by_the_result() -> None:
    contest = small_contest()
    assert [contest.candidates[each].id for each in rank_pair(contest)] == ["street", "parker"]


def test_checkpoints_are_every_declaration_of_few_areas_and_shares_of_many() -> None:
    assert checkpoints_for(small_contest()) == (0, 1, 2, 3, 4, 5, 6)
    found = {each.contest.id: checkpoints_for(each.contest) for each in shipped_nights(("650 seats", "presidents"))}
    assert found["general-election-2019"] == (0, 10, 50, 100, 200, 400)
    assert found["us-president-2016"] == (0, 1, 3, 5, 13, 26, 38)


# The future


def spying(contest: Contest, tally: Tally, *, draws: int, seed: int) -> Posterior:
    """A model whose answer depends on every byte it is handed."""
    said = pickle.dumps(
        [
            [(poll.pollster, poll.shares.tobytes()) for poll in contest.polls],
            [(poll.source, poll.seats.tobytes()) for poll in contest.exit_polls],
            [(each.votes.tobytes(), each.reported_at) for each in contest.companions],
            [repr(item) for item in tally.items],
            contest.notes, str(contest.directory), tally.votes.tobytes(), str(tally.as_of),
        ]
    )  # fmt: skip
    seen = np.frombuffer(said, np.uint8)
    made = toy(contest, tally, draws=draws, seed=int(seen.astype(np.int64) @ (1 + np.arange(len(seen)) % 9973)) % 2**31)
    return replace(made, valid=made.valid.astype(float))


def with_evidence(late: float) -> PastNight:
    """A night whose polls, exit polls, other counts and news hold a marker in everything dated after 3 declarations."""
    contest = small_contest()
    marker = np.array([late, 1.0 - late, 0.0])
    early = np.array([0.4, 0.5, 0.1])
    votes = np.tile(1000.0 * marker, (7, 1))
    votes[0] = (100.0, 90.0, 10.0)
    times = (START + timedelta(hours=1), *(START + timedelta(hours=5, minutes=each) for each in range(5)), None)
    contest = replace(
        contest,
        polls=(Poll("before", date(2024, 5, 1), 1000, early), Poll("after", date(2024, 5, 3), 1000, marker)),
        exit_polls=(
            ExitPoll(START, "before", early),
            ExitPoll(START + timedelta(hours=4), "after", 7 * marker),
        ),
        companions=(Companion("pcc", "same day", votes, times),),
        notes=(f"the winner had {late}",),
        directory=Path(f"/results/{late}"),
    )
    items = list(news())
    items[5] = replace(items[5], votes={"parker": round(60_000 * late), "street": 1, "yakoob": 1}, valid=60_000)
    return PastNight(contest, tuple(items), "own")


def bytes_at(past: PastNight, declared: int) -> bytes:
    moment = stand_at(past.contest, past.items, declared)
    made = spying(moment.contest, moment.tally, draws=50, seed=1)
    return made.share.tobytes() + made.valid.tobytes()


@pytest.mark.parametrize("declared", [0, 1, 3])
def test_a_night_sees_no_evidence_dated_after_it(declared: int) -> None:
    assert bytes_at(with_evidence(0.2), declared) == bytes_at(with_evidence(0.9), declared)


def test_and_sees_it_once_it_is_out() -> None:
    assert bytes_at(with_evidence(0.2), 6) != bytes_at(with_evidence(0.9), 6)


def test_evidence_that_was_out_is_kept() -> None:
    past = with_evidence(0.2)
    moment = stand_at(past.contest, past.items, 3)
    assert [poll.pollster for poll in moment.contest.polls] == ["before"]
    assert [poll.source for poll in moment.contest.exit_polls] == ["before"]
    known = np.isfinite(moment.contest.companions[0].votes).all(axis=1)
    assert known.tolist() == [True] + 6 * [False]


def test_the_exit_poll_is_out_before_the_first_declaration() -> None:
    (past,) = [each for each in shipped_nights(("650 seats",)) if each.contest.id == "general-election-2019"]
    assert len(stand_at(past.contest, past.items, 0).contest.exit_polls) == 1


# Truth and marks


def test_the_result_is_the_official_one() -> None:
    found = {each.contest.id: each for each in shipped_nights(("west midlands", "650 seats", "presidents"))}
    mayor = found["west-midlands"]
    truth = find_truth(mayor.contest, mayor.items)
    assert mayor.contest.candidates[truth.winner].id == "parker"
    assert abs(truth.lead) == pytest.approx(1_508 / 596_976)
    election = found["general-election-2019"]
    truth = find_truth(election.contest, election.items)
    assert truth.seats is not None
    assert truth.seats[election.contest.candidate_index("con")] == 365
    hung = found["general-election-2017"]
    assert find_truth(hung.contest, hung.items).winner == len(hung.contest.candidates)
    president = found["us-president-2000"]
    assert president.contest.candidates[find_truth(president.contest, president.items).winner].id == "rep"


def point(contest: Contest, tally: Tally, votes: NDArray[np.float64]) -> dict[str, float]:
    valid = votes.sum(axis=1)
    made = Posterior((votes / valid[:, None])[None], valid[None], "point", {})
    truth = find_truth(contest, news())
    return mark(simulate(made, tally), tally, truth, np.random.default_rng(1))


def test_a_point_that_is_right_scores_nothing_and_covers_nothing() -> None:
    contest = small_contest()
    final, start = fold(contest, news()), fold(contest, ())
    marks = point(contest, start, final.votes)
    for name in (
        "log_score",
        "brier",
        "ranked_probability",
        "lead_crps",
        "lead_error",
        "energy_score",
        "area_lead_crps",
    ):
        assert marks[name] == pytest.approx(0.0, abs=1e-9), name
    assert np.isnan(marks["lead_covered_90"])
    assert np.isnan(marks["lead_pit"])


def test_a_point_that_is_wrong_is_charged_by_its_error() -> None:
    contest = small_contest()
    swapped = fold(contest, news()).votes[:, [1, 0, 2]]
    marks = point(contest, fold(contest, ()), swapped)
    total = sum(sum(votes) for votes in VOTES.values())
    lead = sum(votes[0] - votes[1] for votes in VOTES.values()) / total
    assert marks["lead_crps"] == pytest.approx(2 * abs(lead))
    assert marks["log_score"] == pytest.approx(np.log(1000.0))
    assert (marks["brier"], marks["wrong_call"]) == (2.0, 1.0)


# Tasks


def without_time(rows: Iterable[dict[str, str | int | float]]) -> str:
    return repr([{name: value for name, value in row.items() if name != "seconds"} for row in rows])


def test_a_task_gives_the_same_rows_every_time() -> None:
    once, again = without_time(run_task(task())), without_time(run_task(task()))
    assert once == again
    assert once != without_time(run_task(replace(task(), seed=2)))


def test_a_task_scores_every_checkpoint() -> None:
    rows = list(run_task(task()))
    assert [row["declared"] for row in rows] == [0, 3, 6]
    assert all(row["status"] == "scored" and np.isfinite(float(row["lead_crps"])) for row in rows)
    assert set(MARKS) <= set(rows[0])


def test_a_model_without_an_answer_says_so_in_its_rows() -> None:
    rows = list(run_task(task(unanswering)))
    assert {row["status"] for row in rows} == {"no answer"}
    assert "it never knows" in str(rows[0]["reason"])


def test_a_failure_is_one_line() -> None:
    finished = attempt(task(failing), "k")
    assert finished.error == "ZeroDivisionError: the model divided by nothing"
    assert finished.rows == ()


def test_the_key_changes_with_data_code_parameters_and_seed_and_with_nothing_else() -> None:
    base = task()
    other = (*news()[:-1], replace(news()[-1], votes={"parker": 1, "street": 2, "yakoob": 3}))
    different = [
        replace(base, seed=2), replace(base, draws=301), replace(base, checkpoints=(0, 3)),
        replace(base, model=failing),
        replace(base, order=Order("random", 1)), replace(base, night=replace(night(), items=other)),
    ]  # fmt: skip
    keys = {key_of(each) for each in (base, *different)}
    assert len(keys) == 1 + len(different)
    assert key_of(base) == key_of(task())


def test_the_code_s_version_depends_on_what_is_imported_and_on_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    package = tmp_path / "pack"
    package.mkdir()
    for name, text in (("__init__", ""), ("used", "A = 1"), ("unused", "B = 1"), ("model", "from pack.used import A")):
        (package / f"{name}.py").write_text(text)

    def version() -> str:
        digest_code.cache_clear()
        return digest_code("pack.model")

    before = version()
    (package / "unused.py").write_text("B = 2")
    assert version() == before
    (package / "used.py").write_text("A = 2")
    assert version() != before


# Plan, batches


def test_twenty_orders_are_the_real_one_the_misleading_and_random_ones_for_the_rest() -> None:
    kinds = [order.kind for order in Plan(20).orders_of(night())]
    assert (len(kinds), kinds[0]) == (20, "real")
    assert kinds.count("random") == 20 - 1 - 4
    unknown = replace(night(), contest=replace(small_contest(), order="unknown"))
    kinds = [order.kind for order in Plan(20).orders_of(unknown)]
    assert (len(kinds), kinds.count("random"), kinds[0]) == (20, 16, "random")
    assert [order.kind for order in Plan(1).orders_of(unknown)].count("random") == 1


def test_the_first_order_is_looked_at_most_closely_and_slow_peers_in_it_alone() -> None:
    tasks = list(plan_tasks([night()], ["auto", "elex-model"], lambda *_: toy, Plan(20, 2_000)))
    assert [(each.order.kind, each.checkpoints, each.draws) for each in tasks if each.contender == "elex-model"] == [
        ("real", (0, 1, 2, 3, 4, 5, 6), 10_000)
    ]
    others = {(each.checkpoints, each.draws) for each in tasks if each.order.kind != "real"}
    assert others == {((1, 2, 3, 6), 2_000)}


def test_few_checkpoints_are_some_of_the_checkpoints_and_none_is_before_the_first_declaration() -> None:
    for past in shipped_nights(("west midlands", "presidents", "referendum")):
        few = few_checkpoints_for(past.contest)
        assert set(few) < set(checkpoints_for(past.contest)) - {0}


def test_a_batch_holds_whole_orders_of_one_night() -> None:
    tasks: dict[str, Task] = {}
    for past in (night(), night()):
        for each in plan_tasks([past], ["a", "b"], lambda *_: toy, Plan(20)):
            tasks[str(len(tasks))] = each
    batches = split_batches(tasks)
    assert sorted(key for batch in batches for key in batch) == sorted(tasks)
    for batch in batches:
        assert len({id(each.night) for each in batch.values()}) == 1
        assert {each.contender for each in batch.values()} == {"a", "b"}
    places = [(id(each.night), each.order) for batch in batches for each in batch.values()]
    assert len(set(places)) == len(places) / 2


# Running, resuming


def tasks_for(*models: object) -> list[Task]:
    return [task(model, Order("random", number), (3,)) for number in (1, 2, 3) for model in models]


def cut_after(count: int) -> object:
    def follow(batches: Iterable[tuple[Finished, ...]], total: int) -> Iterator[tuple[Finished, ...]]:
        for done, each in enumerate(batches, start=1):
            yield each
            if done == count:
                raise KeyboardInterrupt

    return follow


@pytest.mark.slow
def test_an_evaluation_cut_short_does_only_the_rest_when_it_is_run_again(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        evaluate(tasks_for(toy, unanswering), store, follow=cut_after(4))  # type: ignore[arg-type]
    done = len(store.read())
    assert done >= 4
    with store.path.open("a") as file:
        file.write('{"key": "cut off while it was writ')
    again = evaluate(tasks_for(toy, unanswering), store)
    assert (again.made, again.kept) == (6 - done, done)
    assert len(again.table) == 6
    third = evaluate(tasks_for(toy, unanswering), store)
    assert (third.made, third.kept) == (0, 6)
    assert third.table.drop("seconds").equals(again.table.drop("seconds"), null_equal=True)


@pytest.mark.slow
def test_one_task_of_a_batch_that_kills_its_process_takes_no_other_with_it(tmp_path: Path) -> None:
    past = night()
    together = [replace(each, night=past) for each in tasks_for(toy, dying, unanswering)]
    assert len(split_batches({str(number): each for number, each in enumerate(together)})) == 1
    done = evaluate(together, Store(tmp_path), jobs=2)
    assert done.table["status"].to_list() == 3 * ["scored", "failed", "no answer"]
    alone = [row for each in together if each.model is toy for row in run_task(each)]
    kept = done.table.filter(pl.col("status") == "scored")
    assert kept["lead_crps"].to_list() == [row["lead_crps"] for row in alone]


@pytest.mark.slow
def test_a_model_that_fails_and_one_that_kills_its_process_stop_nothing(tmp_path: Path) -> None:
    done = evaluate(tasks_for(toy, failing, dying), Store(tmp_path), jobs=2)
    assert done.table["status"].to_list() == 3 * ["scored", "failed", "failed"]
    assert len(done.failures) == 6
    assert sum("divided by nothing" in each for each in done.failures) == 3
    assert sum("died" in each for each in done.failures) == 3
    again = evaluate(tasks_for(toy, failing), Store(tmp_path))
    assert (again.made, again.kept) == (3, 3)


def test_results_come_back_from_the_disk_as_they_went(tmp_path: Path) -> None:
    finished = attempt(task(), "a key")
    store = Store(tmp_path)
    store.append(finished)
    (back,) = store.read().values()
    assert repr(back) == repr(finished)


@pytest.mark.slow
def test_a_dask_cluster_gives_the_same_rows_as_this_machine(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    address = f"tcp://127.0.0.1:{port}"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    here = f"import sys; sys.path[:0] = {[str(ROOT), str(ROOT / 'tests')]!r}; "
    start = "from distributed.cli.dask_{0} import main; main()"
    options = {
        "scheduler": ["--host", "127.0.0.1", "--port", port, "--no-dashboard"],
        "worker": [address, "--nthreads", "1", "--no-dashboard", "--no-nanny", "--local-directory", str(tmp_path)],
    }
    processes = [
        subprocess.Popen([sys.executable, "-c", here + start.format(kind), *options[kind]], **quiet)  # type: ignore[call-overload]
        for kind in ("scheduler", "worker", "worker")
    ]
    try:
        there = evaluate(tasks_for(toy, unanswering, failing), Store(tmp_path / "there"), scheduler=address)
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait(20)
    here_done = evaluate(tasks_for(toy, unanswering, failing), Store(tmp_path / "here"), jobs=2)
    assert there.failures == here_done.failures
    assert there.table.drop("seconds").equals(here_done.table.drop("seconds"), null_equal=True)


def test_a_scheduler_that_does_not_answer_is_said_in_one_line(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    with pytest.raises(ForecastError, match="no Dask scheduler answers at nowhere"):
        evaluate([task()], Store(tmp_path), scheduler="nowhere://127.0.0.1:1")


# Standings and the page


def rows_of(scores: dict[str, dict[str, float]]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"night": name, "order": "real", "order_number": 0, "declared": 1, "contender": model, "lead_crps": value}
            for name, each in scores.items()
            for model, value in each.items()
        ]
    )


def test_differences_are_paired_night_by_night() -> None:
    rows = rows_of({f"n{k}": {"ours": 1.0 + k, "uniform-swing": 2.0 + k} for k in range(4)} | {"n9": {"ours": 99.0}})
    found = compare(rows, "lead_crps", "ours")
    assert found is not None
    assert (found.nights, found.difference, found.low, found.high) == (4, -1.0, -1.0, -1.0)
    assert pooled(rows.filter(pl.col("night") != "n9"), "lead_crps") == pytest.approx((2.5 + 3.5) / 2)


def test_two_nights_have_no_interval() -> None:
    rows = rows_of({f"n{k}": {"ours": float(k), "uniform-swing": 2.0} for k in range(2)})
    found = compare(rows, "lead_crps", "ours")
    assert found is not None
    assert np.isnan(found.low)


def test_reliability_is_the_isotonic_regression() -> None:
    given_, came = np.array([0.1, 0.2, 0.2, 0.6, 0.7]), np.array([0.0, 1.0, 0.0, 0.0, 1.0])
    np.testing.assert_allclose(corp(given_, came), [0.0, 1 / 3, 1 / 3, 1 / 3, 1.0])


def test_the_band_holds_95_in_100_of_uniform_samples() -> None:
    places, low, high = uniform_band(30)
    drawn = np.random.default_rng(11).random((2_000, 30))
    reached = (drawn[:, :, None] <= places).mean(axis=1)
    inside = ((reached >= low - 1e-12) & (reached <= high + 1e-12)).all(axis=1).mean()
    assert inside == pytest.approx(0.95, abs=0.03)  # of 30 values, no band holds exactly 95%


def test_a_page_is_written_of_every_night_and_model(tmp_path: Path) -> None:
    store = Store(tmp_path)
    plan = Plan(orders=1, draws=200, quick=True)
    models = {"auto": toy, "uniform-swing": toy, "mute": unanswering}
    tasks = list(plan_tasks([night()], list(models), lambda name, _: models[name], plan))
    for each in tasks:
        store.append(attempt(each, key_of(each)))
    done = evaluate(tasks, store)
    assert done.made == 0
    written = write_scoreboard(
        done, tmp_path, tmp_path / "page.md", Making("forecast evaluate", "1 May 2024", "", ("x: y",))
    )
    page = written["page"].read_text()
    assert "| mute | no answer |" in page
    assert "1 night in 2 orders" in page
    assert "- x: y" in page
    assert pl.read_parquet(written["scores"]).height == len(tasks) * 7
    assert {each.name for each in written["pictures"].iterdir()} == {
        f"scoreboard-{name}.svg" for name in ("error", "reliability", "pit")
    }


def test_the_page_names_no_place_on_the_machine_that_made_it() -> None:
    from commands.evaluate import say_command

    for given_ in (["--elex", "/a/python"], ["--elex=/a/python"]):
        said = say_command(["evaluate", *given_, "--orders", "20"], "/a/python")
        assert said.replace("=", " ") == "forecast evaluate --elex PYTHON --orders 20"


def test_a_night_that_is_not_over_cannot_be_scored(tmp_path: Path) -> None:
    from forecast.contests.catalogue import write_skeleton

    directory = write_skeleton(tmp_path / "my-town", "my-town")
    with pytest.raises(NewsError, match="does not hold the result"):
        past_night(str(directory))


def test_a_night_of_one_s_own_is_found_by_its_path(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "data" / "west-midlands", tmp_path / "mine")
    (found,) = find_nights([str(tmp_path / "mine")])
    assert (found.contest.id, found.family) == ("west-midlands", "own")
    (shipped,) = find_nights(["west-midlands"])
    assert shipped.family == "west midlands"
    (named,) = find_nights(["pseudo-merseyside-2017"])
    assert named.family == "few areas"


# The models beside ours


def posterior_of(name: str, moment: Moment, draws: int) -> Posterior:
    made = contender_named(name, moment.contest)(moment.contest, moment.tally, draws=draws, seed=1)
    assert isinstance(made, Posterior)
    return made


@pytest.mark.parametrize("name", [each for each in CONTENDERS if each != "subspace"])
def test_every_model_beside_ours_answers_on_the_west_midlands_and_repeats_what_is_declared(name: str) -> None:
    past = past_night("west-midlands")
    moment = stand_at(past.contest, past.items, 5)
    made, again = (posterior_of(name, moment, 200) for _ in range(2))
    assert made.share.tobytes() == again.share.tobytes()
    np.testing.assert_allclose(made.share.sum(axis=2), 1.0, atol=1e-6)
    simulation = simulate(made, moment.tally)
    known = moment.tally.declared[:, None] & np.isfinite(moment.tally.votes)
    assert (simulation.votes[:, known] == moment.tally.votes[known]).all()


def test_uniform_swing_by_hand() -> None:
    past = night()
    moment = stand_at(past.contest, past.items, 1)
    made = posterior_of("uniform-point", moment, 1)
    then = past.contest.baseline
    change = 66_296 / 189_470 - then.votes[0, 1] / then.valid[0]
    street = then.votes[4, 1] / then.valid[4] + change
    others = [then.votes[4, 0] / then.valid[4] + 80_251 / 189_470 - then.votes[0, 0] / then.valid[0], 42_923 / 189_470]
    assert made.share[0, 4, 1] == pytest.approx(street / (street + sum(max(each, 0.0) for each in others)))


def test_past_votes_predict_a_vote_that_lies_along_them() -> None:
    (past,) = [each for each in shipped_nights(("swiss votes",)) if each.contest.id == "swiss-s00"]
    moment = stand_at(past.contest, past.items, 54)
    truth = find_truth(past.contest, past.items)
    subspace, raw = (posterior_of(name, moment, 1) for name in ("subspace", "raw-count"))
    final = fold(past.contest, past.items).votes
    share = final[:, 0] / final.sum(axis=1)
    errors = [np.abs(each.share[0, :, 0] - share)[54:].mean() for each in (subspace, raw)]
    assert errors[0] < 0.75 * errors[1]
    assert truth.shares.sum() == pytest.approx(1.0)


def interval(contest: Contest, tally: Tally, *, draws: int, seed: int) -> LeadInterval:
    return LeadInterval(0.05, -0.2, 0.3, 0.9, "peer")


def test_a_peer_that_gives_one_interval_is_scored_by_it_alone() -> None:
    (row,) = run_task(task(interval, checkpoints=(3,)))
    truth = find_truth(small_contest(), news())
    assert row["lead_error"] == pytest.approx(abs(0.05 - truth.lead))
    assert (row["lead_covered_90"], row["lead_width_90"]) == (1.0, 0.5)
    assert np.isnan(float(row["lead_crps"]))
    assert np.isnan(float(row["log_score"]))


def test_elex_model_has_no_answer_without_its_environment_or_for_few_areas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORECAST_ELEX", raising=False)
    model = contender_named("elex-model", small_contest())
    with pytest.raises(ModelError, match="the environment of elex-model is not named"):
        model(small_contest(), fold(small_contest(), news()), draws=1, seed=1)
    monkeypatch.setenv("FORECAST_ELEX", sys.executable)
    with pytest.raises(ModelError, match="needs 10"):
        model(small_contest(), fold(small_contest(), news()), draws=1, seed=1)


def test_a_model_nobody_knows_is_one_line() -> None:
    with pytest.raises(ForecastError, match=r'no model "rigde"\. Did you mean "ridge"'):
        contender_named("rigde", small_contest())
