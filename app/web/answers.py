"""How the page answers: HTML for a browser that loads, parts of a page for one that has it, and errors in words."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from app.api.faults import Unauthenticated, status_of
from app.web.render import HEADERS, Renderer
from storyboards.errors import StoryreelError

FOR_EVER = "private, max-age=31536000, immutable"
"""For what is named by its content."""


def html(text: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(text, status, headers=HEADERS)


def parts(regions: Mapping[str, str]) -> HTMLResponse:
    """Parts of a page, each to be merged into the element of its id."""
    return html("".join(partial(name, text) for name, text in regions.items()))


def partial(name: str, text: str) -> str:
    """One part, as htmx reads it; the name is one of ours or a shot's id, both plain."""
    return f'<hx-partial hx-target="#{name}" hx-swap="outerMorph">{text}</hx-partial>'


def redirect(url: str) -> RedirectResponse:
    return RedirectResponse(url, 303, headers=HEADERS)


def wants_parts(request: Request) -> bool:
    """Whether the page that asked is there already."""
    return request.headers.get("hx-request") == "true"


def problem(renderer: Renderer, request: Request, error: StoryreelError) -> Response:
    """An error in words: a toast for a page that is there, else a page of its own."""
    words, status = str(error), status_of(error)
    if wants_parts(request):
        return Response(status_code=status, headers=HEADERS | {"X-Said": quote(words[:600]), "HX-Reswap": "none"})
    if isinstance(error, Unauthenticated):
        return html(renderer.page("key", theme=theme_of(request), back=request.url.path), status)
    return html(renderer.page("problem", words=words, status=status, theme=theme_of(request)), status)


def theme_of(request: Request) -> str:
    """``dark``, ``light``, or empty for what the system says."""
    chosen = request.cookies.get("storyreel_theme", "")
    return chosen if chosen in ("dark", "light") else ""
