"""What the web refuses: forged, injected, revoked, out of scope, too large, too often; and what it never tells."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi import FastAPI, Response
from fastapi.routing import APIRoute
from hypothesis import given
from hypothesis import strategies as st
from made_service import Running, running
from starlette.testclient import TestClient

from commands.live import add_console_key
from forecast.config import LimitSettings
from forecast.journal.access import Role
from forecast.web.api.routes import ROUTERS, role_of
from forecast.web.api.session import own_path
from forecast.web.security.rates import kind_of
from forecast.web.security.viewer import SESSION_COOKIE, Viewer

HERE = "/v1/contests/west-midlands"
BALLOTS = {"kind": "verified", "area": "birmingham", "ballots": 216_492}
WRITES = [
    (method, route)
    for router in ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute)
    for method in sorted((route.methods or set()) - {"GET"})
]
NEED_ROLE = [(method, route) for method, route in WRITES if role_of(route) not in {None, Role.VIEWER}]
NASTY = [
    "\x00",
    "../../../etc/passwd",
    "'; DROP TABLE entries; --",
    "{{191*7}}",
    "${191*7}",
    "%0d%0aX-Evil: 1",
    "a" * 5_000,
    "\u202e",
]


def name_of(case: object) -> str:
    return case.path if isinstance(case, APIRoute) else str(case)[:20]


def filled(route: APIRoute) -> str:
    return route.path.replace("{id}", "west-midlands").replace("{key}", "1")


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("night")) as found:
        yield found


@pytest.fixture
def browser(night: Running) -> TestClient:
    """A browser that has signed in as an operator, with its own cookies."""
    client = TestClient(night.app, follow_redirects=False)
    client.portal = night.client.portal
    secret = night.store.add_key("Browser", "operator")[1]
    assert client.post("/v1/session", json={"key": secret}).status_code == 201
    return client


@pytest.mark.parametrize(("method", "route"), NEED_ROLE, ids=name_of)
def test_nobody_and_no_lesser_role_writes_anything(night: Running, method: str, route: APIRoute) -> None:
    before = night.store.last_sequence()
    lesser = [role.name.lower() for role in Role if role < (role_of(route) or Role.ADMIN)]
    for role in ("nobody", *lesser):
        found = night.client.request(method, filled(route), json={}, headers=night.key(role))
        assert found.status_code == (401 if role == "nobody" else 403), found.text
    assert night.store.last_sequence() == before


@pytest.mark.parametrize(("method", "route"), WRITES, ids=name_of)
def test_no_write_of_a_session_is_taken_without_its_token(
    browser: TestClient, night: Running, method: str, route: APIRoute
) -> None:
    before = night.store.last_sequence()
    forged: list[dict[bytes, bytes]] = [{}, {b"X-CSRF-Token": b"0" * 64}, {b"X-CSRF-Token": b"\xc3\xa9"}]
    for headers in forged:
        assert browser.request(method, filled(route), json=BALLOTS, headers=headers).status_code == 403
    assert browser.post("/logout", data={"csrf_token": "forged"}).status_code == 403
    assert night.store.last_sequence() == before
    assert browser.get("/v1/session").json()["data"]["name"] == "Browser"


def test_a_session_writes_with_its_token_and_ends_for_good(browser: TestClient) -> None:
    token = browser.get("/v1/session").json()["data"]["csrf_token"]
    assert browser.post(f"{HERE}/news/preview", json=BALLOTS, headers={"X-CSRF-Token": token}).status_code == 200
    cookie = browser.cookies[SESSION_COOKIE]
    assert browser.post("/logout", data={"csrf_token": token}).status_code == 303
    browser.cookies.set(SESSION_COOKIE, cookie)
    assert browser.get("/v1/session").json()["data"]["name"] == "anyone"


@pytest.mark.parametrize("path", ["/login", "/v1/session"])
def test_another_sites_page_signs_nobody_in(night: Running, path: str) -> None:
    body = {"key": night.secrets["operator"]}
    sent = {"data": body} if path == "/login" else {"json": body}
    found = night.client.post(path, headers={"Sec-Fetch-Site": "cross-site"}, **sent)  # type: ignore[arg-type]
    assert found.status_code == 403
    assert "Set-Cookie" not in found.headers


def test_signing_in_by_the_form_sets_a_cookie_that_scripts_cannot_read(night: Running) -> None:
    found = night.client.post("/login", data={"key": night.secrets["editor"], "next": "/contests/west-midlands"})
    night.client.cookies.clear()
    assert (found.status_code, found.headers["Location"]) == (303, "/contests/west-midlands")
    assert "HttpOnly" in found.headers["Set-Cookie"]
    assert "samesite=lax" in found.headers["Set-Cookie"].lower()


@pytest.mark.parametrize(
    "onward", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "\r\nX: 1"]
)
def test_signing_in_leads_to_no_other_site(night: Running, onward: str) -> None:
    found = night.client.post("/login", data={"key": night.secrets["editor"], "next": onward})
    night.client.cookies.clear()
    assert found.headers["Location"] == "/"
    assert "X" not in found.headers


@given(st.text(max_size=60))
def test_what_one_is_led_to_is_always_a_path_of_this_site(onward: str) -> None:
    assert own_path(onward).startswith("/")
    assert not own_path(onward).startswith(("//", "/\\"))
    assert own_path(onward).isprintable()


def test_a_key_that_opens_one_session_opens_no_second_and_asks_for_nothing_by_itself(night: Running) -> None:
    secret = night.store.add_key("Once", "operator", once=True)[1]
    assert night.client.get("/v1/session", headers={"X-API-Key": secret}).status_code == 401
    statuses = []
    for _ in range(2):
        statuses.append(night.client.post("/v1/session", json={"key": secret}).status_code)
        night.client.cookies.clear()
    assert statuses == [201, 401]


def test_a_revoked_key_is_refused_and_so_are_its_sessions(night: Running) -> None:
    key, secret = night.store.add_key("Gone", "operator")
    client = TestClient(night.app)
    client.portal = night.client.portal
    client.post("/v1/session", json={"key": secret})
    assert client.get("/v1/session").json()["data"]["name"] == "Gone"
    assert night.client.delete(f"/v1/keys/{key.id}", headers=night.key("admin")).status_code == 200
    assert client.get("/v1/session").json()["data"]["name"] == "anyone"
    for headers in ({"X-API-Key": secret}, {"Authorization": f"Bearer {secret}"}):
        assert night.client.post(f"{HERE}/news", json=BALLOTS, headers=headers).status_code == 401


def test_a_key_past_its_time_is_refused(night: Running) -> None:
    secret = night.store.add_key("Old", "admin", expires_at=datetime.now(UTC) - timedelta(seconds=1))[1]
    assert night.client.get("/v1/keys", headers={"X-API-Key": secret}).status_code == 401


def test_a_key_for_other_contests_writes_nothing_here_nor_rules_the_service(night: Running) -> None:
    for role in ("operator", "admin"):
        headers = {"X-API-Key": night.store.add_key("Scoped", role, ["elsewhere"])[1]}
        assert night.client.post(f"{HERE}/news", json=BALLOTS, headers=headers).status_code == 403
        assert night.client.get("/v1/keys", headers=headers).status_code == 403
        assert night.client.get("/v1/audit", headers=headers).status_code == 403


def test_a_secret_is_shown_once_and_is_nowhere_in_the_record(night: Running) -> None:
    made = night.post("/v1/keys", {"name": "New", "role": "viewer"}, "admin").json()["data"]
    everything = "".join(
        night.client.get(path, headers=night.key("admin")).text
        for path in ("/v1/keys", "/v1/audit", "/metrics", "/health")
    )
    assert made["secret"] not in everything
    assert night.client.get("/v1/session", headers={"X-API-Key": made["secret"]}).json()["data"]["name"] == "New"


@given(st.sampled_from(Role), st.sampled_from(Role), st.booleans())
def test_a_role_may_what_those_before_it_may(has: Role, needs: Role, scoped: bool) -> None:
    viewer = Viewer("Ann", has, 1, ("here",) if scoped else ())
    assert viewer.may(needs, "here") == (has >= needs)
    assert viewer.may(needs, "there") == (has >= needs and not scoped)
    assert not Viewer().may(needs, "here")


@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_what_is_injected_is_refused_or_kept_as_plain_text(night: Running, text: str) -> None:
    plain = text.encode("ascii", "replace").decode().replace("\x00", "0")
    path = quote(text, safe="")
    asked = [
        night.client.get(f"/v1/contests/{path}/latest"),
        night.client.get(f"/graphics/{path}/rows.csv?kind={path}"),
        night.client.get("/v1/session", headers={"X-API-Key": plain}),
        night.client.get("/v1/session", headers={"Cookie": f"{SESSION_COOKIE}={plain}"}),
        night.client.get(f"{HERE}/events", headers={"Last-Event-ID": f"x{plain}"}),
        night.post(f"{HERE}/news/preview", {**BALLOTS, "area": text}),
        night.post(f"{HERE}/news/preview", {**BALLOTS, "source": text[:400]}),
        night.post(f"{HERE}/what-if", {"settings": [text[:199]]}),
        night.post("/v1/keys", {"name": text, "role": "viewer"}, "admin"),
        night.post(f"{HERE}/decisions", {"action": "label", "text": text}, "editor"),
    ]
    for found in asked:
        assert found.status_code < 500, (found.url, found.text)
        assert "1337" not in found.text
        assert "X-Evil" not in found.headers
        assert "root:" not in found.text


@pytest.mark.parametrize(
    "body",
    [b'{"kind":"\\ud800"}', b"[" * 100_000, b'{"ballots": NaN}', b'{"ballots":' + b"9" * 5_000 + b"}", b"\xff\xfe"],
)
def test_a_body_that_is_hardly_json_is_refused(night: Running, body: bytes) -> None:
    headers = {**night.key("operator"), "Content-Type": "application/json"}
    for path in (f"{HERE}/news", f"{HERE}/decisions", f"{HERE}/what-if"):
        found = night.client.post(path, content=body, headers=headers)
        assert found.status_code in {400, 422}, found.text
        assert found.json()["ok"] is False


def test_fifty_megabytes_are_refused_unread(night: Running) -> None:
    read = 0

    def body() -> Iterator[bytes]:
        nonlocal read
        for _ in range(500):
            read += 100_000
            yield b"x" * 100_000

    said = night.client.post(
        f"{HERE}/news", headers={"Content-Length": "50000000", **night.key("operator")}, content=b"x"
    )
    assert (said.status_code, said.json()["error"]["code"]) == (413, "too_large")
    unsaid = night.client.post(
        f"{HERE}/news", headers={"Content-Type": "application/json", **night.key("operator")}, content=body()
    )
    assert unsaid.status_code == 413


@pytest.mark.parametrize("length", ["-1", "many", "9" * 30, "1e3"])
def test_a_length_that_is_no_number_is_refused(night: Running, length: str) -> None:
    assert night.client.post(f"{HERE}/news", headers={"Content-Length": length}).status_code in {400, 413}


def test_no_traceback_reaches_a_client(night: Running) -> None:
    async def broken() -> Response:
        raise RuntimeError("the database password is hunter2")

    night.app.add_api_route("/v1/broken", broken, include_in_schema=False)
    found = night.client.get("/v1/broken")
    assert found.status_code == 500
    assert found.json()["error"]["code"] == "internal"
    assert "hunter2" not in found.text
    assert "Traceback" not in found.text
    assert found.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/v1/contests", "/health", "/nowhere", "/graphics/west-midlands/rows.json"])
def test_every_answer_says_what_browsers_may_do_with_it(night: Running, path: str) -> None:
    headers = night.client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_only_overlays_may_be_framed_and_by_those_configured(tmp_path: Path) -> None:
    with running(tmp_path, frame_ancestors=("https://studio.example",)) as found:
        headers = found.client.get("/overlay/west-midlands/no-such-graphic").headers
        assert "frame-ancestors https://studio.example" in headers["Content-Security-Policy"]
        assert "X-Frame-Options" not in headers


def test_too_much_is_refused_with_how_long_to_wait(tmp_path: Path) -> None:
    limits = LimitSettings.model_validate({"reads": "3/minute", "sign_ins": "2/minute", "what_ifs": "1/minute"})
    with running(tmp_path, limits=limits) as found:
        answers = [found.client.get("/v1/contests") for _ in range(4)]
        assert [each.status_code for each in answers] == [200, 200, 200, 429]
        assert 1 <= int(answers[-1].headers["Retry-After"]) <= 62
        assert found.client.get("/v1/contests", headers=found.key("viewer")).status_code == 200
        tries = [found.client.post("/v1/session", json={"key": "guess"}).status_code for _ in range(3)]
        assert tries == [401, 401, 429]
        assert found.client.get("/health").status_code == 200


def test_guessing_keys_is_slowed(tmp_path: Path) -> None:
    with running(tmp_path) as found:
        statuses = {
            found.client.get("/v1/contests", headers={"X-API-Key": f"guess {n}"}).status_code for n in range(70)
        }
        assert statuses == {401, 429}
        assert found.client.get("/v1/contests", headers=found.key("viewer")).status_code == 200


def test_what_is_not_public_is_shown_to_nobody_without_a_key(tmp_path: Path) -> None:
    with running(tmp_path, public=False) as found:
        for router in ROUTERS:
            for route in router.routes:
                if isinstance(route, APIRoute) and "GET" in (route.methods or ()) and role_of(route) is not None:
                    path = filled(route).replace("{time}", "2030-01-01T00:00:00Z")
                    assert found.client.get(path).status_code == 401, path
        latest = found.client.get(f"{HERE}/latest", headers=found.key("viewer"))
        assert latest.status_code == 200
        assert latest.headers["Cache-Control"].startswith("private")
        assert "Access-Control-Allow-Origin" not in latest.headers
        assert found.client.get("/health").json()["data"]["contests"] == []


def test_the_service_over_https_says_so_to_browsers(tmp_path: Path) -> None:
    with running(tmp_path, https=True) as found:
        answer = found.client.post("/v1/session", json={"key": found.secrets["viewer"]})
        assert "Secure" in answer.headers["Set-Cookie"]
        assert "Strict-Transport-Security" in answer.headers


def test_an_app_has_no_pages_of_other_hosts(night: Running) -> None:
    app: FastAPI = night.app
    assert (app.docs_url, app.redoc_url) == (None, None)


def test_draws_are_counted_with_what_a_worker_is_asked_for() -> None:
    asked = [("GET", f"{HERE}/draws.parquet"), ("POST", f"{HERE}/what-if"), ("GET", f"{HERE}/latest")]
    assert [kind_of(*each) for each in asked] == ["what_ifs", "what_ifs", "reads"]


def test_while_held_the_page_supposes_nothing_of_unpublished_news_but_for_editors(tmp_path: Path) -> None:
    with running(tmp_path) as found:
        found.wait(lambda: found.status() == "live")
        found.post(f"{HERE}/decisions", {"action": "hold", "reason": "a figure to check"}, "editor")
        page, supposed = "/contests/west-midlands/what-if", {"lead.sandwell": "15"}
        assert found.client.post(page, data=supposed).status_code == 403
        assert found.client.post(page, data=supposed, headers=found.key("operator")).status_code == 403
        assert found.client.post(page, data=supposed, headers=found.key("editor")).status_code in {200, 422}


def test_a_number_that_no_database_holds_is_refused(night: Running) -> None:
    picture = night.client.get("/charts/west-midlands/margin.svg", params={"number": 10**30})
    revoked = night.client.post(f"/keys/{10**30}/revoke", headers=night.key("admin"))
    assert [picture.status_code, revoked.status_code] == [422, 422]


def test_the_key_that_is_printed_at_the_start_is_good_for_a_day_at_most(night: Running) -> None:
    key, _ = add_console_key(night.store)
    assert key.once
    assert key.expires_at is not None
    assert timedelta(0) < key.expires_at - datetime.now(UTC) <= timedelta(days=1)
