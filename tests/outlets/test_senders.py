"""Webhooks against a real server, the drop folder under readers, and the package for OGraf renderers."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from night_made import edition, scene
from standardwebhooks.webhooks import Webhook

from forecast.errors import ForecastError
from forecast.outlets.drop import Drop
from forecast.outlets.ograf import package_files, write_package
from forecast.outlets.rows import rows_json
from forecast.outlets.target import DeadLetter, Event, Target, UnservedError, check_target
from forecast.outlets.webhooks import Webhooks

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = Path(os.environ.get("FORECAST_SCHEMAS", ROOT.parent / "shared" / "schemas"))
OGRAF = SCHEMAS / "ograf"
SECRET = f"whsec_{b64encode(bytes(range(32))).decode()}"


@dataclass(frozen=True)
class Happened:
    """An event as the service gives it."""

    sequence: int
    contest: str = "west-midlands"
    kind: str = "publication"
    data: Mapping[str, Any] = field(default_factory=lambda: {"at": "2024-05-04T19:00:00Z", "headline": "≈ 2 in 3"})


class Receiver:
    """Somebody who is told: what it answers can be chosen, and it can hang."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.go_on = threading.Event()
        self.go_on.set()
        self.address = ""

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"]))
        self.got.append(({name.casefold(): value for name, value in request.headers.items()}, body))
        self.go_on.wait(20)
        try:
            request.send_response(self.statuses.pop(0) if self.statuses else 204)
            request.send_header("Content-Length", "0")
            request.end_headers()
        except OSError:
            return

    @property
    def sequences(self) -> list[int]:
        return [json.loads(body)["data"]["sequence"] for _, body in self.got]


@pytest.fixture
def receivers() -> Iterator[list[Receiver]]:
    made: list[tuple[Receiver, ThreadingHTTPServer, threading.Thread]] = []
    for _ in range(2):
        receiver = Receiver()

        class Handler(BaseHTTPRequestHandler):
            told = receiver

            def do_POST(self) -> None:
                self.told.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        receiver.address = f"http://127.0.0.1:{server.server_port}/hook?token=hidden"
        made.append((receiver, server, thread))
    yield [receiver for receiver, _, _ in made]
    for receiver, server, thread in made:
        receiver.go_on.set()
        server.shutdown()
        thread.join()
        server.server_close()


class Kept:
    """Events in their order, and how far each target has been told, as somebody keeps them who never fails."""

    def __init__(self, *events: Happened) -> None:
        self.events = list(events)
        self.told = dict[str, int]()
        self.given_up: list[DeadLetter] = []
        self.leading = True
        self.secret = set[int]()
        self.unserved = set[str]()

    def leads(self) -> bool:
        return self.leading

    def latest(self) -> int:
        return self.events[-1].sequence if self.events else 0

    async def begin(self, target: str) -> int:
        return self.told.setdefault(target, 0)

    async def read(self, after: int) -> Sequence[Event]:
        return [each for each in self.events if each.sequence > after][:100]

    async def outward(self, event: Event) -> Event | None:
        if event.contest in self.unserved:
            raise UnservedError(event.contest)
        return None if event.sequence in self.secret else event

    async def move(self, target: str, sequence: int) -> None:
        self.told[target] = sequence

    async def give_up(self, place: str, letter: DeadLetter) -> None:
        assert "?" not in place
        self.given_up.append(letter)


def told(hooks: Webhooks, *, until: Callable[[], bool], seconds: float = 10.0) -> None:
    async def night() -> None:
        running = asyncio.create_task(hooks.run())
        async with asyncio.timeout(seconds):
            while not until():
                await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(night())


def quick(kept: Kept, *targets: Target, **more: Any) -> Webhooks:  # noqa: ANN401 - what webhooks take
    given: dict[str, Any] = {"attempts": 3, "wait_initial": 0.01, "wait_max": 0.05, "timeout_seconds": 0.3} | more
    return Webhooks(targets, kept, **given)


# Webhooks


def test_a_message_is_signed_so_that_the_reference_library_verifies_it(receivers: list[Receiver]) -> None:
    first, _ = receivers
    hooks = quick(Kept(Happened(7)), Target(first.address, SECRET))
    told(hooks, until=lambda: hooks.states[0].delivered == 1)
    ((headers, body),) = first.got
    verified = Webhook(SECRET).verify(body, headers)
    assert verified["type"] == "contest.publication"
    assert verified["timestamp"] == "2024-05-04T19:00:00Z"
    assert verified["data"] == {"contest": "west-midlands", "sequence": 7, **Happened(7).data}
    with pytest.raises(Exception, match="signature"):
        Webhook(SECRET).verify(body.replace(b"7", b"8"), headers)


