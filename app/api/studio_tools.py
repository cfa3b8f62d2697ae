"""OpenAI-compatible speech and pictures by the studio's own speaker and artist."""

from __future__ import annotations

import asyncio
import base64
import io
import time
from typing import Any, Literal

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.access import Maker, TheStudio
from app.api.faults import FAULTS, BadField
from app.service.studio import Studio
from storyboards.brief import Brief
from storyboards.errors import BadBrief, SpeechFailed
from storyboards.shot import Element

router = APIRouter(prefix="/v1", responses=FAULTS)

Form = Literal["wav", "mp3", "flac", "opus", "aac", "pcm"]
SOUNDS: dict[str, tuple[str, list[str]]] = {
    "wav": ("audio/wav", []), "mp3": ("audio/mpeg", ["-c:a", "libmp3lame", "-b:a", "128k", "-f", "mp3"]),
    "flac": ("audio/flac", ["-c:a", "flac", "-f", "flac"]), "aac": ("audio/aac", ["-c:a", "aac", "-f", "adts"]),
    "opus": ("audio/ogg", ["-c:a", "libopus", "-b:a", "64k", "-f", "ogg"]),
    "pcm": ("audio/pcm", ["-c:a", "pcm_s16le", "-ar", "24000", "-ac", "1", "-f", "s16le"]),
}  # fmt: skip
"""Media type of a form, and how ffmpeg makes it."""
SIDES = {"auto": 512, "256x256": 256, "512x512": 512, "1024x1024": 1024}


class SpeechRequest(BaseModel):
    """Words to say. ``speed`` is bounded to what stays understandable."""

    model_config = ConfigDict(extra="allow")
    input: str = Field(min_length=1, max_length=4096)
    model: str = Field("storyreel-voice", max_length=100)
    voice: str | dict[str, Any] = "narrator"
    response_format: Form = "mp3"
    speed: float = Field(1.0, ge=0.25, le=4.0)


@router.post("/audio/speech", response_class=Response, tags=["speech"], summary="Say something",
             responses={200: {"content": {kind: {} for kind, _ in SOUNDS.values()}}, 502: FAULTS[503]})  # fmt: skip
async def speech(body: SpeechRequest, studio: TheStudio, caller: Maker) -> Response:
    kind, _ = SOUNDS[body.response_format]
    content = await asyncio.to_thread(_said, studio, body)
    return Response(content, media_type=kind)


def _said(studio: Studio, body: SpeechRequest) -> bytes:
    from tools.media import run_ffmpeg, write_wave
    from tools.speak import FASTEST, SLOWEST

    words = body.input.encode("utf-8", "replace").decode()
    speaker = studio.director().crew.speaker
    spoken = speaker.say(words, _voice(body.voice), "en", min(max(body.speed, SLOWEST), FASTEST))
    if spoken.wave is None:
        raise SpeechFailed("nobody can speak here.", next_step="Install storyreel[speech], or set a speech endpoint.")
    with studio.store.scratch(".wav") as wave:
        write_wave(wave, spoken.wave, form="int16")
        if body.response_format == "wav":
            return wave.read_bytes()
        with studio.store.scratch(f".{body.response_format}") as out:
            run_ffmpeg(["-f", "wav", "-i", str(wave), *SOUNDS[body.response_format][1], str(out)], timeout_s=60)
            return out.read_bytes()


def _voice(asked: str | dict[str, Any]) -> str:
    """One of ours by its name, or by the name that OpenAI's servers have for the like.

    Raises:
        BadField: neither.
    """
    from tools.voices import VOICES

    name = str(asked.get("id", "")) if isinstance(asked, dict) else asked
    if name in VOICES:
        return name
    alike = {voice.server_voice: ours for ours, voice in VOICES.items()}
    if name not in alike:
        known = ", ".join([*VOICES, *alike])
        raise BadField(f"there is no voice {name!r}.", "voice", next_step=f"There are {known}.")
    return alike[name]


class ImageRequest(BaseModel):
    """Somebody, something or a place to draw as a reference."""

    model_config = ConfigDict(extra="allow")
    prompt: str = Field(min_length=1, max_length=4000)
    model: str = Field("storyreel-reference", max_length=100)
    n: int = Field(1, ge=1, le=4)
    size: Literal["auto", "256x256", "512x512", "1024x1024"] = "auto"
    response_format: Literal["b64_json"] = "b64_json"
    background: Literal["auto", "transparent", "opaque"] = "auto"


class Image(BaseModel):
    b64_json: str
    revised_prompt: str


class ImageList(BaseModel):
    created: int
    data: list[Image]


@router.post("/images/generations", response_model=ImageList, tags=["images"], summary="Draw a reference")
async def images(body: ImageRequest, studio: TheStudio, caller: Maker) -> ImageList:
    element = await _element(body.prompt.encode("utf-8", "replace").decode())
    drawn = await asyncio.to_thread(_drawn, studio, element, body)
    return ImageList(created=int(time.time()), data=drawn)


async def _element(prompt: str) -> Element:
    """Who or what the rulebook finds in a prompt.

    Raises:
        BadField: nobody and nothing that can be drawn.
    """
    from agent.rulebook import Rulebook

    try:
        board = await Rulebook().plan(Brief(text=prompt, duration_s=4.0))
    except BadBrief as error:
        raise BadField(error.message, "prompt", next_step=error.next_step) from error
    if board.elements:
        return board.elements[0]
    return Element(id="place", kind="place", subject=board.shots[0].setting)


def _drawn(studio: Studio, element: Element, body: ImageRequest) -> list[Image]:
    artist = studio.director().crew.artist
    if artist is None:
        raise BadField("nobody draws references with this backend.", "model", code="model_not_found")
    rows = []
    for number in range(body.n):
        drawing = artist.draw(element.model_copy(update={"identity": element.identity + number}))
        rows.append(Image(b64_json=_png(drawing.picture, SIDES[body.size], body), revised_prompt=drawing.caption))
    return rows


def _png(picture: Any, side: int, body: ImageRequest) -> str:
    from PIL import Image as Pictures

    whole = Pictures.fromarray(picture)
    whole = whole.resize((round(whole.width * (scale := side / max(whole.size))), round(whole.height * scale)))
    paper = (0, 0, 0, 0) if body.background != "opaque" else (255, 255, 255, 255)
    sheet = Pictures.new("RGBA", (side, side), paper)
    sheet.alpha_composite(whole.convert("RGBA"), ((side - whole.width) // 2, (side - whole.height) // 2))
    file = io.BytesIO()
    sheet.save(file, format="PNG")
    return base64.b64encode(file.getvalue()).decode()
