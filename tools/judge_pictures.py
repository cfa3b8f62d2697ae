"""What a judge that reads is shown: frames at recorded times, a picture of the sound, and the films of the probes.

Pictures carry no file name, no seed and no label; times are told in words beside them.
"""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np

from storyboards.clock import FrameRate
from tools.contract import SOUND_RATE_HZ, Footage

Layout = Literal["single", "sheet"]

SOUND_SIZE = (768, 320)
"""Width and height of the picture of the sound, in pixels."""
SOUND_TOP_HZ, FLOOR_DB = 12_000.0, -70.0
PLOT_LEFT, PLOT_TOP, PLOT_BOTTOM, WAVE_HEIGHT = 36, 6, 22, 70
INK, PAPER = (40, 42, 46), (244, 244, 240)


@dataclass(frozen=True)
class FramePolicy:
    """Which frames a judge sees, fixed and part of its version.

    ``count`` frames in the middles of equal stretches of the shot, ``width`` pixels wide, as pictures of their own
    (``single``) or side by side on one sheet, row by row (``sheet``).
    """

    count: int = 8
    width: int = 448
    layout: Layout = "single"
    quality: int = 85

    def __str__(self) -> str:
        return f"{self.count}x{self.width}-{self.layout}-q{self.quality}"

    def times(self, frames: int) -> tuple[int, ...]:
        """Numbers of the frames that are shown of a shot of ``frames``; fewer if it is shorter than the policy."""
        count = min(self.count, frames)
        return tuple(int((index + 0.5) * frames / count) for index in range(count))


@dataclass(frozen=True)
class Picture:
    """A JPEG and the words said before it."""

    caption: str
    jpeg: bytes

    @property
    def source(self) -> str:
        return "data:image/jpeg;base64," + base64.b64encode(self.jpeg).decode()


@dataclass(frozen=True)
class Exhibit:
    """What one question is asked about.

    Attributes:
        pictures: in order; ``frames[k]`` is the frame number of the k-th time that is told, for evidence.
        what: ``frames`` or ``sound``.
    """

    pictures: tuple[Picture, ...]
    frames: tuple[int, ...]
    what: Literal["frames", "sound"] = "frames"


def show_footage(footage: Footage, policy: FramePolicy) -> Exhibit:
    """The take by the policy.

    Raises:
        BadMedia: it cannot be decoded.
    """
    from tools.media import probe, read_frames

    facts = probe(footage.video)
    total = max(1, min(footage.frames, facts.frames))
    chosen = policy.times(total)
    height = max(2, round(policy.width * facts.height / max(1, facts.width)))
    wanted, shown = set(chosen), []
    for index, frame in enumerate(read_frames(footage.video, policy.width, height)):
        if index in wanted:
            shown.append(frame)
        if index >= chosen[-1]:
            break
    return lay_out(shown, chosen[: len(shown)], total, footage.rate, policy)


def lay_out(
    shown: list[np.ndarray], chosen: tuple[int, ...], total: int, rate: FrameRate, policy: FramePolicy
) -> Exhibit:
    """Pictures (H, W, 3) uint8 with their times in words, each alone or all on one sheet."""
    length_s = rate.seconds(total)
    times = [rate.seconds(number) for number in chosen]
    if policy.layout == "single":
        pictures = [
            Picture(f"Picture {k + 1} of {len(shown)}, at {at_s:.2f} s of {length_s:.2f} s:", jpeg(frame, policy))
            for k, (frame, at_s) in enumerate(zip(shown, times, strict=True))
        ]
        return Exhibit(tuple(pictures), chosen)
    columns = max(1, round(len(shown) ** 0.5 + 0.49))
    listed = ", ".join(f"picture {k + 1} at {at_s:.2f} s" for k, at_s in enumerate(times))
    caption = f"One sheet, row by row, {columns} in a row, of {length_s:.2f} s: {listed}."
    return Exhibit((Picture(caption, jpeg(_sheet(shown, columns), policy)),), chosen)


