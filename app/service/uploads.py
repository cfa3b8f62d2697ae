"""Files that people send: streamed to the disk, known by their content, decoded and written anew before they are kept.

Nothing of what was sent is served or decoded again: a limited child process makes a plain PNG, MP4, WAVE or text of it
(:mod:`app.service.recode`), and only that goes into the store (docs/decisions/0073).
"""

from __future__ import annotations

import secrets
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from agent.memory.database import Database
from agent.memory.service_tables import UploadRow
from app.service.callers import LOCAL, Caller
from storyboards.errors import BadMedia, OverLimit, UnknownName
from tools.store import Store

Kind = Literal["picture", "clip", "sound", "text"]
SUFFIXES: dict[str, str] = {"picture": ".png", "clip": ".mp4", "sound": ".wav", "text": ".txt"}
MEDIA_TYPES: dict[str, str] = {
    "picture": "image/png", "clip": "video/mp4", "sound": "audio/wav", "text": "text/plain; charset=utf-8",
}  # fmt: skip
MOST_BYTES = 64 * 1024 * 1024
PATIENCE_S = 40.0
MOST_UPLOADS = 2000
"""Kept for one tenant."""


class Upload(BaseModel):
    """A file as it was kept. ``name`` is what the sender called it, for people only: nothing is ever opened by it."""

    model_config = ConfigDict(frozen=True)
    id: str
    kind: str
    name: str
    bytes: int = 0
    media_type: str = ""
    about: dict[str, Any] = {}
    at_s: float
    tenant: str = Field("", exclude=True)
    sha256: str = Field("", exclude=True)


class Uploads:
    """The uploads of one home."""

    def __init__(self, database: Database, store: Store) -> None:
        self._database, self._store = database, store

    async def take(self, pieces: AsyncIterator[bytes], name: str, caller: Caller = LOCAL) -> Upload:
        """Receive a file piece by piece, check it, and keep what it shows.

        Raises:
            OverLimit: it is larger than :data:`MOST_BYTES`.
            BadMedia: it is none of the kinds that are taken, or cannot be decoded within the limits.
        """
        import asyncio

        with self._store.scratch(".upload") as draft:
            with draft.open("wb") as file:
                received = 0
                async for piece in pieces:
                    received += len(piece)
                    if received > MOST_BYTES:
                        raise OverLimit(f"a file may have {MOST_BYTES:,} bytes.", next_step="Cut it or scale it down.")
                    file.write(piece)
            return await asyncio.to_thread(self.keep, draft, name, caller)

    def keep(self, path: Path, name: str, caller: Caller = LOCAL, only: Kind | None = None) -> Upload:
        """Check a file that is here, and keep what it shows.

        Raises:
            BadMedia: as for :meth:`take`, or it is not of the kind ``only``.
        """
        kind = kind_of(path)
        with self._store.scratch(SUFFIXES[kind]) as clean:
            about = recode(path, kind, clean)
            # A container for films may hold a voice alone, as phones record it: only a decoder can tell.
            kind = about.pop("kind", kind)
            if only is not None and kind != only:
                raise BadMedia(f"a {only} was expected, the file is a {kind}.", next_step=f"Send a {only}.")
            size, sha256 = clean.stat().st_size, self._store.put(clean, SUFFIXES[kind])
        return self.record(kind, name, sha256, {**about, "bytes": size}, caller)

    def record(
        self, kind: str, name: str, sha256: str, about: dict[str, Any], caller: Caller = LOCAL, prefix: str = "upload"
    ) -> Upload:
        """Remember a file that is in the store already."""
        with self._database.writing("upload") as session:
            row = UploadRow(
                id=f"{prefix}_{secrets.token_hex(12)}", tenant=caller.tenant, kind=kind, name=plain_name(name),
                sha256=sha256, document=about, at_s=time.time(),
            )  # fmt: skip
            session.add(row)
            return _upload(row)

    def find(self, upload_id: str, caller: Caller = LOCAL) -> Upload:
        """Raises UnknownName: there is none, for this caller."""
        with self._database.reading() as session:
            row = session.get(UploadRow, upload_id)
            if row is None or not caller.sees(row.tenant):
                raise UnknownName(f"there is no upload {upload_id!r}.")
            return _upload(row)

    def listing(self, caller: Caller = LOCAL, limit: int = 100) -> list[Upload]:
        query = select(UploadRow).order_by(UploadRow.at_s.desc()).limit(limit)
        if not caller.is_local:
            query = query.where(UploadRow.tenant == caller.tenant)
        with self._database.reading() as session:
            return [_upload(row) for row in session.scalars(query)]

    def hashes(self, caller: Caller) -> set[str]:
        """sha256 of everything that the caller's tenant sent."""
        with self._database.reading() as session:
            return set(session.scalars(select(UploadRow.sha256).where(UploadRow.tenant == caller.tenant)))

    def path(self, upload_id: str) -> Path:
        """Where the checked file lies. Whose it is was asked before.

        Raises:
            UnknownName, ContentMissing.
        """
        return self._store.path(self.find(upload_id).sha256)


