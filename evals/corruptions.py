"""What is caught: ``python -m evals.corruptions --scenes 24 --seed 80000``.

Each scene is judged clean and spoilt in one way at a time. A corruption is caught if a claim that it breaks fails; a
false alarm is a claim of the same kind that fails on the clean clip.
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from evals.scenes import board_of
from evals.truth import FPS, film_frames, foley, put_on_disk
from models.world.scene import Act, Actor, Camera, Cue, Scene
from models.world.vocabulary import COLOURS
from storyboards.claims import ClaimKind, shot_claims
from tools.contract import request_for

WIDTH, HEIGHT = 320, 180
Clip = tuple[np.ndarray, np.ndarray]
"""Frames (T, H, W, 3) and the (2, N) wave."""


@dataclass(frozen=True)
class Corruption:
    """``breaks``: kinds of claims that become false. ``spoil`` changes the clip, ``stage`` the scene."""

    breaks: tuple[ClaimKind, ...]
    spoil: Callable[[Clip], Clip] | None = None
    stage: Callable[[Scene], Scene] | None = None


def _recoloured(scene: Scene) -> Scene:
    """The lead in the colour farthest from its own in the table."""
    names = list(COLOURS)
    lead = scene.actors[0]
    other = names[(names.index(lead.colour) + 5) % len(names)]
    return replace(scene, actors=(replace(lead, colour=other), *scene.actors[1:]))


def _frozen(clip: Clip) -> Clip:
    frames = clip[0].copy()
    frames[len(frames) // 3 :] = frames[len(frames) // 3]
    return frames, clip[1]


def _black(clip: Clip) -> Clip:
    frames = clip[0].copy()
    frames[len(frames) // 2 : len(frames) // 2 + 6] = 4
    return frames, clip[1]


def _flickering(clip: Clip) -> Clip:
    gain = np.where(np.arange(len(clip[0])) % 2, 0.92, 1.0)[:, None, None, None]
    return (clip[0] * gain).astype(np.uint8), clip[1]


def late_by(seconds: float) -> Callable[[Clip], Clip]:
    """Sound that comes later (or, below zero, earlier) than it should."""

    def spoil(clip: Clip) -> Clip:
        shift = round(seconds * 48_000)
        wave = np.zeros_like(clip[1])
        if shift >= 0:
            wave[:, shift:] = clip[1][:, : clip[1].shape[1] - shift]
        else:
            wave[:, :shift] = clip[1][:, -shift:]
        return clip[0], wave

    return spoil


CORRUPTIONS: dict[str, Corruption] = {
    "wrong colour": Corruption(("colour",), stage=_recoloured),
    "pan reversed": Corruption(("camera",), spoil=lambda clip: (clip[0][::-1].copy(), clip[1])),
    "mirrored": Corruption(("camera", "direction"), spoil=lambda clip: (clip[0][:, :, ::-1].copy(), clip[1])),
    "frozen": Corruption(("freeze",), spoil=_frozen),
    "black": Corruption(("black",), spoil=_black),
    "flickering": Corruption(("flicker",), spoil=_flickering),
    "sped up": Corruption(("duration",), spoil=lambda clip: (clip[0][::2].copy(), clip[1])),
    "silent": Corruption(("sound",), spoil=lambda clip: (clip[0], np.zeros_like(clip[1]))),
    "sound 200 ms late": Corruption(("sound",), spoil=late_by(0.2)),
    "sound 200 ms early": Corruption(("sound",), spoil=late_by(-0.2)),
}


def staged(seed: int) -> Scene:
    """A test scene with what the corruptions can break: one mover, a panning camera, a call."""
    from models.world.sample import sample_scene
    from models.world.vocabulary import SUBJECTS

    scene = sample_scene(seed, split="test", duration_s=4.0)
    lead = scene.actors[0]
    kind = SUBJECTS[lead.subject]
    way = "right" if seed % 2 else "left"
    verb = next((v for v in ("walk", "fly", "run", "swim") if v in kind.actions), "stand")
    acts = (Act(verb, 0.0, 4.0, way),)
    side = "left" if way == "right" else "right"
    mover = Actor(lead.subject, lead.colour, lead.size, lead.accessories, lead.identity, acts, side, 0.0)
    cues = (Cue(kind.call or "bell", 1.3, 0),)
    camera = Camera("pan right" if seed % 4 < 2 else "pan left", "wide", 1.0)
    return replace(scene, actors=(mover,), cues=cues, camera=camera, exposure=0.0, focus=0)


def try_seed(seed: int) -> dict[str, dict[str, list[str]]]:
    """Outcomes per corruption (and ``clean``) and kind of claim."""
    import torch

    from tools.measure import Measurements

    torch.set_num_threads(1)
    scene = staged(seed)
    board = board_of(scene, WIDTH, HEIGHT, FPS)
    request, claims = request_for(board, board.shots[0]), shot_claims(board, board.shots[0])
    judge = Measurements()

    def outcomes(clip: Clip, kinds: tuple[ClaimKind, ...]) -> dict[str, list[str]]:
        asked = tuple(claim for claim in claims if claim.kind in kinds)
        with tempfile.TemporaryDirectory() as folder:
            verdicts = judge.judge(put_on_disk(clip[0], clip[1], Path(folder)), asked, request)
        rows: dict[str, list[str]] = {kind: [] for kind in kinds}
        for claim, verdict in zip(asked, verdicts, strict=True):
            rows[claim.kind].append(verdict.outcome)
        return rows

    def clip_of(shown: Scene) -> Clip:
        frames, known = film_frames(shown, WIDTH, HEIGHT)
        return frames, foley(known)

    clean = clip_of(scene)
    every = tuple(dict.fromkeys(kind for corruption in CORRUPTIONS.values() for kind in corruption.breaks))
    found = {"clean": outcomes(clean, every)}
    for name, corruption in CORRUPTIONS.items():
        clip = clip_of(corruption.stage(scene)) if corruption.stage else clean
        found[name] = outcomes(corruption.spoil(clip) if corruption.spoil else clip, corruption.breaks)
    return found


def table(found: list[dict[str, dict[str, list[str]]]]) -> str:
    """Markdown: per corruption the clips in which it was caught, missed, or could not be told, and false alarms."""
    head = "| corruption | breaks | caught | missed | cannot tell | false alarms on the clean clip |"
    lines = [head, "|---|---|--:|--:|--:|--:|"]
    for name, corruption in CORRUPTIONS.items():
        caught = missed = unsure = alarms = 0
        for row in found:
            outcomes = [o for kind in corruption.breaks for o in row[name][kind]]
            before = [o for kind in corruption.breaks for o in row["clean"][kind]]
            caught += "fail" in outcomes
            unsure += "fail" not in outcomes and "unmeasurable" in outcomes
            missed += "fail" not in outcomes and "unmeasurable" not in outcomes
            alarms += "fail" in before
        kinds = ", ".join(corruption.breaks)
        lines.append(f"| {name} | {kinds} | {caught}/{len(found)} | {missed} | {unsure} | {alarms}/{len(found)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--scenes", type=int, default=24)
    parser.add_argument("--seed", type=int, default=80_000)
    parser.add_argument("--processes", type=int, default=2)
    chosen = parser.parse_args()
    began = time.perf_counter()
    seeds = range(chosen.seed, chosen.seed + chosen.scenes)
    with multiprocessing.get_context("spawn").Pool(chosen.processes) as pool:
        found = pool.map(try_seed, seeds, chunksize=1)
    print(table(found))
    print(f"\n{chosen.scenes} scenes, {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
