"""How fast this machine is: the world, the generator, a whole film, an edit, and the command itself (``make bench``).

Wall-clock and memory are measured from outside, on the real command in processes of its own, in a home of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ONE_THREAD = {"OMP_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Row:
    """One measurement beside its goal, if it has one; ``better`` says which way is better: ``less`` or ``more``."""

    name: str
    value: float
    unit: str
    goal: float | None
    better: str

    @property
    def met(self) -> bool:
        if self.goal is None:
            return True
        return self.value <= self.goal if self.better == "less" else self.value >= self.goal

    def __str__(self) -> str:
        measured = f"{self.name:<44} {self.value:10.2f} {self.unit:<10}"
        if self.goal is None:
            return f"{measured} no goal"
        sign = "≤" if self.better == "less" else "≥"
        return f"{measured} goal {sign} {self.goal:g}  {'met' if self.met else 'SHORT'}"


@dataclass(frozen=True)
class Run:
    """What one finished process cost."""

    stdout: str
    code: int
    wall_s: float
    peak_gib: float


def run(words: list[str], environment: dict[str, str] | None = None) -> Run:
    """Run a command to its end; the peak memory is that of the largest process of its tree.

    Linux never says less than this process held itself when it started the other.

    Raises:
        RuntimeError: it ended with neither 0 nor 3 (degraded).
    """
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(words, stdout=output, cwd=ROOT, env={**os.environ, **(environment or {})})
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - started
        output.seek(0)
        stdout = output.read()
    process.returncode = code = os.waitstatus_to_exitcode(status)
    if code not in (0, 3):
        raise RuntimeError(f"{' '.join(words)} ended with {code}")
    scale = 2**30 if sys.platform == "darwin" else 2**20
    return Run(stdout, code, wall_s, usage.ru_maxrss / scale)


def help_rows() -> list[Row]:
    command = [str(Path(sys.executable).parent / "storyreel"), "--help"]
    best = min(run(command).wall_s for _ in range(5))
    return [Row("storyreel --help", best, "s", 0.4, "less")]


def world_rows() -> list[Row]:
    from models.world.speed import measure_speed

    speed = measure_speed()
    return [
        Row("world at 1280x720, 2 cores", speed["megapixels_per_s"], "Mpx/s", 8.0, "more"),
        Row("training clips at 112x64x17, 2 cores", speed["clips_per_s"], "clips/s", 40.0, "more"),
    ]


def sound_rows() -> list[Row]:
    """Foley and ambience of a training clip: 4 s with ten events at 24 kHz, best of four."""
    from models.world import ambience, sound
    from models.world.performance import SoundEvent
    from models.world.scene import Scene

    events = [SoundEvent("footstep", 0.1 + 0.4 * step, surface="grass") for step in range(8)]
    events += [SoundEvent("bark", 1.0), SoundEvent("splash", 2.0)]
    best_s = float("inf")
    for seed in range(4):
        began = time.process_time()
        sound.render_events(events, 4.0, seed, 24_000)
        ambience.render_ambience(Scene(setting="meadow"), 24_000)
        best_s = min(best_s, time.process_time() - began)
    return [Row("sound of a 4 s training clip", 1000 * best_s, "ms CPU", 30.0, "less")]


def generator_rows() -> list[Row]:
    """A 4 s clip by the landed weights, decoded to 448x256 at 24 fps, in processes that do only this on one thread."""
    return [
        *_clip_rows("4 s clip by reel, 8 + 8 steps", ["--steps", "8"], goal_s=4.0, goal_gb=1.5),
        *_clip_rows("4 s clip by reel, as films are made", [], goal_s=None, goal_gb=1.5),
    ]


def _clip_rows(name: str, words: list[str], goal_s: float | None, goal_gb: float) -> list[Row]:
    """The best time of three processes and the peak of the worst."""
    runs = [run([sys.executable, "-m", "evals.bench_generator", *words], ONE_THREAD) for _ in range(3)]
    best = min((json.loads(each.stdout) for each in runs), key=lambda cost: cost["sample_s"] + cost["decode_s"])
    peak_gb = max(each.peak_gib for each in runs) * 2**30 / 1e9
    return [
        Row(name, best["sample_s"] + best["decode_s"], "s CPU", goal_s, "less"),
        Row("  of that, sampling", best["sample_s"], "s CPU", None, "less"),
        Row("  of that, decoding to 448x256 at 24 fps", best["decode_s"], "s CPU", None, "less"),
        Row("  peak memory", peak_gb, "GB", goal_gb, "less"),
    ]


def film_rows(folder: Path) -> list[Row]:
    """The demo's film by the generator and by the animatic."""
    return [*_film_rows(folder / "reel", "reel"), *_film_rows(folder / "animatic", "animatic")]


def _film_rows(folder: Path, backend: str) -> list[Row]:
    """A 24 s film of six shots at 1280x720 in an empty home, then an edit of one shot and a re-cut."""
    folder.mkdir(parents=True, exist_ok=True)
    brief = f"@{ROOT / 'app' / 'demo_brief.txt'}"
    storyreel = [sys.executable, "-m", "app.cli"]
    place = ["--home", str(folder / "home"), "--json"]
    out = ["--out", str(folder / "film.mp4")]
    film = run([*storyreel, "make", brief, "--duration", "24", "--seed", "7", "--backend", backend, *out, *place])
    made = json.loads(film.stdout)
    assert len(made["shots"]) == 6, f"the demo has {len(made['shots'])} shots"
    edit = run([*storyreel, "edit", made["project"], "make shot 3 darker", *out, *place])
    return [
        Row(f"24 s film by {backend}, six shots, 1280x720", film.wall_s, "s", 90.0, "less"),
        Row("  film seconds a wall second", made["duration_s"] / film.wall_s, "", 1.0, "more"),
        Row("  takes rendered for it", float(len(made["takes"])), "takes", 18.0, "less"),
        Row("  peak memory", film.peak_gib, "GiB", 2.0, "less"),
        Row("edit of one shot and a new cut", edit.wall_s, "s", 0.25 * film.wall_s, "less"),
        Row("  share of the whole film", 100 * edit.wall_s / film.wall_s, "%", 25.0, "less"),
    ]


def main() -> int:
    """Print every row, write them as JSON, and exit 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "bench.json")
    parser.add_argument("--only", choices=("help", "world", "sound", "generator", "film"))
    options = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        parts = {
            "help": help_rows, "world": world_rows, "sound": sound_rows, "generator": generator_rows,
            "film": lambda: film_rows(Path(folder)),
        }  # fmt: skip
        for name, measure in parts.items():
            if options.only in (None, name):
                for row in measure():
                    print(row, flush=True)
                    rows.append(row)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps([asdict(row) | {"met": row.met} for row in rows], indent=2) + "\n")
    return 0 if all(row.met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
