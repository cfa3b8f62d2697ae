"""The one function that sends files, and the one jail they are sent from."""

from __future__ import annotations

import re
from pathlib import Path

from fastapi.responses import FileResponse, Response

from storyboards.errors import ContentMissing, UnknownName
from tools.store import Store

MEDIA_TYPES = {
    ".mp4": "video/mp4", ".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp", ".wav": "audio/wav",
    ".srt": "application/x-subrip", ".vtt": "text/vtt", ".json": "application/json", ".otio": "application/json",
    ".otioz": "application/zip", ".edl": "text/plain; charset=utf-8", ".xml": "application/xml",
    ".zip": "application/zip",
    ".fcpxml": "application/xml", ".txt": "text/plain; charset=utf-8", ".jsonl": "application/x-ndjson",
    ".html": "text/html; charset=utf-8",
}  # fmt: skip
REPORT_POLICY = "sandbox; default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'"
"""A report is a page of ours with other people's words in it: it runs nothing and loads nothing."""


def serve(root: Path, path: Path, *, name: str = "", attached: bool = False, lasting: bool = False) -> Response:
    """Send a file below ``root``, whole or in the ranges that are asked for.

    Args:
        name: what it is called where it is saved.
        attached: saved and not shown.
        lasting: its content never changes, since its address holds its hash.

    Raises:
        ContentMissing: it is gone.
        UnknownName: it lies outside of ``root``, or is of no kind that is sent.
    """
    place = jailed(root, path)
    kind = MEDIA_TYPES.get(place.suffix)
    if kind is None:
        raise UnknownName("there is no such file.")
    headers = {"cache-control": "private, max-age=31536000, immutable" if lasting else "private, no-cache"}
    if place.suffix == ".html":
        headers["content-security-policy"] = REPORT_POLICY
    return FileResponse(
        place, media_type=kind, headers=headers, filename=plain_file_name(name) if name else None,
        content_disposition_type="attachment" if attached else "inline",
    )  # fmt: skip


def serve_stored(store: Store, sha256: str, *, name: str = "", attached: bool = False) -> Response:
    """Send a file of the store by its hash.

    Raises:
        ContentMissing: it is not there.
    """
    return serve(store.root, store.path(sha256), name=name, attached=attached, lasting=True)


def jailed(root: Path, path: Path) -> Path:
    """``path`` with every link followed, if it is a file below ``root``.

    Raises:
        UnknownName: it is outside. ContentMissing: it is gone.
    """
    place = path.resolve()
    if not place.is_relative_to(root.resolve()):
        raise UnknownName("there is no such file.")
    if not place.is_file():
        raise ContentMissing("the file is gone.", next_step="Resume the project: what is missing is made again.")
    return place


def plain_file_name(name: str) -> str:
    """A name that every system takes, with nothing in it that could end a header or climb a folder."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).lstrip(".-")[:100] or "file"
