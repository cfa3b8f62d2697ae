"""Teach the judge's sight: ``python -m models.judge.train --role critic --minutes 60 --land``.

Learns from what ``models.judge.clips`` and ``models.judge.cutouts`` have rendered. Four stages share the minutes:
single moments teach the eye and the close look, figures alone the close look, clips the drift, and what the first two
see of every clip, written down once, teaches the tracks. Minutes are the process's own CPU time of all runs together,
or, with ``--only``, so many more of one stage; a stopped run goes on where it was kept. The rate of learning falls to
nothing within each stage; what lands is a running average.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import time
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import nn

from models import checkpoint
from models.judge.album import Album
from models.judge.clips import STATE
from models.judge.cutouts import Cutouts, read_cutouts
from models.judge.lessons import (
    Queue,
    Steps,
    drift_loss,
    figure_loss,
    lesson_of,
    picture_loss,
    steps_of,
    track_loss,
)
from models.judge.marks import marks
from models.judge.network import KIND, ROLES, Sight, card_path, config_of, save_sight
from models.judge.shapes import JudgeParams
from models.train_finder import world_digest
from models.train_reader import pace

HALF = torch.autocast("cpu", torch.bfloat16)
KEEP_EVERY_S = 45.0
TELL_EVERY = 25


STAGES: dict[str, float] = {"moments": 0.5, "figures": 0.22, "drift": 0.15, "tracks": 0.13}
"""Share of the minutes of each stage."""
TAUGHT: dict[str, tuple[str, ...]] = {
    "moments": ("eye", "close"), "figures": ("close",), "drift": ("drift",), "tracks": ("tracks",)
}  # fmt: skip


@dataclass(frozen=True)
class Recipe:
    """How the sight is trained.

    Attributes:
        pictures, clips, tracks, figures: that are learned from in one step of each stage.
        written: clips whose looks are written down for the tracks.
        average: how much the average keeps of itself in a step.
        rate: highest rate of learning; seed: of everything that is drawn.
        weight_decay, track_decay: of weights, and of those of the tracks.
    """

    pictures: int = 80
    clips: int = 10
    tracks: int = 192
    figures: int = 160
    written: int = 9600
    average: float = 0.995
    rate: float = 2e-3
    weight_decay: float = 0.03
    track_decay: float = 0.3
    seed: int = 71


class Run:
    """A training with all that it takes to go on."""

    def __init__(self, role: str, recipe: Recipe, params: JudgeParams, state: Path = STATE) -> None:
        torch.manual_seed(recipe.seed)
        self.role, self.recipe, self.saved = role, recipe, state / f"{role}.pt"
        self.net = Sight(params).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.mean = Sight(params)
        self.mean.load_state_dict(self.net.state_dict())
        decayed = [p for p in self.net.parameters() if p.ndim > 1]
        plain = [p for p in self.net.parameters() if p.ndim <= 1]
        self.optimiser = torch.optim.AdamW(
            [{"params": decayed, "weight_decay": recipe.weight_decay}, {"params": plain, "weight_decay": 0.0}],
            lr=recipe.rate, betas=(0.9, 0.98),
        )  # fmt: skip
        self.queue, self.step, self.spent_s, self.stage = Queue(), 0, 0.0, ""
        self.stages_s: dict[str, float] = dict.fromkeys(STAGES, 0.0)
        self.album = Album(role, state)
        self.written: Steps | None = None

    def learn(self, stage: str, share: float) -> dict[str, float]:
        """One step of a stage, ``share`` of which is over."""
        if stage != self.stage:
            self.begin(stage)
        rng = np.random.default_rng([self.recipe.seed, self.step])
        for group in self.optimiser.param_groups:
            group["lr"] = self.recipe.rate * pace(share)
        parts = self._parts(stage, rng)
        self.optimiser.zero_grad(set_to_none=True)
        torch.stack([part.float() for part in parts.values()]).sum().backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), 3.0)
        self.optimiser.step()
        self.step += 1
        self._average()
        return {name: float(part.detach()) for name, part in parts.items()}

    def begin(self, stage: str) -> None:
        """Go on from the average, with everything still but what the stage teaches; for tracks what the rest sees is
        written down first."""
        self.stage = stage
        self.net.load_state_dict(self.mean.state_dict())
        taught = TAUGHT[stage]
        self.optimiser.param_groups[0]["weight_decay"] = (
            self.recipe.track_decay if stage == "tracks" else self.recipe.weight_decay
        )
        for name, part in self.net.named_children():
            part.train(name in taught).requires_grad_(name in taught)
        self.written = self._write_down() if stage == "tracks" else None

    def _parts(self, stage: str, rng: np.random.Generator) -> dict[str, torch.Tensor]:
        if self.written is not None:
            rows = torch.from_numpy(rng.integers(len(self.written.looks), size=self.recipe.tracks))
            steps = Steps(*(getattr(self.written, field.name)[rows] for field in fields(Steps)))
            with HALF:
                return track_loss(self.net, steps, torch.Generator().manual_seed(int(rng.integers(1 << 62))))
        if stage == "drift":
            lesson = lesson_of(self.album.clips(self.recipe.clips, rng), rng, spoilt=0.25)
            with HALF:
                return drift_loss(self.net, lesson)
        alone = stage == "figures" and self._figures is not None
        count = self.recipe.pictures // 2 if alone else self.recipe.pictures
        lesson = lesson_of(self.album.pictures(count, rng), rng)
        with HALF:
            parts = picture_loss(self.net, lesson, rng, self.queue)
        if stage == "moments" or self._figures is None:
            return parts
        picks = rng.integers(len(self._figures), size=self.recipe.figures)
        taught = {name: part for name, part in parts.items() if name in ("who", "tint", "posture", "alike")}
        return taught | figure_loss(self.net, self._figures, picks, rng)

    @cached_property
    def _figures(self) -> Cutouts | None:
        return read_cutouts(self.role, self.saved.parent)

    def _write_down(self) -> Steps:
        """What all but the tracks make of clips, mirrored and spoilt by chance; kept beside the run."""
        path, mark = self.saved.with_name(f"{self.role}-written.pt"), self._mark()
        if path.exists():
            kept = torch.load(path, weights_only=True)
            if kept.pop("mark") == mark:
                return Steps(**kept)
        rng, parts = np.random.default_rng([self.recipe.seed, 1 << 40]), list[Steps]()
        for _ in range(-(-self.recipe.written // 8)):
            lesson = lesson_of(self.album.clips(8, rng), rng)
            with HALF:
                parts.append(steps_of(self.net, lesson, rng))
        steps = Steps(*(torch.cat([getattr(part, field.name) for part in parts]) for field in fields(Steps)))
        torch.save({"mark": mark, **vars(steps)}, path)
        return steps

    def _mark(self) -> str:
        """Names the recipe and the weights of whatever looks."""
        digest = hashlib.sha256(json.dumps(asdict(self.recipe)).encode())
        for name, value in self.mean.state_dict().items():
            if not name.startswith("tracks."):
                digest.update(value.numpy().tobytes())
        return digest.hexdigest()

    @torch.no_grad()
    def _average(self) -> None:
        keep = min(self.recipe.average, (1 + self.step) / (10 + self.step))
        for mine, theirs in zip(self.mean.state_dict().values(), self.net.state_dict().values(), strict=True):
            if mine.is_floating_point():
                mine.lerp_(theirs, 1.0 - keep)
            else:
                mine.copy_(theirs)

    def keep(self) -> None:
        draft = self.saved.with_suffix(".part")
        torch.save({
            "recipe": asdict(self.recipe), "params": asdict(self.net.params), "net": self.net.state_dict(),
            "mean": self.mean.state_dict(), "optimiser": self.optimiser.state_dict(), "step": self.step,
            "spent_s": self.spent_s, "stage": self.stage, "stages_s": self.stages_s,
        }, draft)  # fmt: skip
        draft.replace(self.saved)

    def go_on(self) -> None:
        """Take up a kept run of the same recipe and build, if there is one."""
        if not self.saved.exists():
            return
        kept = torch.load(self.saved, weights_only=True)
        if kept["recipe"] != asdict(self.recipe) or kept["params"] != asdict(self.net.params):
            raise ValueError(f"{self.saved.name} is of another recipe or build; move it away, or use --fresh")
        self.mean.load_state_dict(kept["mean"])
        if kept["stage"]:
            self.begin(kept["stage"])
        self.net.load_state_dict(kept["net"])
        self.optimiser.load_state_dict(kept["optimiser"])
        self.step, self.spent_s, self.stages_s = kept["step"], kept["spent_s"], dict(kept["stages_s"])


def stage_at(share: float) -> tuple[str, float]:
    """The stage that it is time for, and how much of it is over, from how much of all is."""
    for name, part in STAGES.items():
        if share < part or name == list(STAGES)[-1]:
            return name, min(1.0, share / part)
        share -= part
    raise AssertionError("the last stage has no end")


def train(run: Run, minutes: float, only: str = "") -> None:
    """Learn until so many minutes of CPU time are spent in all; with ``only`` that stage, for so many minutes more."""
    first_s = run.spent_s if only else 0.0
    before, last_keep, mean = run.spent_s - time.process_time(), time.monotonic(), dict[str, float]()
    while run.spent_s - first_s < 60 * minutes:
        share = (run.spent_s - first_s) / (60 * minutes)
        stage, share = (only, share) if only else stage_at(share)
        if stage != run.stage:
            mean.clear()
            run.begin(stage)
            # Writing down is no learning: it is not counted.
            before = run.spent_s - time.process_time()
        for name, value in run.learn(stage, share).items():
            mean[name] = value if name not in mean else 0.95 * mean[name] + 0.05 * value
        spent_s = before + time.process_time()
        run.stages_s[stage] += spent_s - run.spent_s
        run.spent_s = spent_s
        if run.step % TELL_EVERY == 0:
            run.album.refresh()
            row = {"stage": stage, "step": run.step, "minutes": round(run.spent_s / 60, 2), "clips": len(run.album),
                   "loss": {name: round(value, 3) for name, value in mean.items()}}  # fmt: skip
            with run.saved.with_name(f"{run.role}.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
            print(json.dumps(row), flush=True)
        if time.monotonic() - last_keep > KEEP_EVERY_S:
            run.keep()
            last_keep = time.monotonic()
    run.keep()


def land(run: Run, path: Path, clips: int = 320) -> dict[str, object]:
    """Write the averaged weights with what they reach on clips whose combinations were never trained."""
    net = run.mean.eval()
    metrics: dict[str, object] = dict(marks(net, "held", clips, run.saved.parent))
    command = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False).stdout
    figures = read_cutouts(run.role, run.saved.parent)
    made = {
        **asdict(run.recipe), "role": run.role, "steps": run.step, "album": len(run.album),
        "cutouts": 0 if figures is None else len(figures), "world": world_digest(),
        "stages_min": {stage: round(seconds / 60, 1) for stage, seconds in run.stages_s.items()},
    }  # fmt: skip
    card = checkpoint.Card(KIND, dict(config_of(net)), made, round(run.spent_s / 60, 1), commit.strip(), metrics)
    save_sight(net, card, path)
    return metrics


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--role", choices=ROLES, required=True)
    parser.add_argument("--minutes", type=float, default=45.0)
    parser.add_argument("--only", default="", choices=("", *STAGES), help="more of one stage")
    parser.add_argument("--state", type=Path, default=STATE)
    parser.add_argument("--fresh", action="store_true", help="forget an earlier run")
    parser.add_argument("--land", action="store_true", help="write the weights where the program looks for them")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    params = JudgeParams.critic() if chosen.role == "critic" else JudgeParams.examiner()
    run = Run(chosen.role, Recipe(seed=71 if chosen.role == "critic" else 72), params, chosen.state)
    if not chosen.fresh:
        run.go_on()
    train(run, chosen.minutes, chosen.only)
    if chosen.land:
        print(json.dumps(land(run, card_path(chosen.role)), indent=1), flush=True)


if __name__ == "__main__":
    main()
