"""Webhooks by Standard Webhooks: messages are written to an outbox, signed when they are sent, and tried for a day.

The signature is an HMAC-SHA256 over ``id.timestamp.body`` (https://www.standardwebhooks.com), so that the official
SDK's ``client.webhooks.unwrap`` takes ours.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from sqlalchemy import delete, func, select

from agent.memory.database import Database
from agent.memory.service_tables import HookRow, OutboxRow, VideoRow
from app.service.callers import Caller
from app.service.jobs import Job
from storyboards.errors import OverLimit, StoryreelError, UnknownName

log = logging.getLogger("storyreel.webhooks")

HookEvent = Literal["video.completed", "video.failed", "project.completed", "project.failed", "project.held"]
WAITS_S = (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 28800)
"""Pauses between tries; about a day in all."""
MOST_HOOKS = 20
SECRET_PREFIX = "whsec_"
STATES = {"done": "completed", "failed": "failed", "cancelled": "failed", "held": "held"}

Send = Callable[[str, str, bytes, Mapping[str, str]], tuple[int, bytes]]
"""Url, method, body, headers → status, body; raises StoryreelError when nobody answers."""


class HookView(BaseModel):
    """A webhook; no ``events`` means all; ``waiting`` messages are not delivered yet, ``last`` is how it went last."""

    model_config = ConfigDict(frozen=True)
    id: str
    url: str
    events: list[str]
    made_at_s: float
    waiting: int = 0
    last: str = ""


class Hooks:
    """The webhooks of one home and their outbox. A thread of the server calls :meth:`deliver` again and again."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.news = threading.Event()
        """Set when there may be something to deliver."""

    def add(self, url: str, events: tuple[str, ...], caller: Caller) -> tuple[HookView, str]:
        """A new webhook and its secret.

        Raises:
            OverLimit: there are :data:`MOST_HOOKS` of this tenant.
        """
        secret = SECRET_PREFIX + base64.b64encode(secrets.token_bytes(24)).decode()
        with self._database.writing("webhook") as session:
            count = session.scalar(select(func.count()).select_from(HookRow).where(HookRow.tenant == caller.tenant))
            if (count or 0) >= MOST_HOOKS:
                raise OverLimit(f"there are {count} webhooks already.", next_step="Delete one.")
            row = HookRow(
                id=f"hook_{secrets.token_hex(12)}", tenant=caller.tenant, url=url, secret=secret,
                document={"events": list(events)}, at_s=time.time(),
            )  # fmt: skip
            session.add(row)
            return HookView(id=row.id, url=url, events=list(events), made_at_s=row.at_s), secret

    def listing(self, caller: Caller) -> list[HookView]:
        query = select(HookRow).order_by(HookRow.at_s)
        if not caller.is_local:
            query = query.where(HookRow.tenant == caller.tenant)
        with self._database.reading() as session:
            views = []
            for row in session.scalars(query):
                letters = list(session.scalars(select(OutboxRow).where(OutboxRow.hook == row.id)))
                waiting = sum(letter.done_at_s == 0.0 for letter in letters)
                last = max(letters, key=lambda letter: letter.at_s).last if letters else ""
                views.append(
                    HookView(
                        id=row.id, url=row.url, events=row.document["events"], made_at_s=row.at_s, waiting=waiting,
                        last=last,
                    )
                )  # fmt: skip
            return views

    def drop(self, hook_id: str, caller: Caller) -> None:
        """Raises UnknownName: there is none, for this caller."""
        with self._database.writing("webhook") as session:
            row = session.get(HookRow, hook_id)
            if row is None or not caller.sees(row.tenant):
                raise UnknownName(f"there is no webhook {hook_id!r}.")
            session.execute(delete(HookRow).where(HookRow.id == hook_id))

    def announce(self, job: Job) -> None:
        """Write messages about a job that is over: one for its project, and one for the video it made, if any."""
        what = STATES.get(job.state)
        if what is None:
            return
        with self._database.writing("webhook.outbox") as session:
            hooks = list(session.scalars(select(HookRow).where(HookRow.tenant == job.tenant)))
            if not hooks:
                return
            video = session.scalar(select(VideoRow.id).where(VideoRow.job == job.id))
            letters: list[tuple[str, dict[str, Any]]] = [
                (f"project.{what}", {"id": job.project, "job": job.id, "status": job.result.get("status", what)})
            ]
            if video is not None and what != "held":
                letters.append((f"video.{what}", {"id": video}))
            now = time.time()
            for hook in hooks:
                for kind, about in letters:
                    if hook.document["events"] and kind not in hook.document["events"]:
                        continue
                    letter_id = f"evt_{secrets.token_hex(12)}"
                    body = {"id": letter_id, "object": "event", "created_at": int(now), "type": kind, "data": about}
                    session.add(
                        OutboxRow(
                            id=letter_id, hook=hook.id, body=json.dumps(body), tries=0, next_at_s=now, done_at_s=0.0,
                            last="", at_s=now,
                        )
                    )  # fmt: skip
        self.news.set()

    def deliver(self, send: Send, now_s: float | None = None) -> int:
        """Send what is due; how many were delivered. A message that is answered with 2xx is done, others wait."""
        now = time.time() if now_s is None else now_s
        with self._database.reading() as session:
            due = select(OutboxRow, HookRow).join(HookRow, HookRow.id == OutboxRow.hook)
            due = due.where(OutboxRow.done_at_s == 0.0, OutboxRow.next_at_s <= now).order_by(OutboxRow.at_s).limit(50)
            rows = [
                (letter.id, letter.body, letter.tries, hook.url, hook.secret) for letter, hook in session.execute(due)
            ]
        delivered = 0
        for letter_id, body, tries, url, secret in rows:
            last, is_done = self._try(send, url, body, signed(secret, letter_id, now, body))
            delivered += is_done
            self._note(letter_id, tries + 1, last, is_done, now)
        return delivered

    def _try(self, send: Send, url: str, body: str, headers: Mapping[str, str]) -> tuple[str, bool]:
        try:
            status, _ = send(url, "POST", body.encode(), headers)
        except StoryreelError as error:
            return error.message, False
        return f"answered {status}", 200 <= status < 300

    def _note(self, letter_id: str, tries: int, last: str, is_done: bool, now: float) -> None:
        with self._database.writing("webhook.sent") as session:
            row = session.get(OutboxRow, letter_id)
            if row is None:
                return
            row.tries, row.last = tries, last
            gives_up = tries > len(WAITS_S)
            if is_done or gives_up:
                row.done_at_s = now
            else:
                row.next_at_s = now + WAITS_S[tries - 1]
        if not is_done:
            log.warning("webhook message %s, try %d: %s", letter_id, tries, last)


def signed(secret: str, letter_id: str, at_s: float, body: str) -> dict[str, str]:
    """The headers of Standard Webhooks."""
    stamp = str(int(at_s))
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    mac = hmac.new(key, f"{letter_id}.{stamp}.{body}".encode(), hashlib.sha256).digest()
    return {
        "content-type": "application/json", "webhook-id": letter_id, "webhook-timestamp": stamp,
        "webhook-signature": "v1," + base64.b64encode(mac).decode(),
    }  # fmt: skip


class Postman(threading.Thread):
    """Delivers what is in the outbox until it is told to stop."""

    def __init__(self, hooks: Hooks, send: Send, look_every_s: float = 5.0) -> None:
        super().__init__(name="storyreel-postman", daemon=True)
        self._hooks, self._send, self._look_every_s = hooks, send, look_every_s
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.is_set():
            self._hooks.news.wait(self._look_every_s)
            self._hooks.news.clear()
            if self._stopped.is_set():
                return
            try:
                self._hooks.deliver(self._send)
            except StoryreelError as error:
                log.warning("the outbox cannot be read: %s", error)

    def stop(self) -> None:
        self._stopped.set()
        self._hooks.news.set()
        self.join(15)
