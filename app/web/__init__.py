"""The page: a conversation beside a storyboard that fills in as the film is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import APIRouter


def page_routes() -> list[APIRouter]:
    """The routes of the page, for an app that holds a studio (see :mod:`app.api.access`)."""
    from app.web.actions import Actions
    from app.web.files import Files
    from app.web.pages import Pages
    from app.web.render import Renderer

    renderer = Renderer()
    return [Pages(renderer).routes(), Files(renderer).routes(), Actions(renderer).routes()]