def test_a_message_is_sent_again_under_the_same_id_until_it_is_taken(receivers: list[Receiver]) -> None:
    first, _ = receivers
    first.statuses = [500, 302]
    hooks = quick(Kept(Happened(7)), Target(first.address, SECRET))
    told(hooks, until=lambda: hooks.states[0].delivered == 1)
    assert len(first.got) == 3
    assert len({headers["webhook-id"] for headers, _ in first.got}) == 1
    assert (hooks.states[0].last_error, hooks.states[0].dead) == ("", ())


def test_what_is_given_up_is_kept_to_be_seen_and_the_next_is_sent(receivers: list[Receiver]) -> None:
    first, _ = receivers
    first.statuses = [500] * 3
    kept = Kept(Happened(7), Happened(8))
    hooks = quick(kept, Target(first.address, SECRET))
    told(hooks, until=lambda: hooks.states[0].delivered == 1)
    (dead,) = hooks.states[0].dead
    assert (dead.id, dead.error) == ("msg_west-midlands_7_publication_20240504190000", "the target answered 500")
    assert kept.given_up == [dead]
    assert first.sequences[-1] == 8
    assert "hidden" not in repr(hooks.states) + repr(hooks.targets[0].place) + repr(kept.told)


def test_a_target_that_is_away_is_tried_until_it_is_back_and_then_told_everything_in_order(
    receivers: list[Receiver],
) -> None:
    first, _ = receivers
    first.statuses = [503] * 20
    kept = Kept(*map(Happened, range(1, 9)))
    hooks = quick(kept, Target(first.address, SECRET))
    told(hooks, until=lambda: hooks.states[0].delivered == 8)
    assert first.sequences == [*[1] * 21, *range(2, 9)]
    assert kept.given_up == []


def test_a_target_that_hangs_delays_no_other_and_what_waits_for_it_is_not_in_memory(receivers: list[Receiver]) -> None:
    hanging, well = receivers
    hanging.go_on.clear()
    kept = Kept(*map(Happened, range(1, 5001)))
    hooks = quick(kept, Target(hanging.address, SECRET), Target(well.address, SECRET), timeout_seconds=0.05)
    told(hooks, until=lambda: len(set(well.sequences)) >= 20 and "attempt 4" in hooks.states[0].last_error)
    assert well.sequences[:20] == list(range(1, 21))
    assert (hooks.states[0].delivered, hooks.states[0].waiting, hooks.states[0].dead) == (0, 5000, ())
    assert "timed out" in hooks.states[0].last_error


def test_after_a_restart_it_goes_on_from_what_the_target_has_answered(receivers: list[Receiver]) -> None:
    first, _ = receivers
    kept, target = Kept(*map(Happened, range(1, 6))), Target(first.address, SECRET)
    first.go_on.clear()  # it has the first, and has not answered
    told(quick(kept, target), until=lambda: len(first.got) == 1)
    first.go_on.set()
    hooks = quick(kept, target)
    told(hooks, until=lambda: hooks.states[0].delivered == 5)
    assert first.sequences == [1, 1, 2, 3, 4, 5]
    assert len({headers["webhook-id"] for headers, _ in first.got}) == 5
    hooks = quick(kept, target)
    kept.events.append(Happened(6))
    told(hooks, until=lambda: hooks.states[0].delivered == 1)
    assert first.sequences[6:] == [6]


def test_nobody_is_told_by_a_process_that_does_not_lead_and_the_next_goes_on_where_the_last_was(
    receivers: list[Receiver],
) -> None:
    first, _ = receivers
    kept, target = Kept(Happened(1)), Target(first.address, SECRET)
    old, new = quick(kept, target), quick(kept, target)

    async def night() -> None:
        new.outbox = waiting = Kept()
        waiting.events, waiting.told, waiting.leading = kept.events, kept.told, False
        running = [asyncio.create_task(each.run()) for each in (old, new)]
        async with asyncio.timeout(10):
            while old.states[0].delivered < 1:
                await asyncio.sleep(0.01)
            kept.leading = False
            kept.events += [Happened(2), Happened(3)]
            await asyncio.sleep(0.3)
            assert first.sequences == [1]
            waiting.leading = True
            while new.states[0].delivered < 2:
                await asyncio.sleep(0.01)
        for each in running:
            each.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    asyncio.run(night())
    assert first.sequences == [1, 2, 3]


