"""The API on a night: items taken once, held, embargoed, corrected, confirmed and signed off."""

from __future__ import annotations

import threading
from base64 import b64encode
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from api_routes import BALLOTS, HERE, ROOT
from made_service import Running, running

from forecast.contests.catalogue import find_contest
from forecast.declaration import read_news
from forecast.journal.item_json import write_item
from forecast.web.told import TOLD


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Running]:
    """A service of its own, for a test that holds it or gives it news."""
    with running(tmp_path) as found:
        found.wait(lambda: found.status() == "live")
        yield found


def test_an_item_sent_twice_under_one_key_is_taken_once(fresh: Running) -> None:
    first, again = (fresh.post(f"{HERE}/news", BALLOTS, **{"Idempotency-Key": "a1"}) for _ in range(2))
    assert (first.status_code, first.json()["data"]["status"]) == (201, "accepted")
    assert (again.status_code, again.json()["data"]["status"]) == (200, "repeated")
    assert again.json()["data"]["entry"] == first.json()["data"]["entry"]
    other = fresh.post(f"{HERE}/news", {**BALLOTS, "ballots": 1}, **{"Idempotency-Key": "a1"})
    assert (other.status_code, other.json()["error"]["code"]) == (409, "conflict")


def test_a_key_of_somebody_elses_request_does_not_stand_in_the_way(fresh: Running) -> None:
    fresh.post(f"{HERE}/news", BALLOTS, **{"Idempotency-Key": "a1"})
    other = {"kind": "verified", "area": "coventry", "ballots": 71_215}
    assert fresh.post(f"{HERE}/news", other, "editor", **{"Idempotency-Key": "a1"}).status_code == 201


def test_an_item_goes_on_air_and_says_who_entered_it(fresh: Running) -> None:
    entry = fresh.post(f"{HERE}/news", BALLOTS).json()["data"]["entry"]
    fresh.wait(lambda: bool(fresh.client.get(f"{HERE}/news").json()["data"]["items"]))
    item = fresh.client.get(f"{HERE}/news").json()["data"]["items"][0]
    assert (item["entry"], item["ballots"], item["entered_by"]) == (entry, 216_492, "Operator")
    assert len(fresh.client.get(f"{HERE}/history").json()["data"]) == 2


def test_while_held_viewers_get_what_was_on_air_and_editors_the_draft(fresh: Running) -> None:
    held = fresh.post(f"{HERE}/decisions", {"action": "hold", "reason": "a figure to check"}, "editor")
    assert held.status_code == 201
    fresh.post(f"{HERE}/news", BALLOTS)
    draft = f"{HERE}/draft"
    fresh.wait(lambda: fresh.client.get(draft, headers=fresh.key("editor")).json()["data"]["number"] == 2)
    latest = fresh.client.get(f"{HERE}/latest").json()["data"]
    assert (latest["number"], latest["status"]) == (1, "held")
    assert fresh.client.get(f"{HERE}/draft", headers=fresh.key("operator")).status_code == 403
    assert fresh.client.get(f"{HERE}/news").json()["data"]["items"] == []
    assert len(fresh.client.get(f"{HERE}/history").json()["data"]) == 1
    assert fresh.post(f"{HERE}/what-if", {"settings": ["sandwell.lead=15"]}, "viewer").status_code == 403
    fresh.post(f"{HERE}/decisions", {"action": "release"}, "editor")
    fresh.wait(lambda: fresh.client.get(f"{HERE}/latest").json()["data"]["number"] >= 2)


def test_under_an_embargo_viewers_see_nothing_of_the_night(fresh: Running) -> None:
    until = {"action": "embargo", "until": "2100-01-01T00:00:00Z"}
    assert fresh.post(f"{HERE}/decisions", until, "editor").status_code == 201
    latest = fresh.client.get(f"{HERE}/latest").json()["data"]
    assert (latest["document"], latest["status"]) == (None, "embargoed")
    assert fresh.client.get(f"{HERE}/history").json()["data"] == []
    assert fresh.client.get(f"{HERE}/at/2030-01-01T00:00:00Z").json()["data"]["document"] is None
    assert fresh.client.get(f"{HERE}/needs").json()["data"]["needs"] is None
    assert fresh.client.get("/graphics/west-midlands/rows.json").json() == []
    assert fresh.client.get("/feeds/west-midlands/history.csv").text.count("\n") == 1
    assert fresh.client.get(f"{HERE}/draft", headers=fresh.key("editor")).json()["data"]["document"] is not None


