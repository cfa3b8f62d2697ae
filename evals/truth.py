"""How right the measurements are: ``python -m evals.truth --scenes 300 --seed 70000 --out DIR``.

Random test scenes are filmed and encoded; claims that the renderer knows to be true, and foils that it knows to be
false, are put to the judge, who sees only the files. Rows are kept per scene, so that a stopped run goes on.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from evals.foils import FOIL, Known, foil_of, true_claims
from evals.scenes import board_of
from evals.statistics import LEAST_CLUSTERS, cluster_interval
from models.world.scene import Scene
from storyboards.claims import Claim
from storyboards.clock import FrameRate
from storyboards.critique import Verdict
from storyboards.storyboard import Storyboard
from tools.contract import Footage, request_for

SIZES = ((320, 180), (320, 180), (180, 320), (240, 240))
LONGEST_S = 5.0
FPS = 24
CRF = 20
Row = dict[str, Any]


def test_scene(seed: int) -> Scene:
    """The test scene of a seed, at most ``LONGEST_S`` long; an hour of the clock is not spent on the last seconds."""
    from models.world.sample import sample_scene

    scene = sample_scene(seed, split="test")
    if scene.duration_s > LONGEST_S:
        scene = sample_scene(seed, split="test", duration_s=LONGEST_S)
    # A shot has no word for the focus: the camera of a plan is on the first subject.
    return replace(scene, focus=0)


def film_frames(scene: Scene, width: int, height: int) -> tuple[np.ndarray, Known]:
    """All frames (T, H, W, 3) uint8 and the truth."""
    from models.world.render import Film

    film = Film(scene, width, height, FPS)
    return np.concatenate([block.numpy() for block in film.frames(32)]), Known.of(film)


def foley(known: Known) -> np.ndarray:
    """The (2, N) sound of the scene's events at 48 kHz."""
    from models.world.sound import render_events

    return render_events(known.truth.events, known.scene.duration_s, known.scene.seed).numpy()


def put_on_disk(frames_THWC: np.ndarray, wave: np.ndarray | None, folder: Path) -> Footage:
    """Encode, so that the judge sees what compression leaves."""
    from tools.media import FrameWriter, write_wave

    rate = FrameRate(numerator=FPS)
    height, width = frames_THWC.shape[1:3]
    with FrameWriter(folder / "take.mp4", width, height, rate, crf=CRF) as writer:
        writer.write(frames_THWC)
    if wave is not None:
        write_wave(folder / "take.wav", wave)
    return Footage(folder / "take.mp4", folder / "take.wav" if wave is not None else None, rate, len(frames_THWC))


@dataclass(frozen=True)
class Question:
    """A filmed scene on disk with the claims to be answered about it; ``claims`` has the foils at its end."""

    seed: int
    footage: Footage
    claims: tuple[Claim, ...]
    board: Storyboard


def film_seed(seed: int, folder: Path) -> Question:
    """Film the scene of a seed, or take it from ``folder`` if it was filmed before."""
    papers = folder / "question.json"
    rate = FrameRate(numerator=FPS)
    if papers.exists():
        kept = json.loads(papers.read_text(encoding="utf-8"))
        footage = Footage(folder / "take.mp4", folder / "take.wav", rate, kept["frames"])
        claims = tuple(Claim.model_validate(claim) for claim in kept["claims"])
        return Question(seed, footage, claims, Storyboard.model_validate(kept["board"]))
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    width, height = SIZES[seed % len(SIZES)]
    scene = test_scene(seed)
    board = board_of(scene, width, height, FPS)
    frames, known = film_frames(scene, width, height)
    claims = true_claims(board, known, rng)
    foils = tuple(foil for foil in (foil_of(claim, known, rng) for claim in claims) if foil is not None)
    footage = put_on_disk(frames, foley(known), folder)
    document = {"frames": len(frames), "board": board.document(),
                "claims": [claim.model_dump(mode="json") for claim in (*claims, *foils)]}  # fmt: skip
    draft = papers.with_suffix(".part")
    draft.write_text(json.dumps(document), encoding="utf-8")
    draft.replace(papers)
    return Question(seed, footage, (*claims, *foils), board)