def test_what_may_not_be_told_any_more_once_a_target_is_back_is_not(receivers: list[Receiver]) -> None:
    first, _ = receivers
    first.statuses = [503] * 1000
    kept = Kept(Happened(1), Happened(2))
    hooks = quick(kept, Target(first.address, SECRET))

    def embargoed() -> bool:
        if len(first.got) == 3:
            kept.secret.add(1)
            first.statuses.clear()
        return hooks.states[0].delivered == 1

    told(hooks, until=embargoed)
    assert json.loads(first.got[-1][1])["data"]["sequence"] == 2
    assert kept.told == {next(iter(kept.told)): 2}


def test_a_target_that_wants_no_more_is_told_no_more(receivers: list[Receiver]) -> None:
    first, _ = receivers
    first.statuses = [410]
    kept = Kept(Happened(1), Happened(2))
    hooks = quick(kept, Target(first.address, SECRET))
    told(hooks, until=lambda: hooks.states[0].gone and len(kept.given_up) == 1)
    assert first.sequences == [1]


def test_only_what_was_asked_for_is_sent_and_one_address_may_be_there_twice(receivers: list[Receiver]) -> None:
    first, second = receivers
    kept = Kept(Happened(1), Happened(2, contest="other"), Happened(3, kind="alarm"))
    hooks = quick(
        kept,
        Target(first.address, SECRET, contests=frozenset({"other"})),
        Target(second.address, SECRET, kinds=frozenset({"alarm"})),
        Target(second.address, SECRET, contests=frozenset({"other"})),
    )
    told(hooks, until=lambda: [state.delivered for state in hooks.states] == [1, 1, 1])
    assert set(first.sequences) == {2}  # once at least: a receiver slow to answer is told again
    assert set(second.sequences) == {2, 3}
    assert len(kept.told) == 3


def test_events_wait_for_their_contest_to_be_served_and_those_of_others_do_not(receivers: list[Receiver]) -> None:
    first, _ = receivers
    listed = [Happened(n, contest="listed") for n in (1, 3)]
    kept = Kept(listed[0], Happened(2), listed[1], Happened(4))
    kept.unserved = {"listed"}
    hooks = quick(kept, Target(first.address, SECRET), patience=60)

    def served() -> bool:
        if first.sequences == [2, 4]:
            assert "listed is not served" in hooks.states[0].last_error
            assert set(kept.told.values()) == {0}  # a restart tells of everything from the first that waits
            kept.unserved.clear()
        return hooks.states[0].delivered == 4 and set(kept.told.values()) == {4}

    told(hooks, until=served)
    assert (first.sequences, hooks.states[0].last_error, kept.given_up) == ([2, 4, 1, 3], "", [])


def test_what_follows_of_a_contest_that_is_served_by_now_is_told_after_what_waits_of_it(
    receivers: list[Receiver],
) -> None:
    first, _ = receivers
    kept = Kept(Happened(1, contest="listed"), Happened(2), Happened(3, contest="listed"))
    kept.unserved = {"listed"}
    outward = kept.outward

    async def served_meanwhile(event: Event) -> Event | None:
        if event.sequence == 3:
            kept.unserved.clear()
        return await outward(event)

    kept.outward = served_meanwhile  # type: ignore[method-assign]
    hooks = quick(kept, Target(first.address, SECRET), patience=60)
    told(hooks, until=lambda: hooks.states[0].delivered == 3)
    assert first.sequences == [2, 1, 3]


def test_a_contest_that_is_not_served_is_given_up_after_a_while_and_delays_no_other(receivers: list[Receiver]) -> None:
    first, second = receivers
    kept = Kept(Happened(1, contest="broken"), Happened(2), Happened(3, contest="broken"), Happened(4))
    kept.unserved = {"broken"}
    others = Target(second.address, SECRET, contests=frozenset({"west-midlands"}))
    hooks = quick(kept, Target(first.address, SECRET), others, patience=0.2)
    told(hooks, until=lambda: [(each.delivered, each.given_up) for each in hooks.states] == [(2, 2), (2, 0)])
    assert first.sequences == second.sequences == [2, 4]
    assert [(each.contest, each.error) for each in kept.given_up] == [("broken", "broken is not served")] * 2


