"""Fit what turns the own judges' evidence into probabilities: ``python -m evals.trust --role critic``.

Scenes whose truth is known are filmed and encoded (``evals.truth``); true claims and foils are put to the judge's
network, and a regression per kind is fitted on what it saw. The seeds are used for nothing else. Scenes and evidence
are kept, so that a stopped run goes on.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from evals.calibrate import known_things
from evals.foils import FOIL
from evals.records import read_json, write_json
from evals.scenes import board_of
from evals.truth import FPS, SIZES, Question, film_frames, film_seed, foley, put_on_disk, test_scene
from models.world.scene import Actor, Scene
from models.world.vocabulary import ACCESSORIES, COLOURS
from storyboards.claims import Claim, shot_claims
from tools.contract import Footage, ShotRequest, request_for
from tools.judge_foils import plan_foil, restate
from tools.own_judge import ROLES, Looked, OwnJudge, continuity, evidence, fitted_as, weights_hash

FIRST_SEED, PAIR_SEED = 310_000, 340_000
Row = dict[str, Any]


def claims_of(question: Question) -> tuple[Claim, ...]:
    """Everything that a scene can be asked: true claims, foils however near, foils of the plan, and its exposure."""
    board, rng = question.board, np.random.default_rng([question.seed, 3])
    request = request_for(board, board.shots[0])
    asked = [*question.claims, *known_things(question)]
    for claim in question.claims:
        if not claim.id.startswith(FOIL) and claim.kind in ("setting", "time", "weather", "colour", "camera"):
            foil = plan_foil(claim, request, rng)
            asked += [foil] if foil is not None else []
    return (*asked, *exposure_claims(question))


def exposure_claims(question: Question) -> Iterator[Claim]:
    """A shot that was asked to be darker is, and is not brighter; one that was asked for nothing is neither."""
    board = question.board
    mine = next((claim for claim in shot_claims(board, board.shots[0]) if claim.kind == "exposure"), None)
    if mine is not None:
        yield mine
        yield restate(mine, expected="brighter" if mine.expected == "darker" else "darker")
        return
    word = ("darker", "brighter")[question.seed % 2]
    text = f"The shot is {word} than the light of the scene alone."
    yield Claim(id=f"{FOIL}s1.exposure", kind="exposure", text=text, shot_id="s1", expected=word)


def scene_rows(judge: OwnJudge, seed: int, takes: Path) -> list[Row]:
    """Evidence for every claim of a scene, with its truth."""
    question = film_seed(seed, takes / str(seed))
    request = request_for(question.board, question.board.shots[0])
    looked = judge.look(question.footage, request)
    rows = []
    for claim in claims_of(question):
        answer = evidence(claim, looked, request)
        if answer is not None and answer.known:
            rows.append(_row(seed, fitted_as(claim), not claim.id.startswith(FOIL), answer.features))
    return rows


def _row(seed: int, kind: str, true: bool, features: tuple[float, ...]) -> Row:
    return {"seed": seed, "kind": kind, "true": true, "features": [round(v, 5) for v in features]}


def pair_rows(judge: OwnJudge, seed: int, takes: Path) -> list[Row]:
    """Evidence for the lead of one scene being that of another: it is, or it has another colour or other clothes."""
    rng = np.random.default_rng([seed, 9])
    first = test_scene(seed)
    if not first.actors:
        return []
    same = moved(first, seed)
    if same is None:
        return []
    changed = replace(same, actors=(otherwise(same.actors[0], rng), *same.actors[1:]))
    looks = [_looked(judge, scene, takes / f"{seed}-{n}") for n, scene in enumerate((first, same, changed))]
    lead = first.actors[0].subject
    claim = Claim(id="s2.continuity.a", kind="continuity", text=f"The {lead} looks the same as in shot s1.",
                  shot_id="s2", other="s1", expected=lead)  # fmt: skip
    rows = []
    for (looked, request), true in ((looks[1], True), (looks[2], False)):
        answer = continuity(claim, looked, looks[0][0], request)
        if answer.known:
            rows.append(_row(seed, "continuity", true, answer.features))
    return rows


def moved(scene: Scene, seed: int) -> Scene | None:
    """Another scene in which the lead is the same figure."""
    from models.reader_cache import lead_elsewhere

    return replace(lead_elsewhere(scene, 800_000_000 + 5000 * seed, "test", 3.0), focus=0)


def otherwise(actor: Actor, rng: np.random.Generator) -> Actor:
    """The actor in another colour or, if it wears anything, in other clothes, and always another identity."""
    fresh = replace(actor, identity=int(rng.integers(1 << 30)))
    if actor.accessories and rng.random() < 0.5:
        worn = tuple(
            replace(each, name=str(rng.choice([a for a in ACCESSORIES if a != each.name])))
            for each in actor.accessories
        )
        return replace(fresh, accessories=worn)
    return replace(fresh, colour=str(rng.choice([c for c in COLOURS if c != actor.colour])))


def _looked(judge: OwnJudge, scene: Scene, folder: Path) -> tuple[Looked, ShotRequest]:
    width, height = SIZES[0]
    board = board_of(scene, width, height, FPS)
    request = request_for(board, board.shots[0])
    video = folder / "take.mp4"
    if not video.exists():
        folder.mkdir(parents=True, exist_ok=True)
        frames, known = film_frames(scene, width, height)
        put_on_disk(frames, foley(known), folder)
    from storyboards.clock import FrameRate

    return judge.look(Footage(video, None, FrameRate(numerator=FPS), board.shots[0].frames), request), request


def gather(role: str, out: Path, scenes: int, pairs: int) -> list[Row]:
    """The evidence of every scene and pair, from the disk where this judge's weights have looked before."""
    judge = Bare(role)
    rows: list[Row] = []
    jobs = [(FIRST_SEED + n, scene_rows) for n in range(scenes)] + [(PAIR_SEED + n, pair_rows) for n in range(pairs)]
    for number, (seed, ask) in enumerate(jobs, start=1):
        path = out / role / f"{seed}.json"
        kept = read_json(path)
        if not isinstance(kept, dict) or kept.get("weights") != judge.mark:
            kept = {"weights": judge.mark, "rows": ask(judge, seed, out / "takes")}
            write_json(path, kept)
        rows += kept["rows"]
        if number % 20 == 0:
            print(f"{role}: {number} of {len(jobs)}", flush=True)
    return rows


