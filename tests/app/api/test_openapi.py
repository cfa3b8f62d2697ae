"""Every route against its own OpenAPI document, with a key and without."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from app.api.app import build_app
from app.service.studio import Studio
from storyboards.brief import Brief
from tests.app.api.yard import studio_over, tiny_crew
from tests.fakes import tiny_board

EXAMPLES = 4
CHECKS: list[Any] = [schemathesis.checks.not_a_server_error, status_code_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    studio = studio_over(tiny_crew(tmp_path_factory.mktemp("home")))
    name = studio.memory.projects.create(Brief(text="A fox."), title="A fox", name="a-fox").name
    studio.memory.projects.adopt(name, tiny_board(2, frames=4), "A fox.")
    return studio


def test_every_route_does_what_its_document_says(studio: Studio) -> None:
    schema = schemathesis.openapi.from_asgi("/openapi.json", build_app(studio), headers={"host": "localhost"})
    tried: set[str] = set()
    for found in schema.exclude(path_regex=r"/events$").get_all_operations():
        operation = found.ok()

        @given(case=operation.as_strategy())
        @settings(max_examples=EXAMPLES, deadline=None, phases=[Phase.generate], derandomize=True, database=None,
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        def holds(case: Any) -> None:
            answer = case.call(headers={"host": "localhost"}, timeout=240)
            case.validate_response(answer, checks=CHECKS)

        holds()
        tried.add(operation.label)
    assert len(tried) > 50


def test_without_a_key_nothing_is_open(tmp_path_factory: pytest.TempPathFactory) -> None:
    from fastapi.testclient import TestClient

    studio = studio_over(tiny_crew(tmp_path_factory.mktemp("locked")))
    studio.keys.create("somebody")
    client = TestClient(build_app(studio), base_url="http://localhost")
    document = client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    tried = 0
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if path == "/healthz":
                continue
            for parameter in operation.get("parameters", []):
                path = path.replace("{" + parameter["name"] + "}", "video_" + "0" * 32)
            answer = client.request(method, path, headers={"authorization": "Bearer sk-storyreel-guess"})
            assert answer.status_code == 401, (method, path, answer.text)
            tried += 1
    assert tried > 50
