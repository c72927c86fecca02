"""The live service's configuration: where keys come from, what is said of wrong ones, that each is documented."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from commands.live import configure
from commands.options import SEED
from forecast.config import Configuration, ContestSettings, FeedSettings, WebhookSettings, read_configuration
from forecast.config.configuration import ENGINES, DropSettings, LimitSettings
from forecast.config.example import write_example
from forecast.config.reading import variable_of
from forecast.errors import ForecastError
from models.engines import EngineName

PAGE = Path(__file__).resolve().parent.parent / "docs" / "config.md"
TABLES: dict[str, type[BaseModel]] = {
    "": Configuration,
    "[limits]": LimitSettings,
    "[[contests]]": ContestSettings,
    "[[contests.feeds]]": FeedSettings,
    "[[webhooks]]": WebhookSettings,
    "[drop]": DropSettings,
}


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No configuration but the test's own."""
    for key in Configuration.model_fields:
        monkeypatch.delenv(variable_of(key), raising=False)
    monkeypatch.chdir(tmp_path)


def read(text: str, **overrides: int | str | None) -> Configuration:
    Path("forecast.toml").write_text(text, encoding="utf-8")
    return read_configuration(None, **overrides)


def defects(text: str, **overrides: int | str | None) -> list[str]:
    with pytest.raises(ForecastError) as raised:
        read(text, **overrides)
    return [str(defect) for defect in raised.value.defects]


def test_without_a_file_it_is_a_page_on_this_machine_and_a_file_database(tmp_path: Path) -> None:
    configuration = read_configuration()
    assert (configuration.host, configuration.port, configuration.contests) == ("127.0.0.1", 8000, ())
    assert configuration.database == f"sqlite:///{tmp_path / 'night' / 'night.sqlite'}"


def test_an_option_goes_before_a_variable_and_a_variable_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read("port = 1\nworkers = 1").port == 1
    monkeypatch.setenv("FORECAST_PORT", "2")
    assert (read("port = 1\nworkers = 1").port, read("port = 1\nworkers = 3").workers) == (2, 3)
    assert read("port = 1", port=3, host=None).port == 3


def test_variables_reach_into_tables_and_hold_lists_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORECAST_LIMITS__READS", "7/minute")
    monkeypatch.setenv("FORECAST_SERVED_CONTESTS", '[{"contest": "west-midlands"}]')
    monkeypatch.setenv("FORECAST_CONTESTS", "/directories:/of-contests")
    configuration = read('[limits]\nwrites = "8/minute"')
    assert (configuration.limits.reads, configuration.limits.writes) == ("7/minute", "8/minute")
    assert [each.id for each in configuration.contests] == ["west-midlands"]


def test_a_contest_has_the_services_engine_draws_and_seed_unless_it_has_its_own() -> None:
    configuration = read(
        'draws = 2000\nseed = 9\n[[contests]]\ncontest = "./West Midlands"\n[[contests]]\ncontest = "b"\nseed = 0'
    )
    first, second = configuration.contests
    assert (first.id, first.draws, first.seed, first.engine) == ("west-midlands", 2000, 9, "auto")
    assert (second.id, second.draws, second.seed) == ("b", 2000, 0)


def test_paths_in_a_file_are_from_its_folder(tmp_path: Path) -> None:
    (tmp_path / "desk").mkdir()
    file = tmp_path / "desk" / "night.toml"
    file.write_text(
        'data = "d"\n[[contests]]\ncontest = "w"\n[[contests.feeds]]\nkind = "csv"\npath = "n.csv"', encoding="utf-8"
    )
    configuration = read_configuration(file)
    assert configuration.data == tmp_path / "desk" / "d"
    assert configuration.contests[0].feeds[0].path == tmp_path / "desk" / "n.csv"
    assert configuration.contests[0].feeds[0].id == "csv"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("prt = 1", 'forecast.toml, line 1: unknown key "prt" in the configuration. Did you mean "port"?'),
        ('\nport = "x"', 'forecast.toml, line 2: port is "x", not a whole number.'),
        ("port = -1", "forecast.toml, line 1: port is -1, not 0 or more."),
        ("draws = 10", "forecast.toml, line 1: draws is 10, not 1000 or more."),
        ('confirm = "maybe"', 'forecast.toml, line 1: confirm is "maybe", not true or false.'),
        ('log = "xml"', "forecast.toml, line 1: log is \"xml\", not one of 'json' or 'console'."),
        ('engine = "conditonal"', 'is no engine. Did you mean "conditional"?'),
        ('[limits]\nreads = "many"', 'forecast.toml, line 2: limits.reads is "many", not a rate such as "600/minute".'),
        ("[[contests]]\ntest = true", 'forecast.toml, line 1: no key "contest" in [[contests]].'),
        ('[[contests]]\ncontest = "a"\nfeds = 1', 'line 3: unknown key "feds" in [[contests]]. Did you mean "feeds"?'),
        ('[[contests]]\ncontest = "a"\nembargo_until = 2024-05-02T22:00:00', "does not say in which time zone."),
        ('[[contests]]\ncontest = "a"\n[[contests]]\ncontest = "a"', 'name "a" twice among contests.'),
        ('[[webhooks]]\nurl = "ftp://a"\nsecret = "s"', "is no address beginning with http:// or https://."),
        ("a = ", "forecast.toml: not TOML: invalid value, where the file ends. Was it cut short?"),
    ],
)
def test_each_defect_says_where_what_and_what_would_mend_it(text: str, said: str) -> None:
    found = defects(text)
    assert len(found) == 1
    assert said in found[0]


