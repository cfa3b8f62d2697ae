"""A message to the chat, carried out as a job."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from agent.chat import intents
from agent.chat.engine import Attachment, Chat, Reply
from agent.chat.reading import Reader, RulebookReader, known_intent
from app.service.callers import Caller
from app.service.told import told_of

if TYPE_CHECKING:
    from agent.director import Director
    from agent.events import Listener
    from app.service.jobs import Job
    from app.service.orders import Say
    from app.service.studio import Studio

Bound = Callable[["Job", str], Awaitable[None]]

OF_THE_HOME = (
    intents.Cast, intents.Keep, intents.ShowLibrary, intents.Remembered, intents.Forget, intents.Search, intents.Export,
)  # fmt: skip
"""What touches things that all tenants of a home share, or writes to this machine's disk."""
NOT_HERE = (
    "The library, the preferences, the search and exports to this machine are for the person at it. "
    "Edits, questions about this film, takes and versions are for you."
)
ENDINGS = {"picture": ".png", "clip": ".mp4", "sound": ".wav", "text": ".txt", "character": ".png"}


class GuestReader:
    """Reads for somebody who shares the home with others: what is of the home is answered with a no."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def read(self, text: str, situation: str = "") -> list[intents.Intent]:
        found = await self._reader.read(text, situation)
        return [intents.Talk(words=NOT_HERE) if isinstance(intent, OF_THE_HOME) else intent for intent in found]


async def say(
    studio: Studio, director: Director, job: Job, order: Say, on_event: Listener, bound: Bound, *, resumed: bool
) -> dict[str, Any]:
    """Let the chat answer, and say what it did.

    Args:
        bound: keeps a new project within what the caller's key may spend, before anything of it is filmed.
        resumed: the message was acted on before the process ended; only its film is finished.
    """
    if resumed:
        return {"text": "", **told_of(await director.resume(job.project, on_event))}
    caller = await asyncio.to_thread(studio.caller_of, job)
    if not caller.is_local and not job.project and isinstance(known_intent(order.text), OF_THE_HOME):
        return {"text": NOT_HERE, "project": "", "changes": [], "question": None, "actions": []}
    attached = [
        await asyncio.to_thread(attachment_of, studio, upload, caller, order.uses.get(upload, ""))
        for upload in order.uploads
    ]
    chat = Chat(director, _reader(studio, caller))
    at_once = order.film and (caller.is_local or bool(job.project))
    reply = await chat.say(
        job.project or None, order.text, attachments=attached, on_event=on_event, film=at_once
    )  # fmt: skip
    answer = answer_of(reply)
    if order.film and not at_once and reply.project and any(action.kind == "film" for action in reply.actions):
        await bound(job, reply.project)
        answer |= told_of(await director.resume(reply.project, on_event))
    return answer


def _reader(studio: Studio, caller: Caller) -> Reader | None:
    reader = studio.reader
    return reader if caller.is_local else GuestReader(reader or RulebookReader())


def attachment_of(studio: Studio, upload_id: str, caller: Caller, meant: str = "") -> Attachment:
    """An upload as the chat takes it: with an ending that says what it is, whatever the sender called it.

    Raises:
        UnknownName: there is none, for this caller.
    """
    upload = studio.uploads.find(upload_id, caller)
    name = upload.name
    if upload.kind == "text" and not name.lower().endswith((".txt", ".md", ".fountain", ".json", ".yaml", ".yml")):
        name += ".txt"
    elif upload.kind != "text":
        name = name.rsplit(".", 1)[0] + ENDINGS[upload.kind]
    return Attachment(path=studio.uploads.path(upload_id), name=name, meant=meant)


def answer_of(reply: Reply) -> dict[str, Any]:
    """A reply as a job's result."""
    question = None
    if reply.question is not None:
        question = {"text": reply.question.text, "default": reply.question.default}
    film = told_of(reply.film) if reply.film is not None else {}
    return {
        **film, "text": reply.text, "project": reply.project or "", "changes": list(reply.changes),
        "question": question, "actions": [{"kind": action.kind, "detail": action.detail} for action in reply.actions],
    }  # fmt: skip