def test_a_correction_is_in_the_feed_before_its_forecast_but_not_under_a_hold(fresh: Running) -> None:
    declared = {"kind": "declared", "area": "dudley", "votes": {"parker": 30_000, "street": 40_000}}
    first = fresh.post(f"{HERE}/news", declared).json()["data"]["entry"]
    fresh.wait(lambda: items_on_air(fresh) == 1)
    assert fresh.client.portal is not None
    fresh.client.portal.call(fresh.service.parts.tasks["desk west-midlands"].cancel)  # no forecast is made any more

    def feed() -> tuple[str, str]:
        found = fresh.client.get("/feeds/west-midlands/atom.xml")
        return found.headers["ETag"], found.text

    etag, before = feed()
    assert "Dudley: declared" in before
    fresh.post(f"{HERE}/decisions", {"action": "hold", "reason": "look"}, "editor")
    corrected = {**declared, "kind": "corrected", "votes": {"parker": 30_001}}
    second = fresh.post(f"{HERE}/news", corrected).json()["data"]["entry"]
    assert feed() == (etag, before)
    fresh.post(f"{HERE}/decisions", {"action": "release"}, "editor")
    again, put_right = feed()
    assert again != etag
    assert put_right.count("retraction") == 1
    assert "Dudley: corrected" in put_right
    for entry in (second, first):
        fresh.post(f"{HERE}/decisions", {"action": "undo", "entry": entry, "reason": "another's"})
    last, undone = feed()
    assert last != again
    assert undone.count("Dudley: taken back") == 2
    assert undone.count("count:retracts") == 3


def test_an_administrator_adds_a_rehearsal_that_says_it_is_a_test(fresh: Running) -> None:
    body = {"contest": "west-midlands", "id": "rehearsal", "test": True, "draws": 1000, "engine": "uniform-swing"}
    assert fresh.post("/v1/contests", body, "editor").status_code == 403
    added = fresh.post("/v1/contests", body, "admin")
    assert (added.status_code, added.json()["data"]["contest"]) == (201, "rehearsal")
    fresh.wait(lambda: fresh.status("rehearsal") == "test")
    assert {each["contest"] for each in fresh.client.get("/v1/contests").json()["data"]} == {
        "west-midlands",
        "rehearsal",
    }
    rows = fresh.client.get("/graphics/rehearsal/rows.json").json()
    assert rows[0]["headline"].startswith("TEST")
    missing = fresh.post("/v1/contests", {**body, "contest": "no-such", "id": "other"}, "admin")
    assert missing.status_code == 422


def test_a_second_operator_confirms_and_the_first_may_not(tmp_path: Path) -> None:
    with running(tmp_path, confirm=True) as found:
        taken = found.post(f"{HERE}/news", BALLOTS)
        assert (taken.status_code, taken.json()["data"]["status"]) == (202, "pending")
        confirm = {"action": "confirm", "proposal": taken.json()["data"]["entry"]}
        assert found.post(f"{HERE}/decisions", confirm).status_code == 422
        second = found.store.add_key("Second", "operator")[1]
        by_second = found.client.post(f"{HERE}/decisions", json=confirm, headers={"X-API-Key": second})
        assert by_second.status_code == 201
        assert by_second.json()["data"]["kind"] == "confirmed"


def test_health_tells_the_public_that_something_is_wrong_and_operators_what(fresh: Running) -> None:
    fresh.post(f"{HERE}/decisions", {"action": "hold", "reason": "secret doubts"}, "editor")
    anyone = fresh.client.get("/health")
    assert anyone.json()["data"]["state"] == "held"
    assert "secret doubts" not in anyone.text
    assert "secret doubts" in fresh.client.get("/health", headers=fresh.key("operator")).text
    assert "secret doubts" not in fresh.client.get(f"{HERE}/latest").text + fresh.client.get("/v1/contests").text
    assert "secret doubts" in fresh.client.get(f"{HERE}/draft", headers=fresh.key("editor")).text


def test_why_a_contest_is_never_cross_checked_is_for_operators(fresh: Running) -> None:
    fresh.service.desks.desk("west-midlands").unchecked = "it has no baseline"
    for role in ("nobody", "operator"):
        health = fresh.client.get("/health", headers=fresh.key(role)).json()["data"]
        told = role == "operator"
        assert (health["state"], health["contests"][0]["unchecked"]) == ("ready", "it has no baseline" if told else "")
        page = fresh.client.get("/status", headers=fresh.key(role)).text
        assert ("Never cross-checked: it has no baseline" in page) == told


def test_the_public_is_never_told_who_holds_a_contest_nor_why(fresh: Running) -> None:
    given = {"action": "hold", "reason": "Solihull's return is doubted"}
    assert fresh.post(f"{HERE}/decisions", given, "editor").status_code == 201
    for path in ("/", "/contests/west-midlands", "/overlay/west-midlands/show.json", f"{HERE}/latest", "/v1/contests"):
        said = fresh.client.get(path).text
        assert "doubted" not in said, path
        assert "Editor" not in said, path
        assert TOLD["held"] in said, path
    assert "doubted" in fresh.client.get("/contests/west-midlands", headers=fresh.key("operator")).text


