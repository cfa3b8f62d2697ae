"""A message to the chat, carried out as a job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.director import Director
    from agent.events import Listener
    from app.service.jobs import Job
    from app.service.orders import Say
    from app.service.studio import Studio


async def say(
    studio: Studio, director: Director, job: Job, order: Say, on_event: Listener, *, resumed: bool
) -> dict[str, Any]:
    """Let the chat answer, and say what it did.

    Args:
        resumed: the message was acted on before the process ended; only its film is finished.
    """
    from app.service.work import told_of

    if resumed:
        return {"text": "", **told_of(await director.resume(job.project, on_event))}
    if job.project:
        film = await director.edit(job.project, order.text, on_event)
    else:
        from storyboards.brief import Brief

        film = await director.make(Brief(text=order.text), on_event=on_event)
    return {"text": "", "project": film.project, **told_of(film)}
