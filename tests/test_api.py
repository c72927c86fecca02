"""The API: one shape for successes and one for refusals, over every route; what is cached and what is hidden."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_routes import BALLOTS, DESCRIBED, HERE, JSON_READS, ROOT, ROUTES, filled, name_of
from fastapi.routing import APIRoute
from jsonschema_rs import validator_for
from made_service import Running, running

from forecast.web.api.reference import write_reference
from forecast.web.api.routes import role_of
from forecast.web.app import describe_api


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service with a forecast on air."""
    with running(tmp_path_factory.mktemp("night")) as found:
        found.wait(lambda: found.status() == "live")
        yield found


@pytest.mark.parametrize("route", JSON_READS, ids=name_of)
def test_every_success_has_the_one_shape(night: Running, route: APIRoute) -> None:
    found = night.client.get(filled(route), headers=night.key("admin"))
    assert found.status_code == 200, found.text
    assert sorted(found.json()) == ["data", "links", "ok"]
    assert found.json()["ok"] is True


@pytest.mark.parametrize("route", JSON_READS, ids=name_of)
def test_every_success_is_as_the_description_says(night: Running, route: APIRoute) -> None:
    whole = describe_api()
    content = whole["paths"][route.path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    schema = {**content, "components": whole["components"], "$schema": "https://json-schema.org/draft/2020-12/schema"}
    validator_for(schema).validate(night.client.get(filled(route), headers=night.key("admin")).json())


@pytest.mark.parametrize(("method", "route"), DESCRIBED, ids=name_of)
def test_every_refusal_has_the_one_shape(night: Running, method: str, route: APIRoute) -> None:
    paths = [(filled(route), {"X-API-Key": "nobody's"})]
    if "{id}" in route.path:
        paths.append((filled(route, "nowhere"), night.key("admin")))
    for path, headers in paths:
        found = night.client.request(method, path, headers=headers)
        assert found.status_code in {401, 404}, found.text
        error = found.json()
        assert sorted(error) == ["error", "ok"]
        assert error["ok"] is False
        assert sorted(error["error"]) == ["code", "defects", "message"]
        assert error["error"]["message"]
        assert found.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/v1/nothing", 404), ("PATCH", HERE + "/news", 405)])
def test_what_is_not_there_is_refused_in_the_same_shape(night: Running, method: str, path: str, status: int) -> None:
    found = night.client.request(method, path)
    assert found.status_code == status
    assert found.json()["ok"] is False


@pytest.mark.parametrize(("method", "route"), DESCRIBED, ids=name_of)
def test_every_route_is_on_the_page_of_the_api(method: str, route: APIRoute) -> None:
    assert f"### `{method} {route.path}`\n" in (ROOT / "docs" / "api.md").read_text(encoding="utf-8")


def test_the_page_of_the_api_is_as_the_service_describes_itself() -> None:
    assert (ROOT / "docs" / "api.md").read_text(encoding="utf-8") == write_reference(describe_api())


def test_only_the_forms_of_pages_are_left_out_of_the_description() -> None:
    assert {route.path for _, route in ROUTES if not route.include_in_schema} == {"/login", "/logout"}


def test_the_description_is_openapi_3_1_and_is_served(night: Running) -> None:
    assert night.client.get("/v1/openapi.json").json()["openapi"].startswith("3.1")


@pytest.mark.parametrize(("method", "route"), DESCRIBED, ids=name_of)
def test_every_write_needs_a_role_but_signing_in_and_out(method: str, route: APIRoute) -> None:
    assert role_of(route) is not None or method == "GET" or route.path == "/v1/session"


@pytest.mark.parametrize(
    "path", [f"{HERE}/latest", f"{HERE}/needs", "/graphics/west-midlands/rows.json", "/v1/contests"]
)
def test_whoever_has_it_already_is_told_so(night: Running, path: str) -> None:
    first = night.client.get(path)
    again = night.client.get(path, headers={"If-None-Match": f'"other", {first.headers["ETag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert first.headers["Cache-Control"] == "public, max-age=2, stale-while-revalidate=10"


def test_what_needs_a_key_is_kept_by_no_cache_between(night: Running) -> None:
    found = night.client.get(f"{HERE}/latest", headers=night.key("viewer"))
    assert found.headers["Cache-Control"].startswith("private")


def test_the_document_on_air_is_the_journals_to_the_byte_zipped_or_not(night: Running) -> None:
    stored = night.store.latest("west-midlands")
    assert stored is not None
    plain = night.client.get(f"{HERE}/latest", headers={"Accept-Encoding": "identity"})
    with night.client.stream("GET", f"{HERE}/latest", headers={"Accept-Encoding": "gzip"}) as zipped:
        body = b"".join(zipped.iter_raw())
    assert gzip.decompress(body) == plain.content
    assert stored.document.strip() in plain.text
    assert plain.json()["data"]["document"] == json.loads(stored.document)


def test_head_answers_as_get_does_without_the_body(night: Running) -> None:
    found = night.client.head(f"{HERE}/latest")
    assert (found.status_code, found.content) == (200, b"")
    assert found.headers["ETag"] == night.client.get(f"{HERE}/latest").headers["ETag"]


@pytest.mark.parametrize(
    "path", ["/graphics/west-midlands/rows.csv", "/feeds/west-midlands/atom.xml", f"{HERE}/latest"]
)
def test_pages_of_other_sites_may_read_what_is_public(night: Running, path: str) -> None:
    assert night.client.get(path).headers["Access-Control-Allow-Origin"] == "*"
    asked = night.client.options(path, headers={"Origin": "https://example.org"})
    assert (asked.status_code, asked.headers["Access-Control-Allow-Methods"]) == (204, "GET, HEAD")


@pytest.mark.parametrize("path", [f"{HERE}/news", f"{HERE}/draft", "/v1/keys", "/v1/session", f"{HERE}/audit"])
def test_pages_of_other_sites_may_not_read_the_rest(night: Running, path: str) -> None:
    assert "Access-Control-Allow-Origin" not in night.client.get(path, headers=night.key("admin")).headers


def test_a_refused_item_says_everything_that_is_wrong(night: Running) -> None:
    found = night.post(f"{HERE}/news", {"kind": "verified", "area": "Sandwel", "ballots": "many"})
    defects = found.json()["error"]["defects"]
    assert found.status_code == 422
    assert len(defects) == 2
    assert 'Did you mean "Sandwell"?' in {each["remedy"] for each in defects}


def test_a_preview_stores_nothing(night: Running) -> None:
    before = night.store.last_sequence()
    found = night.post(f"{HERE}/news/preview", BALLOTS).json()["data"]
    assert {"area": "birmingham", "figure": "ballots", "before": None, "after": 216_492} in found["changes"]
    assert night.store.last_sequence() == before


def test_a_what_if_stores_nothing_and_is_labelled(night: Running) -> None:
    before = night.store.last_sequence()
    found = night.post(f"{HERE}/what-if", {"settings": ["sandwell.lead=15"]}, "nobody")
    assert found.status_code == 200, found.text
    assert found.json()["data"]["document"]["moment"]["suppositions"]
    assert night.store.last_sequence() == before


def test_metrics_name_routes_and_never_what_clients_make_up(night: Running) -> None:
    night.client.get("/v1/made-up-by-a-client")
    text = night.client.get("/metrics").text
    assert f'route="{HERE.replace("west-midlands", "{id}")}/latest"' in text
    assert "made-up" not in text
    assert 'forecast_age_seconds{contest="west-midlands"}' in text


def test_a_page_that_many_look_at_is_rendered_once_and_again_when_something_changes(night: Running) -> None:
    path = "/contests/west-midlands/fragment"
    first = night.client.get(path)
    assert first.headers["Content-Encoding"] == "gzip"
    body = night.app.state.shelf.kept["fragment west-midlands"]
    assert night.client.get(path).text == first.text
    assert night.app.state.shelf.kept["fragment west-midlands"] is body
    assert night.client.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert (
        night.post(f"{HERE}/decisions", {"action": "label", "text": "Recount in Dudley"}, "editor").status_code == 201
    )
    assert "Recount in Dudley" in night.client.get(path).text
    assert "Recount in Dudley" in night.client.get("/contests/west-midlands").text
    assert night.app.state.shelf.kept["fragment west-midlands"] is not body
    assert night.post(f"{HERE}/decisions", {"action": "label", "text": ""}, "editor").status_code == 201


def test_a_viewers_key_in_the_address_reads_graphics_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with running(tmp_path, public=False) as it:
        it.wait(lambda: it.store.latest("west-midlands") is not None)
        key = it.store.add_key("Vizrt", "viewer", ["west-midlands"])[1]
        other = it.store.add_key("Elsewhere", "viewer", ["elsewhere"])[1]
        page = it.client.get(f"/overlay/west-midlands/lower-third?key={key}")
        assert page.status_code == 200
        assert f"show.json?key={key}" in page.text
        assert page.headers["Referrer-Policy"] == "no-referrer"
        shown = it.client.get(f"/overlay/west-midlands/show.json?key={key}")
        assert (shown.status_code, shown.headers["Cache-Control"].split(",")[0]) == (200, "private")
        rows = it.client.get(
            f"/graphics/west-midlands/rows.json?key={key}", headers={"Origin": "https://renderer.example"}
        )
        assert (rows.status_code, rows.headers["Access-Control-Allow-Origin"]) == (200, "*")
        for path in (f"{HERE}/latest", "/contests/west-midlands", "/v1/contests", f"{HERE}/news"):
            assert it.client.get(f"{path}?key={key}").status_code in {401, 303}, path
        for wrong, status in (("", 401), ("fk_wrong", 401), (it.secrets["operator"], 401), (other, 403)):
            assert it.client.get(f"/overlay/west-midlands/show.json?key={wrong}").status_code == status
        assert it.client.post(f"/overlay/west-midlands/show.json?key={key}").status_code in {401, 405}
        said = capsys.readouterr()
        assert key not in said.out + said.err
