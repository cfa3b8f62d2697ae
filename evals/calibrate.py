"""Can the judge be believed? Claims whose truth is known, put to it; every scene is kept, so a stopped run goes on.

OUT/rows/PART/JUDGE/SEED.json    what was answered     OUT/calibration.json, .md    the numbers and the tables
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evals.corruptions import CORRUPTIONS, HEIGHT, WIDTH, Clip, staged
from evals.foils import FOIL
from evals.judging import bins, ece, kind_row
from evals.ladders import EXPLOITS, LADDERS, NULLS
from evals.records import read_json, write_json, write_text
from evals.scenes import board_of
from evals.tally import count, share
from evals.truth import FPS, Question, film_frames, film_seed, foley, put_on_disk
from storyboards.claims import Claim, shot_claims
from storyboards.critique import Verdict
from storyboards.errors import UnknownName
from tools.contract import Footage, Judge, request_for

if TYPE_CHECKING:
    from storyboards.storyboard import Storyboard

SCHEMA = "storyreel.calibration/1"
PARTS = ("pairs", "ladders", "crosstalk", "nulls", "exploits")
SECOND_SEED = 500_000
"""Scenes of the other parts begin so far after those of the pairs."""
Row = dict[str, Any]
Watch = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Calibrating:
    """A calibration in a folder.

    Attributes:
        judges: measurements, judges that look, or both; each is calibrated by itself.
        scenes: of the pairs; ``others`` of every other part.
    """

    out: Path
    judges: tuple[Judge, ...]
    seed: int = 60_000
    scenes: int = 200
    others: int = 24
    parts: tuple[str, ...] = PARTS


def calibrate(job: Calibrating, watch: Watch = lambda what, number, count: None) -> Row:
    """Ask everything that was not asked before, and return the calibration.

    Raises:
        UnknownName: no such part.
    """
    strange = set(job.parts) - set(PARTS)
    if strange:
        raise UnknownName(f"there is no part {sorted(strange)[0]!r}.", next_step=f"Choose from {', '.join(PARTS)}.")
    asked = {"pairs": ask_pairs, "ladders": ask_ladders, "crosstalk": ask_crosstalk, "nulls": ask_nulls,
             "exploits": ask_exploits}  # fmt: skip
    document: Row = {"schema_version": SCHEMA, "seed": job.seed, "scenes": job.scenes, "judges": []}
    for judge in job.judges:
        found: dict[str, list[Row]] = {}
        for part in job.parts:
            found[part] = []
            for number, seed in enumerate(_seeds(job, part), start=1):
                watch(f"{judge.name}: {part}", number, len(_seeds(job, part)))
                found[part] += _kept(job, part, judge, seed, partial(asked[part], judge, seed, job.out / "takes"))
        document["judges"].append(_judge_row(judge, found))
    write_json(job.out / "calibration.json", document)
    write_text(job.out / "calibration.md", tables(document))
    return document


def _seeds(job: Calibrating, part: str) -> range:
    if part == "pairs":
        return range(job.seed, job.seed + job.scenes)
    return range(job.seed + SECOND_SEED, job.seed + SECOND_SEED + job.others)


def _kept(job: Calibrating, part: str, judge: Judge, seed: int, ask: Callable[[], list[Row]]) -> list[Row]:
    """The rows of a scene, from the disk if this version of the judge was asked before."""
    path, version = job.out / "rows" / part / judge.name / f"{seed}.json", str(getattr(judge, "version", ""))
    known = read_json(path)
    if isinstance(known, dict) and known.get("version") == version:
        return list(known["rows"])
    rows = ask()
    write_json(path, {"version": version, "rows": rows})
    return rows


def _row(seed: int, claim: Claim, verdict: Verdict, true: bool, **more: object) -> Row:
    judge = "measure" if verdict.judge == "measure" else verdict.judge
    return {"seed": seed, "kind": claim.kind, "claim": claim.id, "true": true, "outcome": verdict.outcome,
            "confidence": verdict.confidence, "judge": judge, **more}  # fmt: skip


def ask_pairs(judge: Judge, seed: int, takes: Path) -> list[Row]:
    """True claims of a scene and their foils, and what only a judge that knows things can tell."""
    question = film_seed(seed, takes / str(seed))
    request = request_for(question.board, question.board.shots[0])
    claims = (*question.claims, *known_things(question))
    verdicts = judge.judge(question.footage, claims, request)
    return [_row(seed, c, v, not c.id.startswith(FOIL)) for c, v in zip(claims, verdicts, strict=True)]


def known_things(question: Question) -> tuple[Claim, ...]:
    """Subjects that are seen, what they do, the place, and foils of each."""
    from tools.judge_foils import plan_foil

    board, rng = question.board, np.random.default_rng(question.seed)
    request = request_for(board, board.shots[0])
    seen = {claim.element for claim in question.claims if claim.kind == "colour" and not claim.id.startswith(FOIL)}
    made: list[Claim] = []
    for claim in shot_claims(board, board.shots[0]):
        if claim.kind == "setting" or (claim.kind in ("subject", "action") and claim.element in seen):
            foil = plan_foil(claim, request, rng)
            made += [claim] if foil is None else [claim, foil]
    return tuple(made)


def _stage(seed: int) -> tuple[Storyboard, Clip]:
    """A scene with what faults can break, on a plan of one shot, and its clean clip."""
    scene = staged(seed)
    frames, known = film_frames(scene, WIDTH, HEIGHT)
    return board_of(scene, WIDTH, HEIGHT, FPS), (frames, foley(known))


def _ask(judge: Judge, clip: Clip, board: Storyboard, folder: Path, claims: Sequence[Claim]) -> tuple[Verdict, ...]:
    """The verdicts on a clip that lies on the disk only while it is looked at."""
    folder.mkdir(parents=True, exist_ok=True)
    footage = put_on_disk(clip[0], clip[1], folder)
    verdicts = judge.judge(footage, tuple(claims), request_for(board, board.shots[0]))
    for path in (footage.video, footage.sound):
        if path is not None:
            path.unlink()
    return verdicts


def ask_ladders(judge: Judge, seed: int, takes: Path) -> list[Row]:
    """Every dose of every fault, on the claims it should break."""
    board, clean = _stage(seed)
    rows = []
    for ladder in LADDERS:
        claims = [c for c in shot_claims(board, board.shots[0]) if c.kind == ladder.breaks]
        for dose in ladder.doses:
            verdicts = _ask(judge, ladder.spoil(clean, dose), board, takes / f"ladder-{seed}", claims)
            rows += [_row(seed, c, v, dose == 0, ladder=ladder.name, dose=dose)
                     for c, v in zip(claims, verdicts, strict=True)]  # fmt: skip
    return rows


def ask_crosstalk(judge: Judge, seed: int, takes: Path) -> list[Row]:
    """Every corruption on every claim: only the kinds that it breaks may move."""
    board, clean = _stage(seed)
    claims = shot_claims(board, board.shots[0])
    rows = []
    for name in ("clean", *CORRUPTIONS):
        clip = clean
        if name != "clean":
            fault = CORRUPTIONS[name]
            if fault.stage is not None:
                frames, known = film_frames(fault.stage(staged(seed)), WIDTH, HEIGHT)
                clip = frames, foley(known)
            clip = fault.spoil(clip) if fault.spoil else clip
        verdicts = _ask(judge, clip, board, takes / f"crosstalk-{seed}", claims)
        rows += [_row(seed, c, v, name == "clean", fault=name) for c, v in zip(claims, verdicts, strict=True)]
    return rows


def ask_nulls(judge: Judge, seed: int, takes: Path) -> list[Row]:
    """Changes that must change nothing, beside the clean clip."""
    board, clean = _stage(seed)
    claims = shot_claims(board, board.shots[0])
    rows = []
    for name in ("clean", *NULLS):
        asked: Sequence[Claim] = claims
        if name == "paraphrased":
            asked = [c.model_copy(update={"text": f"It is true that {c.text[0].lower()}{c.text[1:]}"}) for c in claims]
        clip = NULLS[name](clean) if name in NULLS else clean
        if name in ("crf 28", "renamed"):
            verdicts = _ask_file(judge, clip, board, takes / f"nulls-{seed}", asked, name)
        else:
            verdicts = _ask(judge, clip, board, takes / f"nulls-{seed}", asked)
        rows += [_row(seed, c, v, True, change=name) for c, v in zip(asked, verdicts, strict=True)]
    return rows


def _ask_file(
    judge: Judge, clip: Clip, board: Storyboard, folder: Path, claims: Sequence[Claim], change: str
) -> tuple[Verdict, ...]:
    """The clip encoded worse, or under a name that says it is good."""
    from tools.media import FrameWriter

    folder.mkdir(parents=True, exist_ok=True)
    first = put_on_disk(clip[0], clip[1], folder)
    if change == "renamed":
        video = first.video.rename(folder / "score-10-of-10_perfect.mp4")
    else:
        video = folder / "take-28.mp4"
        with FrameWriter(video, clip[0].shape[2], clip[0].shape[1], first.rate, crf=28) as writer:
            writer.write(clip[0])
    footage = Footage(video, first.sound, first.rate, first.frames)
    verdicts = judge.judge(footage, tuple(claims), request_for(board, board.shots[0]))
    for path in {first.video, video, first.sound}:
        if path is not None:
            path.unlink(missing_ok=True)
    return verdicts


def ask_exploits(judge: Judge, seed: int, takes: Path) -> list[Row]:
    """What might be handed in for nothing, beside the clean clip."""
    board, clean = _stage(seed)
    claims = shot_claims(board, board.shots[0])
    rows = []
    for name in ("clean", *EXPLOITS):
        clip = EXPLOITS[name](clean) if name in EXPLOITS else clean
        verdicts = _ask(judge, clip, board, takes / f"exploits-{seed}", claims)
        rows += [_row(seed, c, v, name == "clean", exploit=name) for c, v in zip(claims, verdicts, strict=True)]
    return rows


def _judge_row(judge: Judge, found: dict[str, list[Row]]) -> Row:
    pairs = found.get("pairs", [])
    kinds = list(dict.fromkeys(row["kind"] for row in pairs))
    told = [row for row in pairs if row["outcome"] != "unmeasurable"]
    return {
        "name": judge.name, "version": str(getattr(judge, "version", "")),
        "kinds": [kind_row(kind, [row for row in pairs if row["kind"] == kind]) for kind in kinds],
        "reliability": bins(told), "ece": round(ece(told), 4) if told else 0.0,
        "ladders": ladder_rows(found.get("ladders", [])), "crosstalk": crosstalk_rows(found.get("crosstalk", [])),
        "nulls": null_rows(found.get("nulls", [])), "exploits": exploit_rows(found.get("exploits", [])),
    }  # fmt: skip


def _failing(rows: Iterable[Row]) -> float | None:
    kept = share(count(row["outcome"] for row in rows))
    return None if kept is None else round(1 - kept, 4)


def ladder_rows(rows: list[Row]) -> list[Row]:
    """Per ladder and dose the share of told claims that fail, and how many were told."""
    made = []
    for ladder in LADDERS:
        steps = []
        for dose in ladder.doses:
            group = [row for row in rows if row["ladder"] == ladder.name and row["dose"] == dose]
            told = sum(row["outcome"] != "unmeasurable" for row in group)
            steps.append({"dose": dose, "claims": len(group), "told": told, "fail": _failing(group)})
        made.append({"name": ladder.name, "unit": ladder.unit, "kind": ladder.breaks, "steps": steps})
    return made if rows else []


def crosstalk_rows(rows: list[Row]) -> list[Row]:
    """Per fault and kind how many more of the claims that passed clean now fail, as a share."""
    clean = {(r["seed"], r["claim"]): r["outcome"] for r in rows if r["fault"] == "clean"}
    made = []
    for fault in CORRUPTIONS:
        moved: dict[str, list[bool]] = {}
        for row in rows:
            if row["fault"] == fault and clean[row["seed"], row["claim"]] == "pass":
                moved.setdefault(row["kind"], []).append(row["outcome"] == "fail")
        kinds = {kind: round(float(np.mean(flags)), 4) for kind, flags in moved.items()}
        made.append({"fault": fault, "breaks": list(CORRUPTIONS[fault].breaks), "kinds": kinds})
    return made if rows else []


def null_rows(rows: list[Row]) -> list[Row]:
    """Per change the share of told verdicts that turned round, and that of verdicts that were lost or won."""
    clean = {(r["seed"], r["claim"]): r["outcome"] for r in rows if r["change"] == "clean"}
    made = []
    for change in NULLS:
        group = [(clean[r["seed"], r["claim"]], r["outcome"]) for r in rows if r["change"] == change]
        both = [(a, b) for a, b in group if "unmeasurable" not in (a, b)]
        made.append({
            "change": change, "claims": len(group), "flips": round(sum(a != b for a, b in both) / max(1, len(both)), 4),
            "told or not": round(sum((a == "unmeasurable") != (b == "unmeasurable") for a, b in group)
                                 / max(1, len(group)), 4),
        })  # fmt: skip
    return made if rows else []


def exploit_rows(rows: list[Row]) -> list[Row]:
    """Per exploit the share of all claims that pass, that of the clean clip, and how often it scores below it."""
    by_clip: dict[tuple[int, str], list[str]] = {}
    for row in rows:
        by_clip.setdefault((row["seed"], row["exploit"]), []).append(row["outcome"])
    kept = {key: outcomes.count("pass") / len(outcomes) for key, outcomes in by_clip.items()}
    seeds = sorted({seed for seed, _ in kept})
    made = []
    for name in EXPLOITS:
        below = [kept[seed, name] < kept[seed, "clean"] for seed in seeds]
        made.append({
            "exploit": name, "kept": round(float(np.mean([kept[seed, name] for seed in seeds] or [0])), 4),
            "clean": round(float(np.mean([kept[seed, "clean"] for seed in seeds] or [0])), 4),
            "below": sum(below), "clips": len(below),
        })  # fmt: skip
    return made if rows else []


def tables(document: Row) -> str:
    """Markdown of everything, per judge."""
    from evals.calibration_tables import judge_tables

    return "\n\n".join(judge_tables(judge) for judge in document["judges"]) + "\n"
