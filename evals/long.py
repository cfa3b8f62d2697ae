"""Do long clips stay what they were? ``python -m evals.long --captions 8 --json long.json --sheet long.png``.

Held-out captions of one subject, its actions spread over the whole length, are filmed in windows as films are, and
again without each of the measures against drift, and all at once, as a network does that is simply asked for more
frames. Every clip is cut into chunks as long as what a window adds; of each chunk: how bright, colourful and contrasty
it is, who the figure is by a network that learned on other seeds, how alike the figure in the picture is to that of the
first chunk, and whether it is in the picture at all. What drifts has a slope over the chunks. The camera stands, so
nothing else changes the picture; with ``--camera moving`` each caption has a move of its own, and its path is measured.
"""

from __future__ import annotations

import argparse
import itertools
import json
import resource
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from evals.adherence_camera import CameraPaths, camera_paths, pooled_r
from evals.adherence_scenes import FIRST_SEED, FPS, HEIGHT, WIDTH, Asked, asked_at, asked_of
from evals.figures import COLOUR_NAMES, FigureReader, trained
from evals.statistics import LEAST_CLUSTERS, cluster_bootstrap
from models.codec import Canvas
from models.layers.codec import LayersCodec
from models.layers.moves import path_of
from models.layers.observe import KINDS, observe
from models.layers.parts import POSE
from models.layers.strip import Strip, strip_of
from models.length import strips
from models.likeness import Likeness, prints
from models.reel import Ask, Reel
from models.shapes import clip_frames
from models.streaming import Playing, streamed
from models.windows import SPAN, Said, Sliding, layers_of
from models.world.caption import captions
from models.world.excerpt import excerpt, slowed

CHUNK = SPAN - Sliding().frames
"""Frames of a chunk: what a window adds."""
INSIDE = 0.15
"""Share of a figure's box that lies in the frame, at least, where it is seen."""
BODY = 0.6
"""Share of a sprite's box that a figure fills, about."""
WAYS: dict[str, Sliding | None] = {
    "as films are made": Sliding(),
    "without the course": Sliding(course=False),
    "without the sink": Sliding(sink=False),
    "last frame alone given": Sliding(latents=0),
    "not told anew": Sliding(rebased=False),
    "all at once": None,
}
MOVING = ("pan left", "tilt up", "truck right", "dolly in", "crane down", "pan right", "dolly out", "truck left")
"""Moves of the captions in turn, where the camera moves."""
SHOWN_HZ = 4
"""Frames a second that are decoded and looked at."""
MEASURES = ("brightness", "saturation", "contrast", "named", "likeness", "in the picture")


@dataclass(frozen=True)
class Long:
    """One long clip.

    Attributes:
        frames: uint8 (N, H, W, 3) at the networks' size, ``SHOWN_HZ`` a second.
        figures_JK4SS: by chunk and subject, premultiplied, 0 to 1.
        strip: all of it, in rows.
        spent_s: CPU seconds of each window, the course among the first one's.
    """

    frames: np.ndarray
    figures_JK4SS: torch.Tensor
    strip: Strip
    spent_s: list[float]


def said_of(asked: Asked, seconds: float) -> Said:
    """The caption of a stretch of the scene, spread over so many seconds."""
    whole = slowed(asked.scene, seconds)
    return lambda start_s, end_s: captions(excerpt(whole, start_s, end_s), sound=False).full


