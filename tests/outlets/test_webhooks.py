"""Webhooks against a real server: signed, in order, at least once, and nobody waiting for another."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from standardwebhooks.webhooks import Webhook
from webhooks_received import SECRET, Happened, Kept, Receiver, quick, told

from forecast.errors import ForecastError
from forecast.outlets.target import Event, Target, check_target


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