def test_what_is_told_later_than_it_happened_does_not_move_a_place_back(receivers: list[Receiver]) -> None:
    first, _ = receivers
    kept = Kept(Happened(5), Happened(3, kind="correction"), Happened(6))
    moved = list[int]()

    async def move(_target: str, sequence: int) -> None:
        moved.append(sequence)

    kept.move = move  # type: ignore[assignment, method-assign]
    hooks = quick(kept, Target(first.address, SECRET))
    told(hooks, until=lambda: hooks.states[0].delivered == 3)
    assert (first.sequences, moved) == ([5, 3, 6], [5, 6])


@pytest.mark.parametrize(
    ("url", "secret", "wrong"),
    [
        ("https://example.org/hook", SECRET, None),
        ("http://127.0.0.1:8080/hook", SECRET, None),
        ("http://[::1]/hook", SECRET, None),
        ("http://localhost/hook", SECRET, None),
        ("http://example.org/hook", SECRET, "goes by https"),
        ("http://127.0.0.1.example.org/hook", SECRET, "goes by https"),
        ("http://localhost@example.org/", SECRET, "goes by https"),
        ("ftp://127.0.0.1/", SECRET, "goes by https"),
        ("https://example.org/hook", "", "secret cannot be used"),
        ("https://example.org/hook", "whsec_%", "secret cannot be used"),
        ("https://example.org/hook", "whsec_c2hvcnQ=", "secret cannot be used"),
    ],
)
def test_a_webhook_goes_by_https_or_to_this_machine(url: str, secret: str, wrong: str | None) -> None:
    if wrong is None:
        check_target(Target(url, secret))
        return
    with pytest.raises(ForecastError, match=wrong):
        check_target(Target(url, secret))


def test_plain_http_to_others_can_be_allowed() -> None:
    check_target(Target("http://graphics.example/hook", SECRET), plain=True)


# The drop folder


def test_readers_never_see_half_an_edition(tmp_path: Path) -> None:
    drop, stop, torn = Drop(tmp_path), threading.Event(), list[str]()
    drop.write("wm", {"a": b"0" * 50_000, "b": b"0" * 50_000})

    def read() -> None:
        while not stop.is_set():
            edition_now = (tmp_path / "wm").resolve()
            try:
                both = {bytes(set((edition_now / name).read_bytes())) for name in ("a", "b")}
            except FileNotFoundError:
                continue  # three editions later
            if len(both) != 1 or len(next(iter(both))) != 1:
                torn.append(str(both))

    reader = threading.Thread(target=read)
    reader.start()
    for n in range(1, 60):
        drop.write("wm", {name: str(n % 10).encode() * 50_000 for name in ("a", "b")})
    stop.set()
    reader.join()
    assert torn == []
    assert len(list((tmp_path / ".editions").iterdir())) == 3
    assert (tmp_path / "wm" / "a").read_bytes() == b"9" * 50_000


def test_contests_in_one_folder_leave_one_another_alone(tmp_path: Path) -> None:
    drop = Drop(tmp_path)
    for contest in ("wm", "wm-2"):
        for n in range(5):
            drop.write(contest, {"a": f"{contest} {n}".encode()})
    assert (tmp_path / "wm" / "a").read_text() == "wm 4"
    assert (tmp_path / "wm-2" / "a").read_text() == "wm-2 4"
    assert len(list((tmp_path / ".editions").iterdir())) == 6


def test_the_drop_folder_goes_on_after_a_restart_in_the_midst(tmp_path: Path) -> None:
    Drop(tmp_path).write("wm", {"a": b"1"})
    (tmp_path / ".editions" / "wm@00000002-half").mkdir()
    assert (tmp_path / "wm" / "a").read_bytes() == b"1"
    Drop(tmp_path).write("wm", {"a": b"2"})
    assert (tmp_path / "wm" / "a").read_bytes() == b"2"


@pytest.mark.parametrize("contest", ["../elsewhere", "", ".editions", "a/b", "a\n"])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, contest: str) -> None:
    with pytest.raises(ForecastError, match="cannot be the name of a file"):
        Drop(tmp_path).write(contest, {"a": b""})
    with pytest.raises(ForecastError, match="cannot be the name of a file"):
        Drop(tmp_path).write("wm", {contest: b""})


def test_somebody_else_s_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "wm").mkdir()
    with pytest.raises(ForecastError, match="is a directory of somebody else's"):
        Drop(tmp_path).write("wm", {"a": b""})


def test_a_folder_that_cannot_be_written_is_said_and_what_was_there_stays(tmp_path: Path) -> None:
    Drop(tmp_path).write("wm", {"a": b"1"})
    editions = tmp_path / ".editions"
    editions.rename(tmp_path / "kept")
    editions.write_text("a file where the folder was")
    with pytest.raises(ForecastError, match="cannot be written"):
        Drop(tmp_path).write("wm", {"a": b"2"})
    editions.unlink()
    (tmp_path / "kept").rename(editions)
    assert (tmp_path / "wm" / "a").read_bytes() == b"1"


