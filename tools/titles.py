"""Lettering: titles and burnt-in captions as transparent pictures over the frame.

Letters are set with Pillow; a title's coming and going is a small moviepy composition. A film has one typeface: the one
that comes with Pillow wherever that has the letters, so that the same film has the same pixels on every machine; else
the first of the machine that has them.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from storyboards.errors import MediaFailed

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

TITLES_VERSION = "lettering.4"
"""Part of every cache key of a titled piece: change it whenever the look changes."""

Role = Literal["opening", "closing", "lower"]
MOTION_S = 0.5
"""How long a title takes to come, and to go."""
SAFE, OPENING_AT = 0.06, 0.36
"""Shares of the frame: kept free at each edge; and the height of the opening card, above who stands in the middle."""
WHITE, SHADE, ACCENT = (250, 248, 242), (12, 14, 20), (240, 186, 96)

FONT_FOLDERS = (
    "/usr/share/fonts", "/usr/local/share/fonts", "/System/Library/Fonts", "/Library/Fonts", "~/Library/Fonts",
    "~/.local/share/fonts", "~/.fonts",
)  # fmt: skip
PREFERRED = ("NotoSans-", "DejaVuSans.", "LiberationSans-R", "Arial", "Helvetica", "Noto", "")


@dataclass(frozen=True)
class Still:
    """RGBA (h, w, 4) uint8 whose top left corner lies at (x, y) of the frame; x, y, w and h are even."""

    rgba: np.ndarray
    x: int
    y: int


def caption_still(text: str, width: int, height: int, face: str = "") -> Still:
    """One caption page on a soft dark plate near the bottom, inside the safe margins, in the typeface ``face``."""
    from PIL import Image, ImageDraw

    size = max(9, round(0.05 * min(width, height)))
    lines, font = _fitted(text.split("\n"), face, size, round(width * (1 - 2 * SAFE)) - size)
    em = _em(font)
    pad, leading = round(em * 0.45), round(em * 1.28)
    box = (max(_width(font, line) for line in lines) + 2 * pad, leading * len(lines) + pad)
    plate = Image.new("RGBA", _even(*box), (0, 0, 0, 0))
    pen = ImageDraw.Draw(plate)
    pen.rounded_rectangle((0, 0, box[0] - 1, box[1] - 1), radius=pad * 0.7, fill=(*SHADE, 150))
    for row, line in enumerate(lines):
        at = ((box[0] - _width(font, line)) / 2, pad / 2 + row * leading + (leading - em) / 2)
        pen.text(at, line, font=font, fill=(*WHITE, 255), stroke_width=max(1, em // 22), stroke_fill=(*SHADE, 255))
    x, y = (width - plate.width) // 2, height - round(SAFE * height) - plate.height
    return _placed(np.asarray(plate), x, y)


def title_stills(
    text: str, role: Role, width: int, height: int, rate: float, frames: int, face: str = ""
) -> Iterator[Still]:
    """A title over ``frames`` frames: it rises in, holds, and fades away. One picture per frame."""
    lay_out = _lower_layers if role == "lower" else _card_layers
    layers = lay_out(text, role, width, height, face)
    duration_s = frames / rate
    motion_s = min(MOTION_S, duration_s / 3)
    composition, x, y = _composed(layers, duration_s, motion_s, round(0.02 * height))
    held: Still | None = None
    for number in range(frames):
        at_s = number / rate
        holding = motion_s + 1 / rate < at_s < duration_s - motion_s - 1 / rate
        if not (holding and held):
            rgb = composition.get_frame(at_s)
            alpha = composition.mask.get_frame(at_s)[..., None]
            held_now = _placed(np.concatenate([rgb, np.round(alpha * 255)], axis=2).astype(np.uint8), x, y)
            held = held_now if holding else None
            yield held_now
        else:
            yield held
    composition.close()


@dataclass(frozen=True)
class _Layer:
    picture: np.ndarray
    x: int
    y: int
    rises: bool


def _composed(layers: list[_Layer], duration_s: float, motion_s: float, rise: int) -> tuple[Any, int, int]:
    """The moving title on the smallest box that holds its layers, and where the box lies."""
    from moviepy import CompositeVideoClip, ImageClip, vfx

    left, top = min(layer.x for layer in layers), min(layer.y for layer in layers)
    right = max(layer.x + layer.picture.shape[1] for layer in layers)
    bottom = max(layer.y + layer.picture.shape[0] for layer in layers) + rise
    clips = []
    for layer in layers:
        clip = ImageClip(layer.picture, transparent=True).with_duration(duration_s)
        travel = rise if layer.rises else 0
        clip = clip.with_position(functools.partial(_risen, layer.x - left, layer.y - top, travel, motion_s))
        clips.append(clip.with_effects([vfx.CrossFadeIn(motion_s), vfx.CrossFadeOut(motion_s)]))
    size = _even(right - left, bottom - top)
    return CompositeVideoClip(clips, size=size, bg_color=None).with_duration(duration_s), left, top


def _risen(x: int, y: int, travel: int, motion_s: float, at_s: float) -> tuple[int, int]:
    left_to_go = max(0.0, 1.0 - at_s / motion_s) ** 3  # cubic ease-out
    return x, y + round(travel * left_to_go)


def _card_layers(text: str, role: Role, width: int, height: int, face: str) -> list[_Layer]:
    """A centred card: veil, letters, and a short rule under them."""
    wanted = max(12, round(min(0.125 * height, 0.085 * width)))
    lines, font = _fitted([text], face, wanted, round(width * 0.8))
    letters, em = _letters(lines, font, "center"), _em(font)
    rule_px, gap = max(2, round(em * 0.055)), round(em * 0.35)
    middle = OPENING_AT if role == "opening" else 0.5
    x, y = (width - letters.width) // 2, round(middle * height) - (letters.height + gap) // 2
    rule = _bar(max(8, round(em * 1.6)), rule_px)
    veil = _veil(letters.width + 5 * em, letters.height + gap + 4 * em)
    return [
        _Layer(np.asarray(veil), (width - veil.width) // 2, y - 2 * em, False),
        _Layer(np.asarray(letters), x, y, True),
        _Layer(np.asarray(rule), (width - rule.width) // 2, y + letters.height + gap, False),
    ]


def _lower_layers(text: str, role: Role, width: int, height: int, face: str) -> list[_Layer]:
    """A lower third: an upright accent, letters beside it, low on the left above the captions."""
    wanted = max(10, round(min(0.07 * height, 0.06 * width)))
    lines, font = _fitted([text], face, wanted, round(width * 0.7))
    letters, em = _letters(lines, font, "left"), _em(font)
    x, bottom = round(SAFE * width), height - round(0.25 * height)
    y = bottom - letters.height
    bar = _bar(max(3, round(em * 0.12)), letters.height)
    gap = round(em * 0.4)
    veil = _veil(letters.width + 6 * em, letters.height + 4 * em)
    return [
        _Layer(np.asarray(veil), x + gap - 3 * em, y - 2 * em, False),
        _Layer(np.asarray(bar), x, y, False),
        _Layer(np.asarray(letters), x + bar.width + gap, y, True),
    ]


def _letters(lines: list[str], font: FreeTypeFont, align: str) -> Image:
    """Lines of text with a soft shadow, on transparent ground."""
    from PIL import Image, ImageDraw, ImageFilter

    em = _em(font)
    leading, pad = round(em * 1.18), max(2, em // 5)
    wide = max(_width(font, line) for line in lines)
    size = _even(wide + 2 * pad, leading * len(lines) + 2 * pad)
    weight = max(0, round(em / 40))  # the built-in face has one weight; a thin stroke makes it a title's
    shadow = Image.new("RGBA", size, (*SHADE, 0))
    top = Image.new("RGBA", size, (*WHITE, 0))
    for row, line in enumerate(lines):
        x = pad + ((wide - _width(font, line)) / 2 if align == "center" else 0)
        y = pad + row * leading
        offset = max(1, em // 24)
        ImageDraw.Draw(shadow).text((x, y + offset), line, font=font, fill=(*SHADE, 235), stroke_width=weight + 1)
        ImageDraw.Draw(top).text((x, y), line, font=font, fill=(*WHITE, 255), stroke_width=weight)
    soft = shadow.filter(ImageFilter.GaussianBlur(max(1.0, em / 14)))
    return Image.alpha_composite(Image.alpha_composite(soft, soft), top)


def _bar(width: int, height: int) -> Image:
    from PIL import Image

    return Image.new("RGBA", _even(width, height), (*ACCENT, 255))


def _veil(width: int, height: int) -> Image:
    """A soft dark patch that makes letters readable on any picture and has no visible edge."""
    from PIL import Image

    width, height = _even(width, height)
    across = _swell(width) ** 0.7
    down = _swell(height)
    alpha = np.round(120 * down[:, None] * across[None, :]).astype(np.uint8)
    colour = np.broadcast_to(np.array(SHADE, np.uint8), (height, width, 3))
    return Image.fromarray(np.dstack([colour, alpha]))


def _swell(length: int) -> np.ndarray:
    """0 to 1 to 0 over ``length``, level at both ends and in the middle."""
    return np.sin(np.pi * (np.arange(length) + 0.5) / length) ** 2


def _fitted(lines: list[str], face: str, size: int, room_px: int) -> tuple[list[str], FreeTypeFont]:
    """Lines wrapped to the room at the wanted size, smaller type where a word or the number of lines would not fit."""
    while True:
        font = _opened(face, size)
        wrapped = [part for line in lines for part in _wrapped(line, font, room_px)]
        fits = all(_width(font, line) <= room_px for line in wrapped) and len(wrapped) <= max(3, len(lines))
        if fits or size <= 8:
            return wrapped, font
        size = max(8, round(size * 0.9))


def _wrapped(line: str, font: FreeTypeFont, room_px: int) -> list[str]:
    """Lines of words within the room, as many as are needed, about equally long."""
    rows = _filled(line, font, room_px)
    for narrower in range(room_px // max(1, len(rows)), room_px, max(1, _em(font) // 2)) if len(rows) > 1 else ():
        tighter = _filled(line, font, narrower)
        if len(tighter) == len(rows):
            return tighter
    return rows


def _filled(line: str, font: FreeTypeFont, room_px: int) -> list[str]:
    rows: list[str] = []
    for word in line.split():
        longer = f"{rows[-1]} {word}" if rows else word
        if rows and _width(font, longer) <= room_px:
            rows[-1] = longer
        else:
            rows.append(word)
    return rows or [""]


def face_for(text: str) -> str:
    """The typeface for a film with these words: "" for the built-in one if it has every letter, else the file of the
    machine's that lacks the fewest."""
    letters = _letters_of(text)
    best, fewest = "", len(_missing(_opened("", 24), letters))
    for path in _machine_fonts() if fewest else ():
        try:
            missing = len(_missing(_opened(path, 24), letters))
        except OSError:
            continue
        if missing < fewest:
            best, fewest = path, missing
        if not missing:
            break
    return best


