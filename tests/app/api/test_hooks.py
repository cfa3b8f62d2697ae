"""Webhooks: signed as the SDK expects, sent until they arrive, and nowhere they should not go."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import openai
import pytest
from openai import OpenAI

from app.service.callers import LOCAL, Caller
from app.service.hooks import WAITS_S, Postman
from app.service.jobs import Job
from app.service.orders import Resume
from app.service.studio import Studio
from tests.app.api.yard import studio_over, tiny_crew


class Letterbox:
    """A server that answers with each of ``statuses`` in turn, then with 200, and keeps what it was sent."""

    def __init__(self, *statuses: int) -> None:
        self.statuses, self.letters = list(statuses), list[tuple[dict[str, str], bytes]]()
        self.arrived = threading.Event()
        box = self

        class Slot(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                box.letters.append((dict(self.headers.items()), body))
                self.send_response(box.statuses.pop(0) if box.statuses else 200)
                self.send_header("content-length", "0")
                self.end_headers()
                box.arrived.set()

            def log_message(self, format: str, *args: object) -> None:
                """Keep the test's output clean."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Slot)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return studio_over(tiny_crew(tmp_path))


@pytest.fixture
def box() -> Iterator[Letterbox]:
    box = Letterbox(500, 429)
    yield box
    box.server.shutdown()
    box.server.server_close()


def ended(studio: Studio, caller: Caller = LOCAL, state: str = "done") -> Job:
    job = studio.jobs_kept.queue(Resume(), "film", caller)
    return job.model_copy(update={"state": state, "result": {"status": "complete"}})


def test_the_sdk_takes_a_message_and_no_changed_one(studio: Studio, box: Letterbox) -> None:
    from app.api.outgoing import Outgoing

    _, secret = studio.hooks.add(f"http://{box.place}/hook", ("video.completed", "video.failed"), LOCAL)
    job = ended(studio)
    video = studio.videos.record(job.id, "film", LOCAL, {})
    studio.hooks.announce(job)
    box.statuses.clear()
    postman = Postman(studio.hooks, Outgoing(frozenset({box.place})).send)
    postman.start()
    assert box.arrived.wait(20)
    postman.stop()
    (headers, body), client = box.letters[0], OpenAI(api_key="none", webhook_secret=secret)
    event = client.webhooks.unwrap(body, headers)
    assert (event.type, event.data.id) == ("video.completed", video.id)
    with pytest.raises(openai.InvalidWebhookSignatureError):
        client.webhooks.unwrap(body.replace(b"completed", b"cancelled"), headers)


def test_a_message_is_sent_until_it_arrives_and_then_no_more(studio: Studio, box: Letterbox) -> None:
    from app.api.outgoing import Outgoing

    send = Outgoing(frozenset({box.place})).send
    studio.hooks.add(f"http://{box.place}/hook", ("project.completed",), LOCAL)
    studio.hooks.announce(ended(studio))
    studio.hooks.announce(ended(studio, Caller(tenant="other", key_id="k")))
    now = studio.hooks.listing(LOCAL)[0].made_at_s + 1
    assert studio.hooks.deliver(send, now) == 0
    assert studio.hooks.deliver(send, now + 1) == 0, "it waits"
    assert len(box.letters) == 1
    assert studio.hooks.deliver(send, now + WAITS_S[0] + 1) == 0
    assert studio.hooks.deliver(send, now + WAITS_S[0] + WAITS_S[1] + 2) == 1
    assert studio.hooks.deliver(send, now + 1e6) == 0
    assert len({headers["webhook-id"] for headers, _ in box.letters}) == 1
    assert studio.hooks.listing(LOCAL)[0].waiting == 0


def test_a_message_does_not_go_inside_and_is_given_up_after_a_day(studio: Studio, box: Letterbox) -> None:
    from app.api.outgoing import Outgoing

    studio.hooks.add(f"http://{box.place}/hook", (), LOCAL)
    studio.hooks.announce(ended(studio, state="failed"))
    now = studio.hooks.listing(LOCAL)[0].made_at_s + 1
    for wait_s in (0, *WAITS_S, 1):
        now += wait_s + 1
        studio.hooks.deliver(Outgoing().send, now)
    assert box.letters == []
    (view,) = studio.hooks.listing(LOCAL)
    assert (view.waiting, "not one that is reached" in view.last) == (0, True)