def kind_of(path: Path) -> Kind:
    """What a file is by its content.

    Raises:
        BadMedia: none of the kinds that are taken.
    """
    from tools.media import sniff

    with path.open("rb") as file:
        head = file.read(4096)
    if not head:
        raise BadMedia("the file is empty.", next_step="Send a picture, a clip, a sound or a text.")
    try:
        form = sniff(path)
    except BadMedia:
        if _is_text(head):
            return "text"
        raise BadMedia(
            "the file is no PNG, JPEG, MP4, MOV, MKV, WebM, WAVE, FLAC, Ogg, MP3 or plain text.",
            next_step="Send one of these.",
        ) from None
    if form in ("png_pipe", "jpeg_pipe"):
        return "picture"
    return "clip" if form in ("mov", "matroska") else "sound"


def _is_text(head: bytes) -> bool:
    markup = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if any(byte < 32 and byte not in b"\t\n\f\r" for byte in head) or markup.startswith(
        (b"<", b"%pdf", b"#!", b"ffconcat", b"#extm3u")
    ):
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start >= len(head) - 3 and len(head) == 4096
    return True


def recode(source: Path, kind: Kind, clean: Path) -> dict[str, Any]:
    """Write what ``source`` shows to ``clean``, in a child process with little memory, time and rights.

    Raises:
        BadMedia: it cannot be decoded, or not within the limits.
    """
    import json

    command = [sys.executable, "-m", "app.service.recode", kind, str(source), str(clean)]
    root = Path(__file__).resolve().parent.parent.parent
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=PATIENCE_S, check=False, cwd=root, stdin=subprocess.DEVNULL,
            env={"PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "LANG": "C.UTF-8"},
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise BadMedia("the file takes too long to decode.", next_step="Send a shorter or smaller one.") from error
    if done.returncode != 0 or not clean.exists():
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        why = said[-1].removeprefix("BadMedia: ") if said and said[-1].startswith("BadMedia: ") else "it is damaged."
        raise BadMedia(f"the {kind} cannot be used: {why}", next_step="Export it again, smaller if it is large.")
    about: dict[str, Any] = json.loads(done.stdout.decode() or "{}")
    return about


def plain_name(name: str) -> str:
    """What a sender called a file, as one short line to show: its last part, without control characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(character for character in last if character.isprintable())[:120] or "file"


def _upload(row: UploadRow) -> Upload:
    about = {name: value for name, value in row.document.items() if name != "bytes"}
    return Upload(
        id=row.id, kind=row.kind, name=row.name, bytes=row.document.get("bytes", 0), about=about, at_s=row.at_s,
        media_type=MEDIA_TYPES.get(row.kind, "image/png"), tenant=row.tenant, sha256=row.sha256,
    )  # fmt: skip