class Bare(OwnJudge):
    """The judge before anything is fitted: it looks and listens, and gives no verdicts."""

    def __init__(self, role: str) -> None:
        from models.judge.ear import ear_card, load_ear
        from models.judge.network import card_path, load_sight

        self.role = role
        self._sight, _ = load_sight(card_path(role))
        self._ear = load_ear(ear_card(role))
        self._kept = {}
        self.hashes = tuple(weights_hash(path) for path in (card_path(role), ear_card(role)))
        self.mark = ".".join(mark[:16] for mark in self.hashes)


def fit(role: str, rows: list[Row], path: Path) -> dict[str, Any]:
    """Fit every kind that has at least 30 claims of either truth, and write the regressions.

    Returns:
        Per kind: claims, and over five parts of the scenes, each told by the other four, the share told rightly at a
        half, and the shares of true and of false claims that would be denied and affirmed. A kind of which twice as
        much of that would be wrong as is allowed is never told.
    """
    from models.judge.trust import HARD, WRONG, WRONG_OF_HARD, Trust, fit_kind, save_trust

    by_kind: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_kind[row["kind"]].append(row)
    kinds, told = {}, {}
    for kind, group in sorted(by_kind.items()):
        true = np.array([row["true"] for row in group], float)
        if min(true.sum(), (1 - true).sum()) < 30:
            print(f"{kind}: too few claims ({len(group)})")
            continue
        x, part = np.array([row["features"] for row in group]), np.array([row["seed"] % 5 for row in group])
        wrong = WRONG_OF_HARD if kind in HARD else WRONG
        fitted = partial(fit_kind, is_wary=role == "critic", wrong=wrong)
        kinds[kind] = fitted(x, true)
        right, denied, affirmed = np.zeros((3, len(true)))
        for fold in range(5):
            inside = part == fold
            if not inside.any() or len(set(true[~inside])) < 2:
                continue
            other = fitted(x[~inside], true[~inside])
            p = np.array([other.p(features) for features in x[inside]])
            right[inside] = (p > 0.5) == (true[inside] > 0.5)
            denied[inside], affirmed[inside] = p < other.deny_below, p > other.affirm_above
        yes, no = true > 0.5, true < 0.5
        shares = {
            "true_denied": denied[yes].mean(), "false_denied": denied[no].mean(),
            "true_affirmed": affirmed[yes].mean(), "false_affirmed": affirmed[no].mean(),
        }  # fmt: skip
        if shares["true_affirmed"] + shares["false_denied"] < (1 - 2 * wrong) * sum(shares.values()):
            # The bounds do not hold where they were not fitted: it has its probability, and tells nothing.
            kinds[kind] = replace(kinds[kind], deny_below=0.0, affirm_above=1.0)
            shares = dict.fromkeys(shares, 0.0)
        balanced = 0.5 * (right[yes].mean() + right[no].mean())
        told[kind] = {"claims": len(group), "balanced_accuracy": round(float(balanced), 4)}
        told[kind] |= {name: round(float(share), 4) for name, share in shares.items()}
    judge = Bare(role)
    save_trust(Trust(kinds, *judge.hashes), path, role=role, scenes=[FIRST_SEED, PAIR_SEED], held=told)
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--role", choices=ROLES, required=True)
    parser.add_argument("--scenes", type=int, default=360)
    parser.add_argument("--pairs", type=int, default=45)
    parser.add_argument("--state", type=Path, default=Path(".state/trust"))
    chosen = parser.parse_args()
    import torch

    from models.judge.network import WEIGHTS

    torch.set_num_threads(1)
    rows = gather(chosen.role, chosen.state, chosen.scenes, chosen.pairs)
    print(json.dumps(fit(chosen.role, rows, WEIGHTS / f"{chosen.role}-trust.json"), indent=1))


if __name__ == "__main__":
    main()