def filmed(reel: Reel, asked: Asked, frames: int, way: Sliding | None) -> Long:
    """A scene filmed at a length, window by window as it would be played."""
    canvas = Canvas(frames, HEIGHT, WIDTH, FPS)
    camera = asked.scene.camera
    path = path_of(camera.move, canvas, camera.strength, asked.scene.seed)
    ask = Ask(asked.caption, canvas, asked.subjects, path)
    codec = layers_of(reel, ask)
    playing = Playing(codec, HEIGHT, WIDTH, SHOWN_HZ)
    shown: list[torch.Tensor] = []
    figures: list[torch.Tensor] = []
    spent_s: list[float] = []
    before = time.process_time()
    for strip in made(reel, asked, ask, way):
        spent_s.append(time.process_time() - before)
        for piece in playing.pieces(strip, strip.frames >= frames):
            shown.append(piece.frames)
        while len(figures) * CHUNK + CHUNK // 2 < strip.frames:
            figures.append(figures_at(codec, strip, len(figures) * CHUNK + CHUNK // 2))
        before = time.process_time()
    return Long(torch.cat(shown).numpy(), torch.stack(figures)[: frames // CHUNK], strip, spent_s)


def made(reel: Reel, asked: Asked, ask: Ask, way: Sliding | None) -> Iterator[Strip]:
    """The clip as it grows; at once without windows."""
    if way is None:
        yield strip_of(layers_of(reel, ask), reel.clip(ask, asked.seed).shown, ask.canvas)
    else:
        said = said_of(asked, ask.canvas.frames / FPS)
        yield from strips(reel, ask, asked.seed, said, sliding=way)


def figures_at(codec: LayersCodec, strip: Strip, frame: int) -> torch.Tensor:
    """What the subjects look like in a frame, (K, 4, S, S)."""
    rows = strip.rows_KFR[:, frame : frame + 1, len(POSE) :]
    made = [codec.sprites(sheet, code)[0] for sheet, code in zip(strip.sheets, rows, strict=True)]
    return torch.stack(made) if made else torch.zeros(0, 4, 1, 1)


def boxes_of(strip: Strip) -> torch.Tensor:
    """Where the subjects are, left, top, right, bottom in shares of the frame, (F, K, 4); the roll is left out."""
    path_F9 = strip.path_F9[: strip.frames]
    scale_F = path_F9[:, 2].exp()
    aspect = WIDTH / HEIGHT
    boxes = []
    for row_FR in strip.rows_KFR:
        half_F = 0.5 * BODY * (row_FR[:, 2] + path_F9[:, 2]).exp()
        x_F, y_F = row_FR[:, 0] * scale_F - path_F9[:, 0], row_FR[:, 1] * scale_F - path_F9[:, 1]
        sides = [(x_F - half_F) / aspect + 0.5, 0.5 - y_F - half_F, (x_F + half_F) / aspect + 0.5, 0.5 - y_F + half_F]
        boxes.append(torch.stack(sides, 1))
    return torch.stack(boxes, 1) if boxes else torch.zeros(strip.frames, 0, 4)


def inside(box_N4: torch.Tensor) -> torch.Tensor:
    """Share of each box that lies in the frame, (N,)."""
    size = (box_N4[:, 2:] - box_N4[:, :2]).clamp_min(1e-6)
    within = (box_N4[:, 2:].clamp(0, 1) - box_N4[:, :2].clamp(0, 1)) / size
    return within.prod(1)


@torch.inference_mode()
def measured(clip: Long, asked: Asked, eye: FigureReader, likeness: Likeness) -> dict[str, list[float]]:
    """Every measure of :data:`MEASURES` by chunk; not a number where it has nothing to look at."""
    chunks, box_FK4 = len(clip.figures_JK4SS), boxes_of(clip.strip)
    rows: dict[str, list[float]] = {name: [] for name in MEASURES}
    first = None
    for j in range(chunks):
        middle = j * CHUNK + CHUNK // 2
        for name, value in tones(clip.frames[shown_at(j * CHUNK) : shown_at((j + 1) * CHUNK)]).items():
            rows[name].append(value)
        rows["named"].append(named(clip.figures_JK4SS[j], asked, eye))
        box_K4 = box_FK4[middle]
        seen_K = inside(box_K4) >= INSIDE
        rows["in the picture"].append(float(seen_K.float().mean()) if len(seen_K) else float("nan"))
        frame = torch.from_numpy(clip.frames[shown_at(middle)]).permute(2, 0, 1).float() / 255.0
        if not len(box_K4):
            rows["likeness"].append(float("nan"))
            continue
        print_KD = prints(likeness, frame[None].expand(len(box_K4), -1, -1, -1), box_K4)
        if first is None:
            first, seen_first = print_KD, seen_K
        both = seen_K & seen_first
        alike_K = (print_KD * first).sum(1)
        rows["likeness"].append(float(alike_K[both].mean()) if bool(both.any()) else float("nan"))
    return rows


def tones(frames_FHW3: np.ndarray) -> dict[str, float]:
    """Mean luma, mean of the colours' spread, and deviation of luma within frames, of 255."""
    pixels = frames_FHW3.astype(np.float32)
    luma = pixels @ np.array([0.299, 0.587, 0.114], np.float32)
    spread = pixels.max(-1) - pixels.min(-1)
    contrast = luma.std((1, 2)).mean()
    return {"brightness": float(luma.mean()), "saturation": float(spread.mean()), "contrast": float(contrast)}


def named(figure_K4SS: torch.Tensor, asked: Asked, eye: FigureReader) -> float:
    """Share of the figures whose kind and colour are named rightly."""
    actors = asked.scene.actors
    if not actors:
        return float("nan")
    kind, colour = eye(figure_K4SS)
    right = [
        float(KINDS[int(k)] == actor.subject and COLOUR_NAMES[int(c)] == actor.colour)
        for k, c, actor in zip(kind.argmax(1), colour.argmax(1), actors, strict=True)
    ]
    return float(np.mean(right))


def slope(values: Sequence[float]) -> float:
    """Change from one chunk to the next, by least squares; not a number with fewer than three values."""
    number = np.arange(len(values), dtype=float)
    there = np.isfinite(values)
    return float(np.polyfit(number[there], np.array(values)[there], 1)[0]) if there.sum() >= 3 else float("nan")


def shown_at(frame: int) -> int:
    """Which of the frames that are shown is a frame."""
    return frame * SHOWN_HZ // FPS


def seams(clip: Long) -> dict[str, list[float]]:
    """What happens where a window begins to add, and elsewhere: differences of neighbouring shown frames, of 255, and
    second differences of where subjects are, in thousandths of the frame's height."""
    steps_P = np.abs(np.diff(clip.frames.astype(np.int16), axis=0)).mean((1, 2, 3))
    last_W = range(SPAN - 1, clip.strip.frames - 1, CHUNK)
    seam = sorted({shown_at(last) for last in last_W})
    place_KF2 = clip.strip.rows_KFR[..., :2].numpy()
    bends = 1000.0 * np.abs(np.diff(place_KF2, 2, axis=1)).max(2)
    joint = sorted({at for last in last_W for at in (last - 1, last)} & set(range(bends.shape[1])))
    return {
        "seam": steps_P[seam].tolist(), "elsewhere": np.delete(steps_P, seam).tolist(),
        "jump at seam": bends[:, joint].ravel().tolist(), "jump elsewhere": np.delete(bends, joint, 1).ravel().tolist(),
    }  # fmt: skip


def followed(clip: Long, asked: Asked) -> list[float]:
    """Correlations over time of what the figure does with what the world's own does in the scene, where that changes:
    its place along the frame, and how it leans (who sleeps lies)."""
    frames = clip.strip.frames
    world = observe(slowed(asked.scene, frames / FPS), Canvas(frames, HEIGHT, WIDTH, FPS)).poses[0]
    found = []
    for name, least in (("x", 0.1), ("sin_lean", 0.5)):
        own_F, wanted_F = (rows[:, POSE.index(name)].double().numpy() for rows in (clip.strip.rows_KFR[0], world))
        if np.ptp(wanted_F) >= least:
            found.append(float(np.corrcoef(own_F, wanted_F)[0, 1]) if own_F.std() > 1e-6 else 0.0)
    return found


def camera_of(clip: Long) -> CameraPaths | None:
    """The camera's path as measured; None where it was to stand."""
    path_F9 = clip.strip.path_F9[:: FPS // SHOWN_HZ][: len(clip.frames)]
    if float(path_F9[:, :7].abs().max()) < 0.05:
        return None
    return camera_paths(torch.from_numpy(clip.frames[: len(path_F9)]).permute(0, 3, 1, 2).float() / 255.0, path_F9)


def row_of(clips: Sequence[Long], asks: Sequence[Asked], eye: FigureReader, likeness: Likeness) -> dict[str, object]:
    """One row of the table: what becomes of every measure, at seams and of the camera, and what it cost."""
    found: dict[str, list[list[float]]] = {name: [] for name in MEASURES}
    joints: dict[str, list[float]] = {}
    for clip, asked in zip(clips, asks, strict=True):
        for name, values in measured(clip, asked, eye, likeness).items():
            found[name].append(values)
        for name, values in seams(clip).items():
            joints.setdefault(name, []).extend(values)
    paths = [path for path in map(camera_of, clips) if path is not None]
    seconds = sum(clip.strip.frames for clip in clips) / FPS
    row: dict[str, object] = {name: told(values) for name, values in found.items()}
    row |= {name: _mean(values) for name, values in joints.items()}
    row |= {"clips": len(clips), "cpu_s a second": round(sum(sum(clip.spent_s) for clip in clips) / seconds, 3)}
    does = [each for clip, asked in zip(clips, asks, strict=True) for each in followed(clip, asked)]
    row |= {"does as planned r": _mean(does), "of": len(does)}
    if paths:
        row["camera r"] = round(pooled_r(paths), 3)
    if all(len(clip.spent_s) > 4 for clip in clips):
        row["cpu_s of a window"] = [_mean([clip.spent_s[n] for clip in clips]) for n in range(1, len(clips[0].spent_s))]
    return row


def told(values_AJ: list[list[float]]) -> dict[str, object]:
    """Of one measure: its mean in the first and in the last chunk, the mean slope with its interval over clips, and
    the mean size of the slopes."""
    slopes = [slope(values) for values in values_AJ]
    there = [each for each in slopes if np.isfinite(each)]
    row: dict[str, object] = {
        "first": _mean([values[0] for values in values_AJ]), "last": _mean([values[-1] for values in values_AJ]),
        "slope": _mean(slopes), "size": _mean([abs(each) for each in there]),
    }  # fmt: skip
    if len(there) >= LEAST_CLUSTERS:
        one = cluster_bootstrap(there, list(range(len(there))))
        row["interval"] = [round(one.low, 4), round(one.high, 4)]
    return row


def _mean(values: Sequence[float]) -> float:
    there = [each for each in values if np.isfinite(each)]
    return round(float(np.mean(there)), 4) if there else float("nan")


def drawn_of(shown: Sequence[tuple[np.ndarray, str]]) -> np.ndarray:
    """The clips under each other, a frame of every chunk."""
    from evals.looks import Strip as Tiles
    from evals.looks import drawn, tile_of

    rows = []
    for frames, words in shown:
        frames = frames[:: CHUNK * SHOWN_HZ // FPS]
        tiles = tuple(tile_of(torch.from_numpy(frame).permute(2, 0, 1).float() / 255, (168, 96)) for frame in frames)
        rows.append(Tiles(tiles, words))
    return drawn(rows, 1, 2)


def main() -> None:
    from models.reader import load_reader
    from tools.media import png_bytes

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--captions", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--ways", nargs="*", choices=tuple(WAYS), default=tuple(WAYS))
    parser.add_argument("--camera", choices=("static", "moving"), default="static")
    parser.add_argument("--play", action="store_true", help="only play one clip of so many seconds: time and memory")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--sheet", type=Path, help="a picture of every clip of each way; the way is put into its name")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    reel = Reel.load()
    if chosen.play:
        print(json.dumps(played(reel, next(casts(1, "static")), chosen.seconds)))
        return
    eye, likeness = trained(), load_reader().likeness
    asks = list(casts(chosen.captions, chosen.camera))
    frames = clip_frames(chosen.seconds, FPS)
    rows: dict[str, object] = {}
    for name in chosen.ways:
        clips = [filmed(reel, asked, frames, WAYS[name]) for asked in asks]
        rows[name] = row_of(clips, asks, eye, likeness)
        print(name, json.dumps(rows[name]), flush=True)
        if chosen.sheet:
            said = [f"{asked.short} Camera: {asked.scene.camera.move}." for asked in asks]
            path = chosen.sheet.with_stem(f"{chosen.sheet.stem}-{name.replace(' ', '-')}")
            path.write_bytes(
                png_bytes(drawn_of([(clip.frames, words) for clip, words in zip(clips, said, strict=True)]))
            )
        if chosen.json:
            chosen.json.write_text(json.dumps(rows, indent=1) + "\n")


def played(reel: Reel, asked: Asked, seconds: float) -> dict[str, object]:
    """A clip with sound, 448 × 256 at 24 frames a second, played while it is made and thrown away: what it costs."""
    canvas = Canvas(clip_frames(seconds, FPS), HEIGHT, WIDTH, FPS)
    path = path_of(asked.scene.camera.move, canvas)
    ask = Ask(asked.caption, canvas, asked.subjects, path, sounding=True)
    start = before = time.process_time()
    shown, first_s = 0, 0.0
    spent_s: list[float] = []
    for piece in streamed(reel, ask, 4 * HEIGHT, 4 * WIDTH, 24, asked.seed, said_of(asked, seconds)):
        shown += len(piece.frames)
        first_s = first_s or time.process_time() - start
        if shown // 240 > len(spent_s):
            spent_s.append(round(time.process_time() - before, 2))
            before = time.process_time()
    return {
        "seconds": shown / 24, "cpu_s to the first frames": round(first_s, 2), "cpu_s of ten seconds each": spent_s,
        "cpu_s": round(time.process_time() - start, 2),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }  # fmt: skip


def casts(count: int, camera: str) -> Iterator[Asked]:
    """Held-out scenes of one subject, the first that there are, with a camera that stands, or moves as its turn is."""
    alone = (asked for asked in map(asked_at, itertools.count(FIRST_SEED)) if asked.subjects == 1)
    for number, asked in enumerate(itertools.islice(alone, count)):
        move = "static" if camera == "static" else MOVING[number % len(MOVING)]
        filmed_by = replace(asked.scene.camera, move=move, strength=1.0)
        yield asked_of(replace(asked.scene, camera=filmed_by), asked.seed)


if __name__ == "__main__":
    main()