def test_the_lines_of_the_second_contests_feeds_are_its_own() -> None:
    contest = '[[contests]]\ncontest = "{}"\n' + '[[contests.feeds]]\nkind = "csv"\npath = "a"\n' * 2
    text = contest.format("a") + contest.format("b").replace('kind = "csv"', 'kind = "cvs"')
    assert [line.split(":")[0] for line in defects(text)] == ["forecast.toml, line 12", "forecast.toml, line 15"]


def test_a_feed_is_in_one_place() -> None:
    feed = '[[contests]]\ncontest = "a"\n[[contests.feeds]]\nkind = "csv"\n'
    assert "needs an address or a path, and not both." in defects(feed)[0]
    assert "needs an address or a path, and not both." in defects(feed + 'path = "a"\naddress = "https://a.b/c"')[0]


def test_a_wrong_variable_and_a_wrong_option_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert defects("", port=-1) == ["--port: port is -1, not 0 or more."]
    monkeypatch.setenv("FORECAST_WORKERS", "many")
    assert defects("") == ['FORECAST_WORKERS: workers is "many", not a whole number.']
    monkeypatch.setenv("FORECAST_WROKERS", "2")
    assert defects("") == ['environment: unknown variable FORECAST_WROKERS. Did you mean "FORECAST_WORKERS"?']


def test_passwords_are_in_no_message_and_in_no_picture_of_the_configuration() -> None:
    configuration = read(
        'database = "postgresql://u:hunter2@h/n"\n[[webhooks]]\nurl = "https://a.b"\nsecret = "whsec_hunter2"'
    )
    assert "hunter2" not in repr(configuration)
    assert configuration.webhooks[0].secret.get_secret_value() == "whsec_hunter2"
    assert "hunter2" not in "".join(defects('[[webhooks]]\nurl = "hunter2"\nsecret = ["hunter2"]'))


def test_the_engines_are_the_models() -> None:
    assert set(ENGINES) == set(get_args(EngineName))


def rows_of_page() -> Iterator[tuple[str, str, str]]:
    """Table, key and default of every row of the page."""
    table = ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if heading := re.match(r"## `(\[+[a-z.]+\]+)`", line):
            table = heading[1]
        elif row := re.match(r"\| `([a-z_]+)` \|.*\| ([^|]*) \|$", line):
            yield table, row[1], row[2]


def default_of(model: type[BaseModel], key: str) -> str:
    default = model.model_fields[key].get_default(call_default_factory=True)
    if model.model_fields[key].is_required():
        return "required"
    if default in (None, "", (), {}) or isinstance(default, BaseModel):
        return ""
    listed = list(default) if isinstance(default, tuple) else default
    text = str(listed).lower() if isinstance(listed, bool | int | float) else str(listed).replace('"', "")
    return text.removesuffix(".0").replace("_", "")


def test_every_key_is_documented_with_its_default() -> None:
    documented = {
        (table, key): default.strip("` ").replace("_", "").replace('"', "") for table, key, default in rows_of_page()
    }
    known = {(table, key): default_of(model, key) for table, model in TABLES.items() for key in model.model_fields}
    assert set(documented) == set(known)
    shown = {key: default for key, default in known.items() if default}
    assert {key: documented[key] for key in shown} == shown


def test_the_example_of_the_page_reads() -> None:
    example = re.search(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    assert [each.id for each in read(example[1]).contests] == ["west-midlands", "walsall-rehearsal"]


def test_the_file_to_begin_from_reads_and_changes_nothing_but_the_contests() -> None:
    begun = read(write_example("west-midlands"))
    assert [each.id for each in begun.contests] == ["west-midlands"]
    assert begun.model_copy(update={"contests": ()}).model_dump() == read("").model_dump()


def test_the_file_to_begin_from_holds_every_key_as_it_is_without_it() -> None:
    service = write_example().split("# [limits]")[0]
    lines = [line.removeprefix("# ") for line in service.splitlines()[1:] if line]
    begun, bare = read("\n".join(lines)), read("")  # where the file stands is then said
    assert begun.model_dump(exclude={"data"}) == bare.model_dump(exclude={"data"})
    tables = {"contests", "feeds", "webhooks", "limits", "drop"}
    keys = {key for model in TABLES.values() for key in model.model_fields} - tables
    assert {key for key in keys if f"# {key} = " not in write_example()} == set()


def test_a_seed_in_the_environment_is_the_night_s_where_a_contest_is_named_on_the_command_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert configure(["west-midlands"], None, False).seed == SEED
    monkeypatch.setenv("FORECAST_SEED", "7")
    assert configure(["west-midlands"], None, False).seed == 7


def test_how_many_draws_a_large_contest_has_is_for_its_contest_to_say() -> None:
    assert read("").draws is None
    assert [each.draws for each in read('[[contests]]\ncontest = "a"\n').contests] == [None]
    assert [each.draws for each in read('draws = 9000\n[[contests]]\ncontest = "a"\n').contests] == [9000]
