"""Does teaching work: are taught moves, styles and figures in scenes that were never shown, alone and all at once?

``python -m evals.concepts --json concepts.json --sheets sheets/`` teaches four moves, five styles and six figures, each
from a few files (:mod:`evals.concept_lessons`), films held-out captions with and without them, and says what holds. It
takes about five processor minutes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from evals.adherence_camera import CameraPaths, camera_paths, pooled_r, r_interval
from evals.adherence_reel import ReelMaker
from evals.adherence_scenes import Asked, asked_at, asked_of
from evals.concept_lessons import (
    FIRST_FILE,
    MOVES,
    ODD,
    STYLES,
    lesson_files,
    moved_clip,
    scenes_with,
    true_path,
    true_sheet,
)  # fmt: skip
from evals.statistics import cluster_bootstrap, cluster_interval
from models.concepts import SHEET, Concept
from models.layers.views import sheet_picture
from models.reader import load_reader
from models.reel import Ask, Made, Making, Reel
from tools.backends.reel_taught import faithful, unmoved
from tools.teach import Kind, Lesson, teach

FIRST_CLIP, FIRST_PICTURE, FIRST_ODD, FIRST_ALL = 6_510_000, 6_520_000, 6_700_000, 6_540_000
PART = 7
"""Pixels of a sheet over which colours are compared."""
HELD = 0.8
"""Correlation of a clip's measured path with the true one from which its camera is said to make the move."""


@dataclass
class Sheet:
    """Rows of pictures, (3, H, W) each, for people to look at."""

    rows: list[torch.Tensor] = field(default_factory=list)

    def add(self, pictures: Sequence[torch.Tensor]) -> None:
        sized = [torch.nn.functional.interpolate(p[None], (128, 224), mode="area")[0] for p in pictures]
        self.rows.append(torch.cat(sized, -1))

    def write(self, path: Path) -> None:
        from evals.concept_lessons import write_png

        widest = max(row.shape[-1] for row in self.rows)
        write_png(torch.cat([torch.nn.functional.pad(r, (0, widest - r.shape[-1])) for r in self.rows], -2), path)


class Bench:
    """A generator and what it was taught.

    Args:
        folder: for the files that it is taught from.
    """

    def __init__(self, reel: Reel, folder: Path) -> None:
        self.maker, self.folder, self.taught = ReelMaker(reel), folder, dict[str, Concept]()

    def teach(self, name: str, kind: Kind, files: int, figure: str = "") -> Concept:
        """Teach one thing from files, as a person would."""
        lesson = Lesson(name, lesson_files(name, self.folder, files), kind, figure=figure)
        learned = teach(lesson, load=lambda: self.maker.reel)
        self.taught[name] = Concept.from_bytes(learned.content)
        return self.taught[name]

    def ask(self, asked: Asked, move: str = "", figure: str = "") -> Ask:
        """What is asked with a move and a figure."""
        ask = self.maker.ask(asked)
        if move:
            told = unmoved(asked.caption, asked.scene)
            ask = replace(ask, caption=told, path=self.taught[move].path_on(ask.canvas))
        if figure:
            ask = replace(ask, references=((0, self.taught[figure].tensors[SHEET].float() / 255),))
        return ask

    def clip(self, ask: Ask, seed: int) -> tuple[Made, torch.Tensor]:
        made = self.maker.reel.clip(ask, seed, self._making(ask))
        return made, self.maker.shown(made)

    def picture(self, ask: Ask, seed: int) -> tuple[Made, torch.Tensor]:
        made = self.maker.reel.picture(ask, seed, self._making(ask))
        return made, self.maker.shown(made, 2)[0]

    def _making(self, ask: Ask) -> Making:
        return faithful(self.maker.reel.making) if ask.references else self.maker.reel.making


def still_asked(seed: int) -> Asked:
    """A held-out caption whose camera stands still."""
    scene = asked_at(seed).scene
    return asked_of(replace(scene, camera=replace(scene.camera, move="static")), seed)


