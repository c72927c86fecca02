"""The API under fire: requests made up from its description never break it, nor get what it does not describe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from made_service import Running, listening, running
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from forecast.web.app import describe_api

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ROLES = ("nobody", "viewer", "operator", "editor", "admin")
schema = schemathesis.openapi.from_dict(describe_api())
schema.config.generation.update(with_security_parameters=False)  # we send good keys and none: bad ones are limited


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, str]]:
    """A service with a forecast on air, behind a real socket: its locks belong to one event loop."""
    with running(tmp_path_factory.mktemp("night")) as found, listening(found) as address:
        found.wait(lambda: found.status() == "live")
        yield found, address


@schema.exclude(path_regex="/events$").parametrize()
@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)
def test_no_request_breaks_the_api(case: schemathesis.Case[Any], night: tuple[Running, str]) -> None:
    if "id" in case.path_parameters and len(str(case.path_parameters["id"])) % 2:
        case.path_parameters["id"] = "west-midlands"
    role = ROLES[len(repr(case.body)) % len(ROLES)]
    found, address = night
    response = case.call(base_url=address, headers=found.key(role))
    case.validate_response(response, checks=CHECKS)
