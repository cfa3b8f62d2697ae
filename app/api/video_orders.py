"""What a client's fields ask for, checked and made an order of the studio."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from starlette.datastructures import UploadFile

from app.api.faults import BadField, TooLargeFile
from app.api.forms import number_field, text_field
from app.api.outgoing import Outgoing
from app.service.callers import Caller
from app.service.orders import Make
from app.service.studio import Studio
from app.service.uploads import MOST_BYTES, Upload
from storyboards.brief import MAX_DURATION_S, Brief
from storyboards.errors import BadBrief, BadMedia, UnknownName

MODELS: dict[str, tuple[str | None, bool]] = {
    "storyreel": (None, False), "storyreel-reel": ("reel", False), "storyreel-animatic": ("animatic", False),
    "reel": ("reel", True), "animatic": ("animatic", True),
}  # fmt: skip
"""Model → (backend or the studio's default, whether the film is one shot)."""
DEFAULT_MODEL = "storyreel"
DEFAULT_SIZE = "1280x720"
ONE_SHOT_S = 4.0
MOST_ONE_SHOT_S = 60.0
MOST_CLIPS = 8
_SIZE = re.compile(r"(\d{2,4})x(\d{2,4})", re.ASCII)
_PIECE = 1 << 20


@dataclass(frozen=True)
class Asked:
    """A video that is asked for: the order, and what the answer repeats of it."""

    order: Make
    about: dict[str, Any]
    seconds: float


async def asked_of(fields: Mapping[str, Any], studio: Studio, caller: Caller, outgoing: Outgoing) -> Asked:
    """The order in a create request.

    Raises:
        BadField: naming the field. UnknownName: an upload, file or character that is not there.
        BadMedia: a picture that cannot be used.
    """
    model = text_field(fields, "model", DEFAULT_MODEL, 100)
    backend, one_shot = model_named(model, studio)
    prompt = text_field(fields, "prompt")
    seconds = number_field(fields, "seconds", 1.0, MOST_ONE_SHOT_S if one_shot else MAX_DURATION_S)
    if one_shot and seconds is None:
        seconds = ONE_SHOT_S
    size = size_of(fields)
    seed = int(number_field(fields, "seed", 0, 2**31 - 1) or 0)
    try:
        brief = Brief(text=prompt, duration_s=seconds, size=size, seed=seed)
    except ValidationError as error:
        raise BadField(error.errors()[0]["msg"], "prompt") from error
    except BadBrief as error:
        raise BadField(error.message, "prompt", next_step=error.next_step) from error
    look = await reference_of(fields, studio, caller, outgoing)
    looks = {known.name: known.id for known in characters_of(fields, studio, caller)}
    brought = await brought_in(fields, studio, caller)
    order = Make(brief=brief, backend=backend, one_shot=one_shot, look=look, looks=looks, **brought)
    about = {
        "model": model, "prompt": prompt, "seconds": f"{seconds:g}" if seconds else "0",
        "size": f"{size[0]}x{size[1]}" if size else DEFAULT_SIZE,
    }  # fmt: skip
    return Asked(order, about, seconds or 0.0)


def model_named(model: str, studio: Studio) -> tuple[str | None, bool]:
    """Raises BadField: there is no such model here."""
    backend, one_shot = MODELS.get(model, ("", False))
    if model in (*studio.directors.names, *studio.directors.known) and model not in MODELS:
        return model, True
    if backend == "" or (backend is not None and backend not in studio.directors.names):
        known = ", ".join(models_of(studio))
        raise BadField(
            f"there is no model {model!r}.", "model", code="model_not_found", next_step=f"There are {known}."
        )
    return backend, one_shot


def models_of(studio: Studio) -> list[str]:
    """Every model that this studio can be asked for."""
    here = studio.directors.names
    return [*(name for name, (needs, _) in MODELS.items() if needs is None or needs in here),
            *(name for name in here if name not in MODELS)]  # fmt: skip


def size_of(fields: Mapping[str, Any]) -> tuple[int, int] | None:
    """Raises BadField: no width and height, or odd, or out of bounds."""
    size = text_field(fields, "size", "", 20)
    if not size:
        return None
    found = _SIZE.fullmatch(size)
    if found is None:
        raise BadField(f"size {size!r} is not a width and a height, such as 1280x720.", "size")
    width, height = int(found[1]), int(found[2])
    if not all(64 <= side <= 3840 and side % 2 == 0 for side in (width, height)):
        raise BadField("a frame is 64 to 3840 pixels a side and even.", "size")
    return width, height


async def brought_in(fields: Mapping[str, Any], studio: Studio, caller: Caller) -> dict[str, Any]:
    """Clips by the shot that they play as, pictures by the shot that begins with them, and a voice-over with its words,
    as an order has them. Each is a file or the id of an upload.

    Raises:
        BadField: naming the field. UnknownName: no such upload. BadMedia: a file that cannot be used.
    """
    found = {}
    for name, kind in (("clips", "clip"), ("first_frames", "picture"), ("backdrops", "picture")):
        given = fields.get(name) or {}
        if not isinstance(given, dict) or len(given) > MOST_CLIPS:
            raise BadField(
                f"{name} are at most {MOST_CLIPS}, each by the number of its shot.", name,
                code="invalid_type", next_step=f"Name it {name}[1] for the first shot.",
            )  # fmt: skip
        found[name] = {
            shot: await _brought(file, studio, caller, f"{name}[{shot}]", kind) for shot, file in given.items()
        }
    voice = fields.get("voice_over")
    return {
        **found, "voice_text": text_field(fields, "voice_text", "", 20_000),
        "voice_over": await _brought(voice, studio, caller, "voice_over", "sound") if voice else "",
    }  # fmt: skip


async def _brought(given: Any, studio: Studio, caller: Caller, param: str, kind: str) -> str:
    """Id of the upload that a field names or carries."""
    if isinstance(given, UploadFile):
        upload = await studio.uploads.take(pieces_of(given), given.filename or kind, caller)
    else:
        name = given.get("file_id") if isinstance(given, dict) else given
        if not isinstance(name, str):
            raise BadField(f"{param} is a file, or the id of an upload.", param, code="invalid_type")
        upload = await asyncio.to_thread(studio.uploads.find, name, caller)
    if upload.kind != kind:
        raise BadField(f"a {kind} was expected, the file is a {upload.kind}.", param)
    return upload.id


async def reference_of(fields: Mapping[str, Any], studio: Studio, caller: Caller, outgoing: Outgoing) -> str:
    """Id of the upload that ``input_reference`` becomes: a file, a data URI, an address or an earlier upload's id."""
    given = fields.get("input_reference")
    if given in (None, "", {}):
        return ""
    if isinstance(given, UploadFile):
        return (await kept_file(given, studio, caller, "input_reference")).id
    if isinstance(given, str):
        given = {"image_url": given}
    if not isinstance(given, dict):
        raise BadField("input_reference is a file, an image_url or a file_id.", "input_reference", code="invalid_type")
    if given.get("file_id"):
        upload = studio.uploads.find(text_field(given, "file_id", most=100), caller)
        return _picture(upload, "input_reference[file_id]").id
    url = text_field(given, "image_url", most=MOST_BYTES)
    return (await _kept_picture(url, studio, caller, outgoing)).id


async def _kept_picture(url: str, studio: Studio, caller: Caller, outgoing: Outgoing) -> Upload:
    if url.startswith("data:"):
        head, comma, rest = url.partition(",")
        try:
            content = base64.b64decode(rest, validate=True) if comma and head.endswith(";base64") else b""
        except (binascii.Error, ValueError):
            content = b""
        if not content:
            raise BadField("image_url is no base64 data URI.", "input_reference[image_url]")
    else:
        content = await outgoing.fetch(url, MOST_BYTES)

    async def whole() -> AsyncIterator[bytes]:
        yield content

    upload = await studio.uploads.take(whole(), "reference", caller)
    return _picture(upload, "input_reference[image_url]")


async def kept_file(file: UploadFile, studio: Studio, caller: Caller, param: str) -> Upload:
    """A picture that came in a form, checked and kept."""
    return _picture(await studio.uploads.take(pieces_of(file), file.filename or "picture", caller), param)


def _picture(upload: Upload, param: str) -> Upload:
    if upload.kind != "picture":
        ways = {"clip": "To let it play as the first shot send it as clips[1].",
                "sound": "To let it be heard over the film send it as voice_over."}  # fmt: skip
        words = f"a picture was expected, the file is a {upload.kind}."
        raise BadField(words, param, next_step=ways.get(upload.kind, "Send a PNG or JPEG."))
    return upload


async def pieces_of(file: UploadFile) -> AsyncIterator[bytes]:
    """A file of a form, piece by piece.

    Raises:
        TooLargeFile: it has more bytes than are taken.
    """
    if (file.size or 0) > MOST_BYTES:
        raise TooLargeFile(f"a file may have {MOST_BYTES:,} bytes.", next_step="Cut it or scale it down.")
    while piece := await file.read(_PIECE):
        yield piece


def characters_of(fields: Mapping[str, Any], studio: Studio, caller: Caller) -> list[Upload]:
    """The characters that are named in ``characters``: ids, or objects with an ``id``.

    Raises:
        BadField, UnknownName.
    """
    given = fields.get("characters")
    if given in (None, "", [], {}):
        return []
    rows = given if isinstance(given, list) else [given]
    found = []
    for row in rows[:8]:
        name = row.get("id") if isinstance(row, dict) else row
        if not isinstance(name, str):
            raise BadField("characters are ids, or objects with an id.", "characters", code="invalid_type")
        upload = studio.uploads.find(name, caller)
        if upload.kind != "character":
            raise UnknownName(f"there is no character {name!r}.")
        found.append(upload)
    return found


async def source_of(fields: Mapping[str, Any], studio: Studio, caller: Caller) -> str:
    """The project behind ``video``: an id, or a file that was made here.

    Raises:
        BadField: a film from elsewhere, or none.
    """
    given = fields.get("video")
    if isinstance(given, UploadFile):
        digest = hashlib.sha256()
        async for piece in pieces_of(given):
            digest.update(piece)
        owned = await asyncio.to_thread(studio.jobs_kept.owned, caller.tenant)
        videos = studio.videos
        project = await asyncio.to_thread(videos.project_of_cut, digest.hexdigest(), caller, owned)
        if project is None:
            raise BadField(
                "the file was not made by this server, so there is no plan of it to change.", "video",
                next_step="Name one that was made here, or let yours play in a new one: POST /v1/videos, clips[1].",
            )  # fmt: skip
        return project
    video_id = given.get("id") if isinstance(given, dict) else given
    if not isinstance(video_id, str) or not video_id:
        raise BadField("video is a file, or the id of a video.", "video", code="missing_required_parameter")
    record = await asyncio.to_thread(studio.videos.find, video_id, caller)
    return record.project


def character_picture(clip: Any, store: Any) -> str:
    """sha256 of a PNG of the frame in the middle of a clip.

    Raises:
        BadMedia: the clip has no picture.
    """
    from tools.media import extract_still, png_bytes, probe

    facts = probe(clip)
    if not facts.frames:
        raise BadMedia("the clip has no picture.", next_step="Send a clip that shows the character.")
    sha256: str = store.put_bytes(png_bytes(extract_still(clip, facts.frames // 2)), ".png")
    return sha256