def _sheet(shown: list[np.ndarray], columns: int) -> np.ndarray:
    height, width, _ = shown[0].shape
    rows = -(-len(shown) // columns)
    sheet = np.full((rows * (height + 4), columns * (width + 4), 3), 128, np.uint8)
    for k, frame in enumerate(shown):
        top, left = k // columns * (height + 4), k % columns * (width + 4)
        sheet[top : top + height, left : left + width] = frame
    return sheet


def jpeg(frame: np.ndarray, policy: FramePolicy) -> bytes:
    """RGB (H, W, 3) uint8 as a JPEG without metadata."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(frame).save(buffer, format="JPEG", quality=policy.quality)
    return buffer.getvalue()


def show_sound(sound: Path, policy: FramePolicy) -> Exhibit:
    """The waveform over the spectrogram, with a scale in seconds.

    Raises:
        BadMedia: it cannot be decoded.
    """
    from tools.media import read_wave

    return draw_sound(read_wave(sound).mean(0), policy)


def draw_sound(wave_N: np.ndarray, policy: FramePolicy) -> Exhibit:
    """A mono wave at 48 kHz as one picture: above the waveform, below 0 to 12 kHz on a mel scale, dark is loud."""
    from PIL import Image, ImageDraw, ImageFont

    width, height = SOUND_SIZE
    length_s = len(wave_N) / SOUND_RATE_HZ
    across = width - PLOT_LEFT - 6
    canvas = Image.new("RGB", SOUND_SIZE, PAPER)
    pen, font = ImageDraw.Draw(canvas), ImageFont.load_default(11)
    loud = _peaks(wave_N, across)
    middle = PLOT_TOP + WAVE_HEIGHT // 2
    for x, peak in enumerate(loud):
        reach = int(min(1.0, peak) * (WAVE_HEIGHT // 2 - 1))
        pen.line([(PLOT_LEFT + x, middle - reach), (PLOT_LEFT + x, middle + reach)], fill=INK)
    top = PLOT_TOP + WAVE_HEIGHT + 6
    tall = height - PLOT_BOTTOM - top
    shade = (255 - 235 * _spectrogram(wave_N)).astype(np.uint8)
    plot = Image.fromarray(shade).resize((across, tall), Image.Resampling.BOX).convert("RGB")
    canvas.paste(plot, (PLOT_LEFT, top))
    step_s = next(step for step in (0.25, 0.5, 1.0, 2.0, 5.0, 20.0, 1e9) if length_s / step <= 11)
    for k in range(int(length_s / step_s) + 1):
        x = PLOT_LEFT + round(across * k * step_s / max(length_s, 1e-6))
        pen.line([(x, height - PLOT_BOTTOM), (x, height - PLOT_BOTTOM + 4)], fill=INK)
        pen.text((min(x, width - 22), height - PLOT_BOTTOM + 5), f"{k * step_s:g} s", fill=INK, font=font)
    for hertz, label in ((200, "200"), (1000, "1k"), (4000, "4k"), (12000, "12k")):
        y = top + tall - round(tall * _mel(hertz) / _mel(SOUND_TOP_HZ))
        pen.text((4, max(top, y - 6)), label, fill=INK, font=font)
    caption = f"The sound of {length_s:.2f} s as a picture: waveform above, spectrogram below, time from left to right:"
    return Exhibit((Picture(caption, jpeg(np.asarray(canvas), policy)),), (), "sound")


def _peaks(wave_N: np.ndarray, columns: int) -> np.ndarray:
    edges = np.linspace(0, len(wave_N), columns + 1).astype(int)
    return np.array([np.abs(wave_N[a:b]).max() if b > a else 0.0 for a, b in pairwise(edges)])


def _mel(hertz: float) -> float:
    """Mel scale of O'Shaughnessy, Speech Communication (1987), p. 150."""
    return float(2595.0 * np.log10(1.0 + hertz / 700.0))


def _spectrogram(wave_N: np.ndarray, window: int = 1024, hop: int = 240, bands: int = 96) -> np.ndarray:
    """Levels (bands, columns) from 0 (the floor) to 1 (full scale), low frequencies at the bottom."""
    padded = np.pad(wave_N, (window // 2, window))
    starts = np.arange(0, max(1, len(wave_N)), hop)
    blocks = padded[starts[:, None] + np.arange(window)] * np.hanning(window)
    power = np.abs(np.fft.rfft(blocks, axis=1)) ** 2 / (0.25 * window) ** 2
    hertz = np.fft.rfftfreq(window, 1.0 / SOUND_RATE_HZ)
    edges = 700.0 * (10 ** (np.linspace(0, _mel(SOUND_TOP_HZ), bands + 1) / 2595.0) - 1.0)
    rows = []
    for low, high in pairwise(edges):
        inside = (hertz >= low) & (hertz < high)
        if not inside.any():
            inside = np.arange(len(hertz)) == int(np.abs(hertz - 0.5 * (low + high)).argmin())
        rows.append(power[:, inside].max(1))
    level = 10.0 * np.log10(np.stack(rows[::-1]) + 1e-12)
    return np.asarray(np.clip(1.0 - level / FLOOR_DB, 0.0, 1.0))


def blank_film(policy: FramePolicy) -> list[np.ndarray]:
    """Plain grey."""
    return [np.full((policy.width * 9 // 16, policy.width, 3), 118, np.uint8)] * policy.count


def text_film(lines: list[str], policy: FramePolicy) -> list[np.ndarray]:
    """Nothing but words: what a judge that believes what it reads takes for the thing itself."""
    from PIL import Image, ImageDraw, ImageFont

    canvas = Image.new("RGB", (policy.width, policy.width * 9 // 16), (250, 250, 250))
    pen, font = ImageDraw.Draw(canvas), ImageFont.load_default(max(10, policy.width // 28))
    for row, line in enumerate(lines):
        pen.text(
            (policy.width // 20, policy.width // 20 + row * (policy.width // 16)), line, fill=(15, 15, 15), font=font
        )
    return [np.asarray(canvas)] * policy.count


def disc_film(policy: FramePolicy, rightward: bool = True, overlay: str = "") -> list[np.ndarray]:
    """A red disc that travels across a meadow: a film whose truth is known.

    ``overlay`` is written on a white band over the top, as a film would that flatters itself.
    """
    from PIL import Image, ImageDraw, ImageFont

    width, height = policy.width, policy.width * 9 // 16
    font = ImageFont.load_default(max(10, width // 30))
    frames = []
    for k in range(policy.count):
        share = (k + 0.5) / policy.count
        canvas = Image.new("RGB", (width, height), (150, 200, 240))
        pen = ImageDraw.Draw(canvas)
        pen.rectangle((0, height * 2 // 3, width, height), fill=(90, 170, 80))
        x = width * (0.15 + 0.7 * (share if rightward else 1.0 - share))
        y, reach = height * 0.58, height * 0.14
        pen.ellipse((x - reach, y - reach, x + reach, y + reach), fill=(215, 40, 38))
        if overlay:
            pen.rectangle((0, 0, width, height // 5), fill=(255, 255, 255))
            pen.text((width // 40, height // 24), overlay, fill=(0, 0, 0), font=font)
        frames.append(np.asarray(canvas))
    return frames