class WantsNoMore(BaseHTTPRequestHandler):
    """A webhook's target that ends it."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(410)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_events_that_were_given_up_are_listed_for_operators(tmp_path: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), WantsNoMore) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        place = f"http://127.0.0.1:{server.server_port}/told"
        with running(
            tmp_path, webhooks=[{"url": place, "secret": f"whsec_{b64encode(bytes(range(32))).decode()}"}]
        ) as it:
            operator = it.key("operator")

            def health() -> dict[str, Any]:
                found: dict[str, Any] = it.client.get("/health", headers=operator).json()["data"]
                return found

            it.wait(lambda: health()["webhooks"][0]["given_up"] > 0)
            target, page = health()["webhooks"][0], it.client.get("/status", headers=operator).text
            assert target["gone"]
            assert "410" in target["dead"][0]["error"]
            assert any("given up" in reason for reason in health()["reasons"])
            assert target["dead"][0]["id"] in page
            assert it.client.get("/health").json()["data"]["webhooks"] == []
            assert str(server.server_port) not in it.client.get("/status").text
        server.shutdown()


def test_items_sent_together_are_all_taken_in_their_order_once(fresh: Running) -> None:
    sent = [BALLOTS, {"kind": "declared", "area": "birmingham", "votes": {"parker": 80_251, "street": 66_296}}]
    receipts = fresh.post(f"{HERE}/news/batch", sent, **{"Idempotency-Key": "b1"})
    assert receipts.status_code == 201, receipts.text
    assert [each["status"] for each in receipts.json()["data"]] == ["accepted", "accepted"]
    first, second = (each["entry"] for each in receipts.json()["data"])
    assert second == first + 1
    again = fresh.post(f"{HERE}/news/batch", sent, **{"Idempotency-Key": "b1"}).json()["data"]
    assert [(each["status"], each["entry"]) for each in again] == [("repeated", first), ("repeated", second)]
    assert fresh.store.check() == ()


def test_of_items_sent_together_none_is_taken_where_one_is_wrong(fresh: Running) -> None:
    wrong = {"kind": "verified", "area": "birmingham", "ballots": 1_000_000_000}
    for sent, said in (([BALLOTS, wrong], "item 2"), ([BALLOTS, {"kind": "verified", "area": "nowhere"}], "nowhere")):
        answer = fresh.post(f"{HERE}/news/batch", sent)
        assert answer.status_code == 422
        assert said in answer.text
    assert fresh.post(f"{HERE}/news/batch", []).status_code == 422
    assert fresh.post(f"{HERE}/news/batch", BALLOTS).status_code == 422
    assert fresh.post(f"{HERE}/news/batch", [BALLOTS], "viewer").status_code == 403
    assert fresh.client.get(f"{HERE}/news", headers=fresh.key("operator")).json()["data"]["items"] == []


def test_what_somebody_at_the_desk_sees_is_never_kept_for_others(fresh: Running) -> None:
    fresh.post(f"{HERE}/decisions", {"action": "hold", "reason": "doubted"}, "editor")
    for path in ("/contests/west-midlands", "/contests/west-midlands/fragment"):
        assert "doubted" in fresh.client.get(path, headers=fresh.key("operator")).text
        assert "doubted" not in fresh.client.get(path).text
        assert "doubted" not in fresh.client.get(path, headers=fresh.key("viewer")).text


def knows(found: Running, items: int) -> bool:
    """Whether the forecast on air knows so many items."""
    return items_on_air(found) == items


def items_on_air(found: Running) -> int:
    """Items that the forecast on air knows."""
    return int(found.client.get(f"{HERE}/latest").json()["data"]["document"]["moment"]["items"])


def test_a_contest_is_signed_off_only_where_its_conditions_are_met(fresh: Running) -> None:
    signing = {"action": "sign-off", "reason": "the declaration was read out"}
    refused = fresh.post(f"{HERE}/decisions", signing, "editor")
    assert refused.status_code == 422
    assert "coverage" in refused.text
    assert "Not met" in fresh.client.get("/contests/west-midlands/editor", headers=fresh.key("editor")).text
    news = read_news(ROOT / "data" / "west-midlands" / "news.csv", find_contest("west-midlands"))[0]
    for known, part in ((len(news) - 1, news[:-1]), (len(news), news[-1:])):  # what the last is held against knows much
        sent = fresh.post(f"{HERE}/news/batch", [write_item(each) for each in part])
        assert sent.status_code == 201, sent.text
        fresh.wait(partial(knows, fresh, known))
    assert fresh.client.get(f"{HERE}/latest").json()["data"]["document"]["decided"]
    assert fresh.post(f"{HERE}/decisions", signing, "editor").status_code == 201
    assert not fresh.client.get(f"{HERE}/latest").json()["data"]["call_ready"]
    twin = fresh.store.add_key("EDITOR", "editor")[1]
    fresh.client.post(f"{HERE}/decisions", json=signing, headers={"X-API-Key": twin})
    assert not fresh.client.get(f"{HERE}/latest").json()["data"]["call_ready"]
    assert fresh.post(f"{HERE}/decisions", signing, "admin").status_code == 201
    assert fresh.client.get(f"{HERE}/latest").json()["data"]["call_ready"]