# OGraf


def ograf_validator() -> Any:  # noqa: ANN401 - the validator's type is the library's own
    found = [json.loads(path.read_text(encoding="utf-8")) for path in OGRAF.rglob("*.json")]
    registry = jsonschema_rs.Registry([(each["$id"], each) for each in found])
    main = next(each for each in found if each["$id"].endswith("/graphics/schema.json"))
    return jsonschema_rs.validator_for(main, registry=registry)


@pytest.mark.skipif(not OGRAF.exists(), reason="the public schema is not here")
def test_the_manifest_fits_the_public_schema(tmp_path: Path) -> None:
    manifest, module = write_package(tmp_path / "package", scene().contest, "https://forecast.example")
    parsed = json.loads(manifest.read_text(encoding="utf-8"))
    validator = ograf_validator()
    assert [error.message for error in validator.iter_errors(parsed)] == []
    assert not validator.is_valid(parsed | {"odds": 1})
    assert not validator.is_valid({key: value for key, value in parsed.items() if key != "main"})
    assert manifest.name.endswith(".ograf.json")
    assert parsed["main"] == module.name


def test_an_address_that_is_none_is_refused() -> None:
    for address in ("forecast.example", "javascript:alert(1)", "https://"):
        with pytest.raises(ForecastError, match="is not an address"):
            package_files("wm", "The count", address)


# A renderer's part of the page, as little of it as the graphic touches.
RENDERER = """
class Part {
  constructor() { this.children = []; this.names = new Set(); this.text = ''; this.style = { setProperty() {} };
    this.classList = { add: (n) => this.names.add(n), remove: (n) => this.names.delete(n),
      toggle: (n, on) => on ? this.names.add(n) : this.names.delete(n) }; }
  set className(name) { this.names.add(name); }
  set textContent(text) { this.text = text; }
  append(...parts) { this.children.push(...parts); }
  replaceChildren(...parts) { this.children = parts; }
  words() { return [this.text, ...this.children.map((each) => each.words())].join(' ').trim(); }
}
globalThis.HTMLElement = class extends Part { attachShadow() { return (this.shadowRoot = new Part()); } };
globalThis.document = { createElement: () => new Part() };
let rows = JSON.parse(process.argv[3]), asked = [];
globalThis.fetch = async (place) => { asked.push(place); if (!rows) throw new Error('away');
  return { ok: true, json: async () => rows }; };
const { default: Graphic } = await import(process.argv[2]);
const graphic = new Graphic(), said = {};
for (const name of ['load', 'playAction', 'updateAction', 'stopAction', 'customAction', 'dispose'])
  if (typeof graphic[name] !== 'function') throw new Error(name);
said.load = await graphic.load({ data: {}, renderCharacteristics: {} });
said.shown = graphic.bar.words();
rows = null;
said.custom = await graphic.customAction({ id: 'refresh' });
said.unknown = await graphic.customAction({ id: 'explode' });
said.kept = graphic.bar.words();
said.play = await graphic.playAction({});
said.on = graphic.bar.names.has('on');
said.update = await graphic.updateAction({ data: { contest: 'a/b' } });
said.stop = await graphic.stopAction({ skipAnimation: true });
said.off = !graphic.bar.names.has('on');
said.dispose = await graphic.dispose();
said.asked = asked;
console.log(JSON.stringify(said));
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node to run a module")
def test_the_graphic_loads_shows_keeps_its_last_value_and_stops(tmp_path: Path) -> None:
    _, module = write_package(tmp_path, scene().contest, "https://forecast.example/")
    script = tmp_path / "renderer.mjs"
    script.write_text(RENDERER, encoding="utf-8")
    command = ["node", str(script), str(module), rows_json(edition(13))]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    assert said["asked"][0] == "https://forecast.example/graphics/west-midlands/rows.json"
    assert said["asked"][-1] == "https://forecast.example/graphics/a%2Fb/rows.json"
    assert "Andy Street" in said["shown"]
    assert "6 of 7 areas declared" in said["shown"]
    assert said["kept"] == said["shown"]
    assert (said["on"], said["off"]) == (True, True)
    assert [said[name]["statusCode"] for name in ("load", "custom", "play", "update", "stop", "dispose")] == [200] * 6
    assert said["unknown"]["statusCode"] == 404
