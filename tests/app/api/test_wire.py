"""The wire itself: bytes in, bytes out, as clients that are not the SDK send and read them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.api.app import build_app
from app.api.config import ServeConfig
from app.api.forms import nested
from app.service.callers import LOCAL
from app.service.orders import Resume
from app.service.studio import Studio
from tests.app.api.yard import studio_over, tiny_crew

FORM = (
    b"--cut\r\ncontent-disposition: form-data; name=\"prompt\"\r\n\r\nA fox walks.\r\n"
    b"--cut\r\ncontent-disposition: form-data; name=\"seconds\"\r\n\r\n4\r\n"
    b"--cut\r\ncontent-disposition: form-data; name=\"size\"\r\n\r\n640x360\r\n--cut--\r\n"
)  # fmt: skip
MULTIPART = {"content-type": "multipart/form-data; boundary=cut"}


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return studio_over(tiny_crew(tmp_path))


@pytest.fixture
def client(studio: Studio) -> Iterator[TestClient]:
    """The app without its floor: what is queued stays so."""
    return TestClient(build_app(studio, ServeConfig(poll_after_ms=1500)), base_url="http://localhost")


def test_a_created_video_looks_like_this(client: TestClient) -> None:
    answer = client.post("/v1/videos", content=FORM, headers=MULTIPART)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["openai-poll-after-ms"] == "1500"
    assert answer.headers["x-request-id"].startswith("req_")
    document = answer.json()
    ours = document.pop("storyreel")
    assert document.pop("id").startswith("video_")
    assert isinstance(document.pop("created_at"), int)
    assert document == {
        "object": "video", "model": "storyreel", "progress": 0, "seconds": "4", "size": "640x360", "status": "queued",
        "completed_at": None, "expires_at": None, "prompt": "A fox walks.", "remixed_from_video_id": None,
        "error": None,
    }  # fmt: skip
    assert set(ours) == {
        "project", "job", "status", "degraded", "notes", "claims", "spend_usd", "message", "links",
    }  # fmt: skip


def test_the_same_fields_may_come_in_any_of_three_ways(client: TestClient) -> None:
    ways: list[dict[str, Any]] = [
        {"content": FORM, "headers": MULTIPART},
        {"json": {"prompt": "A fox walks.", "seconds": 4, "size": "640x360"}},
        {"data": {"prompt": "A fox walks.", "seconds": "4", "size": "640x360"}},
    ]
    shown = [client.post("/v1/videos", **way).json() for way in ways]
    assert {(row["prompt"], row["seconds"], row["size"]) for row in shown} == {("A fox walks.", "4", "640x360")}


def test_errors_look_like_this(client: TestClient) -> None:
    gone = client.get("/v1/videos/video_" + "0" * 32)
    assert gone.status_code == 404
    assert gone.json()["error"] | {"message": ""} == {
        "message": "", "type": "invalid_request_error", "param": None, "code": "unknown_name", "next_step": "",
    }  # fmt: skip
    for body, param in ((b"{", "body"), (b"[]", "body"), (b'{"prompt": 7}', "prompt"), (b"{}", "prompt")):
        refused = client.post("/v1/videos", content=body, headers={"content-type": "application/json"})
        assert (refused.status_code, refused.json()["error"]["param"]) == (400, param)
    broken = client.post("/v1/videos", content=FORM[:50], headers=MULTIPART)
    assert broken.status_code == 400


def test_a_request_that_comes_twice_makes_one_video(client: TestClient, studio: Studio) -> None:
    body = {"prompt": "A fox walks."}
    first = client.post("/v1/videos", json=body, headers={"x-stainless-retry-count": "0"}).json()["id"]
    again = client.post("/v1/videos", json=body, headers={"x-stainless-retry-count": "1"}).json()["id"]
    other = client.post("/v1/videos", json=body, headers={"x-stainless-retry-count": "0"}).json()["id"]
    assert first == again != other
    named = [client.post("/v1/videos", json=body, headers={"idempotency-key": "k1"}).json()["id"] for _ in range(2)]
    assert named[0] == named[1] != other
    reused = client.post("/v1/videos", json={"prompt": "An owl."}, headers={"idempotency-key": "k1"})
    assert (reused.status_code, reused.json()["error"]["code"]) == (409, "idempotency_key_reused")
    assert reused.headers["x-should-retry"] == "false"
    assert len(studio.projects()) == 3


def test_content_comes_whole_or_in_ranges(client: TestClient, studio: Studio) -> None:
    whole = bytes(range(256)) * 8
    job = studio.jobs_kept.queue(Resume(), "", LOCAL)
    video = studio.videos.record(
        job.id, "film", LOCAL, {"model": "storyreel", "prompt": "x", "seconds": "1", "size": "a"}
    )
    address = f"/v1/videos/{video.id}/content"
    early = client.get(address)
    assert (early.status_code, early.json()["error"]["code"]) == (409, "video_not_ready")
    cut = studio.store.put_bytes(whole, ".mp4")
    studio.jobs_kept.write(job.model_copy(update={"state": "done", "result": {"cut": cut}}))
    studio._known.clear()
    answer = client.get(address)
    assert (answer.content, answer.headers["content-type"]) == (whole, "video/mp4")
    assert answer.headers["accept-ranges"] == "bytes"
    for asked, content in (("0-9", whole[:10]), ("2040-", whole[2040:]), ("-5", whole[-5:])):
        part = client.get(address, headers={"range": f"bytes={asked}"})
        assert (part.status_code, part.content) == (206, content)
    assert client.get(address, headers={"range": "bytes=9999-"}).status_code == 416


def test_bracket_names_are_mappings_and_lists() -> None:
    assert nested([("a", 1), ("b[c]", 2), ("b[d][e]", 3), ("f[]", 4), ("f[]", 5), ("g[0][id]", 6)]) == {
        "a": 1, "b": {"c": 2, "d": {"e": 3}}, "f": [4, 5], "g": [{"id": 6}],
    }  # fmt: skip
    for names in (["a", "a"], ["a", "a[b]"], ["a[b][c][d][e]"], ["a[b"], ["é"], [""]):
        with pytest.raises(Exception, match=r"field|given"):
            nested([(name, 1) for name in names])


def test_an_event_stream_has_ids_and_goes_on_after_one(studio: Studio) -> None:
    from app.service.happenings import Happening
    from tests.app.api.yard import serving

    with serving(studio) as yard, yard.http() as client:
        project = client.post("/api/projects", json={"brief": "A fox.", "hold": True}).json()["project"]
        first = studio.happenings.tell((project,), Happening(id=0, kind="note", project=project, message="one"))
        second = studio.happenings.tell((project,), Happening(id=0, kind="note", project=project, message="two"))
        address = f"/api/projects/{project}/events"
        with client.stream("GET", address, headers={"last-event-id": str(first.id)}) as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            rows = stream.iter_lines()
            ids = [row for row in (next(rows) for _ in range(8)) if row.startswith(("id", "data"))]
        assert ids[0] == f"id: {second.id}"
        assert json.loads(ids[1].removeprefix("data: "))["message"] == "two"