def cameras(bench: Bench, clips: int, sheet: Sheet) -> dict[str, Any]:
    """Measured against true paths, with the move and without, over ``clips`` captions a move."""
    rows: dict[str, dict[str, list[CameraPaths]]] = {name: {"with": [], "without": []} for name in MOVES}
    asks = [still_asked(FIRST_CLIP + k) for k in range(clips)]
    plain, net = [bench.clip(bench.ask(asked), asked.seed)[1] for asked in asks], load_reader()
    for name in MOVES:
        bench.teach(name, "camera", 5)
        for asked, without in zip(asks, plain, strict=True):
            _, video = bench.clip(bench.ask(asked, name), asked.seed)
            rows[name]["with"].append(camera_paths(video, true_path(name), net))
            rows[name]["without"].append(camera_paths(without, true_path(name), net))
            if asked is asks[0]:
                sheet.add([*video[:: len(video) // 6]])
    told: dict[str, Any] = {}
    for way in ("with", "without"):
        each = [path for name in MOVES for path in rows[name][way]]
        # Clips of one caption share their scenery.
        kept = [float(pooled_r([path]) >= HELD) for path in each]
        told[way] = {"r": str(r_interval(each)), "holds": str(cluster_interval(kept, [*range(clips)] * len(MOVES)))}
    files = [camera_paths(moved_clip(n, FIRST_FILE + k), true_path(n), net) for n in MOVES for k in range(5)]
    told["in the files, with true moves"] = {
        "r": str(r_interval(files)),
        "holds": str(cluster_interval([float(pooled_r([p]) >= HELD) for p in files], [*range(len(files))])),
    }  # fmt: skip
    told["by move"] = {name: round(pooled_r(rows[name]["with"]), 3) for name in MOVES}
    return told


def nearest_style(shown_3HW: torch.Tensor, plain_3HW: torch.Tensor) -> str:
    """The style whose true filter makes of the plain picture what is nearest to the one that is shown; "" for none."""
    there = {name: style(plain_3HW[None])[0].clamp(0, 1) for name, style in STYLES.items()} | {"": plain_3HW}
    return min(there, key=lambda name: float((shown_3HW - there[name]).square().mean()))


def decibels(first: torch.Tensor, second: torch.Tensor) -> float:
    return float(-10 * torch.log10((first - second).square().mean().clamp_min(1e-9)))


def styles(bench: Bench, pictures: int, sheet: Sheet) -> dict[str, Any]:
    """How near pictures come to what the style makes of them, and which style they are nearest to."""
    asks = [asked_at(FIRST_PICTURE + k) for k in range(pictures)]
    plain = [bench.picture(bench.ask(asked), asked.seed)[1] for asked in asks]
    sheet.add(plain[:6])
    right: list[float] = []
    near: list[float] = []
    far: list[float] = []
    for name, style in STYLES.items():
        grade = bench.teach(name, "style", 6).grade()
        shown = [grade.applied(picture[None])[0] for picture in plain]
        true = [style(picture[None])[0].clamp(0, 1) for picture in plain]
        right += [float(nearest_style(made, picture) == name) for made, picture in zip(shown, plain, strict=True)]
        near += [decibels(made, wanted) for made, wanted in zip(shown, true, strict=True)]
        far += [decibels(picture, wanted) for picture, wanted in zip(plain, true, strict=True)]
        sheet.add([*true[:3], *shown[:3]])
    clusters = [*range(pictures)] * len(STYLES)
    return {
        "nearest is the taught one": str(cluster_interval(right, clusters)), "without": 0.0,
        "dB to the true style": str(cluster_bootstrap(near, clusters)),
        "dB without": str(cluster_bootstrap(far, clusters)),
    }  # fmt: skip


def off(made_4SS: torch.Tensor, true_4SS: torch.Tensor) -> float:
    """Root mean square difference of two standing figures' colours, part by part (within ``PART`` pixels of 64) where
    both are, their lights made equal."""
    blur = torch.nn.functional.avg_pool2d
    first, second = (blur(each[None], PART, 1, PART // 2)[0] for each in (made_4SS, true_4SS))
    both = (first[3:] * second[3:]).clamp_min(0)
    one, other = (each[:3] / each[3:].clamp_min(1e-3) for each in (first, second))
    gain = (other * both).sum() / (one * both).sum().clamp_min(1e-3)
    return float(((gain * one - other).square() * both).sum().div(3 * both.sum().clamp_min(1)).sqrt())


def named(made_4SS: torch.Tensor, name: str) -> bool:
    """Is a standing figure nearer to the odd one than to one that is what the caption's words say?"""
    odd = ODD[name]
    own = true_sheet(odd.subject, odd.colour, odd.identity, odd.channels)
    twin = true_sheet(odd.subject, odd.said, odd.identity)
    return off(made_4SS, own) < off(made_4SS, twin)


def sheet_of(bench: Bench, made: Made) -> torch.Tensor:
    """The first figure of what was made, standing, premultiplied."""
    part = next(part for part in made.parts if part.role == "sheet")
    codec: Any = bench.maker.reel.codec
    return sheet_picture(codec, part)


def figures(bench: Bench, scenes: int, sheet: Sheet) -> dict[str, Any]:
    """Figures in unseen scenes: nearer to who was taught than to one that the caption's words say?"""
    kept: dict[str, list[float]] = {"with": [], "without": []}
    gaps: dict[str, list[float]] = {"with": [], "without": []}
    clusters = []
    for name, odd in ODD.items():
        bench.teach(name, "character", 6, f"{odd.said} {odd.subject}")
        row = [_on_grey(true_sheet(odd.subject, odd.colour, odd.identity, odd.channels))]
        for number, scene in enumerate(scenes_with(odd, scenes, FIRST_ODD, "test")):
            said = replace(scene, actors=(replace(scene.actors[0], colour=odd.said),))
            asked = asked_of(said, FIRST_ODD + number)
            clusters.append(f"{name}{number}")
            for way in ("without", "with"):
                made, picture = bench.picture(bench.ask(asked, figure=name if way == "with" else ""), asked.seed)
                stands = sheet_of(bench, made)
                kept[way].append(float(named(stands, name)))
                gaps[way].append(off(stands, true_sheet(odd.subject, odd.colour, odd.identity, odd.channels)))
                row.append(picture)
        sheet.add(row[:7])
    told = {way: {"is the taught one": str(cluster_interval(kept[way], clusters)),
                  "off by": str(cluster_bootstrap(gaps[way], clusters))} for way in kept}  # fmt: skip
    return {
        **told,
        "gain": str(cluster_bootstrap([a - b for a, b in zip(gaps["without"], gaps["with"], strict=True)], clusters)),
    }


def _on_grey(premultiplied_4SS: torch.Tensor) -> torch.Tensor:
    return premultiplied_4SS[:3] + (1 - premultiplied_4SS[3:]) * 0.5


def together(bench: Bench, clips: int, sheet: Sheet) -> dict[str, Any]:
    """A move, a style and a figure in one clip, each measured as alone."""
    moves, looks, who = list(MOVES), list(STYLES), list(ODD)
    paths, styled, same = [], [], []
    for k in range(clips):
        move, look, name = moves[k % len(moves)], looks[k % len(looks)], who[k % len(who)]
        odd = ODD[name]
        scene = scenes_with(odd, 1, FIRST_ALL + 1000 * k, "test")[0]
        said = replace(
            scene, actors=(replace(scene.actors[0], colour=odd.said),), camera=replace(scene.camera, move="static")
        )
        asked = asked_of(said, FIRST_ALL + k)
        made, video = bench.clip(bench.ask(asked, move, name), asked.seed)
        shown = bench.taught[look].grade().applied(video)
        paths.append(camera_paths(shown, true_path(move)))  # no eye knows who is who in a taught style
        styled.append(float(nearest_style(shown[0], video[0]) == look))
        same.append(float(named(sheet_of(bench, made), name)))
        if k < 4:
            sheet.add([*shown[:: len(shown) // 6]])
    number = [*range(clips)]
    return {
        "camera r": str(r_interval(paths)), "style": str(cluster_interval(styled, number)),
        "figure": str(cluster_interval(same, number)),
    }  # fmt: skip


def untouched(bench: Bench, before: str) -> bool:
    """Does the generator make, bit for bit, what it made before it was taught anything?"""
    return before == marks(bench)


def marks(bench: Bench) -> str:
    """sha256 of the frames of two clips that name nothing taught."""
    digest = hashlib.sha256()
    for seed in (FIRST_CLIP, FIRST_CLIP + 1):
        digest.update(bench.clip(bench.ask(asked_at(seed)), seed)[1].numpy().tobytes())
    return digest.hexdigest()


def measure(reel: Reel, scale: float, sheets: Path | None) -> dict[str, Any]:
    """Everything; ``scale`` 1 films what the docs say."""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(reel, Path(folder))
        before = marks(bench)
        works = {
            "camera": (cameras, 10),
            "style": (styles, 20),
            "character": (figures, 5),
            "all at once": (together, 12),
        }
        told: dict[str, Any] = {}
        for name, (work, count) in works.items():
            sheet = Sheet()
            told[name] = work(bench, max(8 if name != "character" else 2, round(count * scale)), sheet)
            if sheets is not None:
                sheets.mkdir(parents=True, exist_ok=True)
                sheet.write(sheets / f"{name.replace(' ', '-')}.png")
        told["base unchanged"] = untouched(bench, before)
        told["teaching"] = {
            name: {"bytes": len(concept.to_bytes()), "cpu_minutes": concept.card["cpu_minutes"]}
            for name, concept in bench.taught.items()
        }
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--scale", type=float, default=1.0, help="share of the captions that are filmed")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--sheets", type=Path, help="folder for pictures to look at")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    told = measure(Reel.load(), chosen.scale, chosen.sheets)
    text = json.dumps(told, indent=1)
    print(text)
    if chosen.json:
        chosen.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