def unprintable(text: str, face: str) -> str:
    """The letters of ``text`` that the typeface does not have; they show as empty boxes."""
    return "".join(sorted(_missing(_opened(face, 24), _letters_of(text))))


def _letters_of(text: str) -> set[str]:
    return {letter for letter in unicodedata.normalize("NFC", text) if not letter.isspace()}


def _opened(face: str, size: int) -> FreeTypeFont:
    from PIL import ImageFont

    font = ImageFont.truetype(face, size) if face else ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise MediaFailed("this Pillow was built without FreeType.", next_step="Install the wheel of the lock file.")
    return font


def _em(font: FreeTypeFont) -> int:
    return round(font.size)


def _missing(font: FreeTypeFont, letters: set[str]) -> set[str]:
    """Letters drawn with the face's box for what it does not have."""
    box = _glyph(font, "\U0010fffd")
    return {letter for letter in letters if _glyph(font, letter) == box}


def _glyph(font: FreeTypeFont, letter: str) -> tuple[tuple[int, int], bytes]:
    mask = font.getmask(letter)
    return mask.size, bytes(mask)


@functools.cache
def _machine_fonts() -> tuple[str, ...]:
    """Typeface files of this machine, the plain and common ones first; the order does not depend on the disk's."""
    found: list[Path] = []
    for folder in FONT_FOLDERS:
        root = Path(folder).expanduser()
        if root.is_dir():
            found += [path for path in root.rglob("*") if path.suffix.lower() in (".ttf", ".otf", ".ttc")]
    return tuple(str(path) for path in sorted(found, key=_preference))


def _preference(path: Path) -> tuple[int, bool, str]:
    rank = next(number for number, start in enumerate(PREFERRED) if path.name.startswith(start))
    plain = not any(word in path.name for word in ("Bold", "Italic", "Oblique", "Mono", "Light"))
    return rank, not plain, str(path)


def _width(font: FreeTypeFont, line: str) -> int:
    return round(font.getlength(line))


def _even(width: int, height: int) -> tuple[int, int]:
    return width + width % 2, height + height % 2


def _placed(rgba: np.ndarray, x: int, y: int) -> Still:
    return Still(rgba, x - x % 2, y - y % 2)