def judge_seed(seed: int, takes: Path) -> list[Row]:
    """Rows for one scene: its true claims and their foils, judged."""
    import torch

    from tools.measure import Measurements

    torch.set_num_threads(1)
    question = film_seed(seed, takes / str(seed))
    request = request_for(question.board, question.board.shots[0])
    began = time.process_time()
    verdicts = Measurements().judge(question.footage, question.claims, request)
    spent = time.process_time() - began
    return [_row(seed, claim, verdict, spent) for claim, verdict in zip(question.claims, verdicts, strict=True)]


def _row(seed: int, claim: Claim, verdict: Verdict, spent_s: float) -> Row:
    return {
        "seed": seed, "kind": claim.kind, "claim": claim.id, "expected": claim.expected, "number": claim.number,
        "true": not claim.id.startswith(FOIL), "outcome": verdict.outcome, "measured": verdict.measured,
        "note": verdict.evidence.note, "confidence": verdict.confidence, "judge_cpu_s": round(spent_s, 2),
    }  # fmt: skip


def run(seeds: Sequence[int], out: Path, processes: int = 2) -> list[Row]:
    """Judge every seed that has no rows yet; return the rows of all. Takes are kept in ``out/takes``."""
    out.mkdir(parents=True, exist_ok=True)
    missing = [seed for seed in seeds if not (out / f"{seed}.json").exists()]
    if missing:
        with multiprocessing.get_context("spawn").Pool(processes) as pool:
            for done, rows in enumerate(
                pool.imap_unordered(partial(judge_seed, takes=out / "takes"), missing), start=1
            ):
                path = out / f"{rows[0]['seed']}.json"
                draft = path.with_suffix(".part")
                draft.write_text(json.dumps(rows), encoding="utf-8")
                draft.replace(path)
                if done % 25 == 0:
                    print(f"{done} of {len(missing)} scenes", flush=True)
    return [row for seed in seeds for row in json.loads((out / f"{seed}.json").read_text(encoding="utf-8"))]


def table(rows: Iterable[Row]) -> str:
    """Markdown: per kind the claims, accuracy where measured, sensitivity, specificity, unmeasurable share."""
    lines = [
        "| kind | true | foils | accuracy where measured [95 %] | sensitivity | specificity | unmeasurable |",
        "|---|--:|--:|---|--:|--:|--:|",
    ]
    kinds: dict[str, list[Row]] = {}
    for row in rows:
        kinds.setdefault(row["kind"], []).append(row)
    for kind, group in kinds.items():
        measured = [row for row in group if row["outcome"] != "unmeasurable"]
        hits = [float((row["outcome"] == "pass") == row["true"]) for row in measured]
        seeds = [row["seed"] for row in measured]
        enough = len(set(seeds)) >= LEAST_CLUSTERS
        accuracy = str(cluster_interval(hits, seeds)) if enough else "too few scenes"
        lines.append(
            f"| {kind} | {sum(r['true'] for r in group)} | {sum(not r['true'] for r in group)} | {accuracy} | "
            f"{_share(measured, True)} | {_share(measured, False)} | {1 - len(measured) / len(group):.1%} |"
        )
    return "\n".join(lines)


def _share(measured: list[Row], true: bool) -> str:
    group = [row for row in measured if row["true"] == true]
    right = sum((row["outcome"] == "pass") == true for row in group)
    return f"{right / len(group):.3f}" if group else "–"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--scenes", type=int, default=300)
    parser.add_argument("--seed", type=int, default=70_000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--again", action="store_true", help="judge the kept takes again")
    chosen = parser.parse_args()
    seeds = range(chosen.seed, chosen.seed + chosen.scenes)
    if chosen.again:
        for seed in seeds:
            (chosen.out / f"{seed}.json").unlink(missing_ok=True)
    began = time.perf_counter()
    rows = run(seeds, chosen.out, chosen.processes)
    times = [next(iter(group)) for group in {row["seed"]: [row["judge_cpu_s"]] for row in rows}.values()]
    print(table(rows))
    median, most = np.median(times), np.quantile(times, 0.95)
    print(f"\n{chosen.scenes} scenes, {len(rows)} claims, {time.perf_counter() - began:.0f} s")
    print(f"judging takes {median:.2f} s of one core for a scene (median), {most:.2f} s (95 %)")


if __name__ == "__main__":
    main()
