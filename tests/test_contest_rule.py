"""The rule of a contest, as its files say it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from forecast.contests.files import read_contest
from forecast.errors import ContestError
from forecast.rules import AreaSeats, ListProportional, Plurality, Referendum, Rule, SupplementaryVote, TwoRound

GOOD = Path(__file__).resolve().parent / "contests" / "good"
PLURALITY = '[rule]\nname = "plurality"\n'


def tiny_rule(directory: Path, keys: str) -> Rule:
    """The rule of the tiny contest: ash, birch and cedar in north (Town) and south (Town)."""
    shutil.copytree(GOOD, directory, dirs_exist_ok=True)
    text = (GOOD / "contest.toml").read_text(encoding="utf-8")
    assert text.count(PLURALITY) == 1
    (directory / "contest.toml").write_text(text.replace(PLURALITY, f"[rule]\n{keys}\n"), encoding="utf-8")
    (directory / "areas.csv").write_text(
        "id,name,electorate,group,electors\nnorth,North Town,1000,Town,3\nsouth,South Vale,2000,Town,5\n",
        encoding="utf-8",
    )
    return read_contest(directory).rule


MADE: dict[str, Rule] = {
    'name = "plurality"\ncannot_win = ["cedar"]': Plurality((2,)),
    'name = "two rounds"': TwoRound(),
    'name = "seats"': AreaSeats(),
    'name = "seats"\nmajority = 2\ncannot_win = ["cedar"]': AreaSeats((), 2, (2,)),
    'name = "weighted areas"\nweights = "electors"\nmajority = 5': AreaSeats((3.0, 5.0), 5, name="weighted areas"),
    'name = "list proportional"\ndivisors = "sainte-lague"\nseats = 9\nfirst_divisor = 1.4': ListProportional(
        (9,), divisors="sainte-lague", first_divisor=1.4
    ),
    'name = "list proportional"\ndivisors = "dhondt"\ndistrict_seats = { south = 4, north = 3 }': ListProportional(
        (4, 3), (1, 0)
    ),
    'name = "list proportional"\ndivisors = "dhondt"\ndistricts = "group"\ndistrict_seats = { Town = 4 }': (
        ListProportional((4,), (0, 0))
    ),
    'name = "list proportional"\ndivisors = "dhondt"\nseats = 9\nthreshold = 0.05\nexempt = ["ash"]': ListProportional(
        (9,), threshold=0.05, exempt=(0,)
    ),
}


@pytest.mark.parametrize("keys", MADE)
def test_a_rule_is_made_of_its_keys(keys: str, tmp_path: Path) -> None:
    assert tiny_rule(tmp_path, keys) == MADE[keys]


def test_transfers_that_are_said_are_the_priors_means(tmp_path: Path) -> None:
    rule = tiny_rule(tmp_path, 'name = "supplementary vote"\ntransfers = { cedar = { ash = 0.5, birch = 0.1 } }')
    assert isinstance(rule, SupplementaryVote)
    assert rule.transfers.means(3)[2].tolist() == [0.5, 0.1, rule.transfers.share]


def two_answers(directory: Path, keys: str, electorate: str = "1000") -> Rule:
    """The rule of a referendum with two answers."""
    text = (GOOD / "contest.toml").read_text(encoding="utf-8")
    head, ash, birch, *_ = text.split("[[candidates]]\n")
    head = head.partition("[baseline]")[0].replace(
        PLURALITY, f'[rule]\nname = "referendum"\nproposal = "birch"\n{keys}\n'
    )
    answers = [answer.partition("baseline =")[0] for answer in (ash, birch)]
    (directory / "contest.toml").write_text("[[candidates]]\n".join([head, *answers]), encoding="utf-8")
    areas = f"id,name,electorate,electors\nnorth,North,{electorate},3\nsouth,South,2000,5\n"
    (directory / "areas.csv").write_text(areas, encoding="utf-8")
    return read_contest(directory).rule


def test_a_referendum_knows_its_proposal_and_its_electorate(tmp_path: Path) -> None:
    assert two_answers(tmp_path, "approval = 0.4") == Referendum(1, 3000.0, approval=0.4)
    rule = two_answers(tmp_path, 'double_majority = true\nweights = "electors"')
    assert rule == Referendum(1, 3000.0, double_majority=True, weights=(3.0, 5.0))


def test_a_threshold_needs_the_electorate_of_every_area(tmp_path: Path) -> None:
    two_answers(tmp_path, "", electorate="")
    with pytest.raises(ContestError, match='share of the electorate, which is blank for area "north"'):
        two_answers(tmp_path, "turnout = 0.5", electorate="")
