"""Suite runs: whole, resumable, rebuilt to the byte."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from evals.export import table_of
from evals.filming import Filmed
from evals.probes import ASKED, PROBES, hold_probes
from evals.results import write_results
from evals.runs import Running, run_suite
from evals.suites import Plan, Suite
from storyboards.critique import Verdict
from storyboards.errors import BadInput, GenerationFailed
from tests.evals.films import ffmpeg_film, plan, timeline_of

ROOT = Path(__file__).resolve().parents[2]
COLOURS = ("red", "blue", "green")


class ScriptFilmer:
    """Films every plan with the plain ffmpeg script; ``log`` gets a line for each."""

    name, version = "script", "1"

    def __init__(self, log: Path, failing: str = "") -> None:
        self.log, self.failing = log, failing

    def film(self, board, out, home):
        with self.log.open("a") as handle:
            handle.write(board.title + "\n")
        if board.title == self.failing:
            raise GenerationFailed("out of film")
        shots = [(COLOURS[k % 3], board.rate.seconds(shot.frames)) for k, shot in enumerate(board.shots)]
        ffmpeg_film(out, *shots)
        return Filmed(timeline_of(board), 1.5, 0.25, len(shots), {"shoot": 1.0, "sound and cut": 0.5})


def small_suite() -> Suite:
    boards = [plan(1.0, title="one"), plan(1.0, 0.75, title="two")]
    return Suite("small", tuple(Plan(board.title, board) for board in boards))


RESULTS = ("claims.jsonl", "summary.json", "summary.csv", "report.html")


def bytes_of(out: Path) -> dict[str, bytes]:
    return {name: (out / name).read_bytes() for name in RESULTS}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    out = tmp_path_factory.mktemp("run")
    log = out / "filmed.log"
    running = Running(small_suite(), ScriptFilmer(log), out)
    return running, run_suite(running), log


def test_every_claim_of_every_plan_is_in_the_results(run):
    running, summary, _ = run
    rows = [json.loads(line) for line in (running.out / "claims.jsonl").read_text().splitlines()]
    assert {row["plan"] for row in rows} == {"one", "two"}
    assert summary["all"]["pass"] + summary["all"]["fail"] + summary["all"]["unmeasurable"] == len(rows)
    assert summary["cost_usd"] == 0.5
    assert {row["step"] for row in summary["seconds"]} >= {"film: shoot", "film: sound and cut", "score: measure"}
    table = list(csv.DictReader(io.StringIO((running.out / "summary.csv").read_text())))
    assert {row["table"] for row in table} == {"all", "tier", "kind"}


def test_the_manifest_says_what_it_was_made_with(run):
    manifest = json.loads((run[0].out / "run.json").read_text())
    assert set(manifest["plans"]) == {"one", "two"}
    assert manifest["judges"][0]["name"] == "measure"
    assert {len(manifest["weights"][name]) for name in ("finder", "reader", "critic", "small")} == {64}
    assert set(manifest["measuring_weights"]) == {"finder", "reader"}
    assert manifest["decoder"].startswith("av ")
    assert manifest["telemetry"] == "none"


def test_results_are_rebuilt_to_the_byte_without_the_films(run, tmp_path):
    import shutil

    running, _, _ = run
    copy = tmp_path / "copy"
    shutil.copytree(running.out, copy)
    shutil.rmtree(copy / "films")
    for name in RESULTS:
        (copy / name).unlink()
    write_results(copy)
    assert bytes_of(copy) == bytes_of(running.out)


def test_a_second_run_films_and_judges_nothing(run):
    running, summary, log = run
    before, stamps = log.read_text(), {p: p.stat().st_mtime_ns for p in (running.out / "verdicts").rglob("*.json")}
    assert run_suite(running) == summary
    assert log.read_text() == before
    assert {p: p.stat().st_mtime_ns for p in (running.out / "verdicts").rglob("*.json")} == stamps


def test_a_folder_keeps_to_its_run(run):
    other = ScriptFilmer(run[2])
    other.version = "2"
    with pytest.raises(BadInput, match="holds another run"):
        run_suite(Running(small_suite(), other, run[0].out))


def test_the_report_needs_no_network_and_shows_every_claim(run):
    page = (run[0].out / "report.html").read_text()
    assert "http" not in page
    assert "<script" not in page
    rows = [json.loads(line) for line in (run[0].out / "claims.jsonl").read_text().splitlines()]
    assert rows
    assert all(row["claim"]["id"] in page for row in rows)
    assert "not run" in page
    assert "data:image/jpeg;base64," in page


def test_runs_leave_as_yaml_and_table(run):
    from evals.export import export_run

    (path,) = export_run(run[0].out)
    entries = yaml.safe_load(path.read_text())
    assert {"dataset", "value", "notes"} == set(entries[0])
    assert entries[0]["dataset"]["task_id"] == "all"
    assert 0 <= entries[0]["value"] <= 100
    (row,) = csv.DictReader(io.StringIO(table_of([run[0].out])))
    assert row["backend"] == "script"


def test_a_plan_without_a_film_fails_every_claim_and_is_tried_again(tmp_path):
    log = tmp_path / "log"
    suite = Suite("small", small_suite().plans[:1])
    summary = run_suite(Running(suite, ScriptFilmer(log, failing="one"), tmp_path / "out"))
    assert (summary["all"]["pass"], summary["all"]["unmeasurable"]) == (0, 0)
    assert summary["all"]["adherence"] == 0.0
    assert "out of film" in (tmp_path / "out" / "report.html").read_text()
    summary = run_suite(Running(suite, ScriptFilmer(log), tmp_path / "out"))
    assert summary["all"]["pass"] > 0


def test_films_beyond_the_disk_limit_are_dropped_and_their_scores_stay(tmp_path):
    log = tmp_path / "log"
    running = Running(small_suite(), ScriptFilmer(log), tmp_path / "out", disk_bytes=1)
    summary = run_suite(running)
    assert list((running.out / "films").glob("*.mp4")) == []
    assert summary["all"]["pass"] > 0
    assert run_suite(running) == summary
    assert len(log.read_text().splitlines()) == 2


class SaysYes:
    """A judge that affirms everything."""

    name, version = "yes", "1"

    def judge(self, footage, claims, request):
        return tuple(Verdict(claim_id=c.id, outcome="pass", tier="T2", judge="yes") for c in claims)


class SaysNothing(SaysYes):
    name = "nothing"

    def judge(self, footage, claims, request):
        return tuple(Verdict(claim_id=c.id, outcome="unmeasurable", tier="T2", judge=self.name) for c in claims)


@pytest.mark.parametrize(("judge", "void"), [(SaysYes(), True), (SaysNothing(), False)])
def test_a_judge_whose_probes_fail_says_nothing_about_the_films(run, tmp_path, judge, void):
    suite = Suite("small", tuple(Plan(p.name, p.board.changed(seed=p.board.seed)) for p in small_suite().plans))
    summary = run_suite(Running(suite, ScriptFilmer(tmp_path / "log"), tmp_path / "out", judge))
    assert {row["name"] for row in summary["probes"]} == set(PROBES)
    assert bool(summary["void"]) == void
    t2 = next(row for row in summary["tiers"] if row["name"] == "T2")
    assert (t2["coverage"] is None) == void
    plain = {row["name"]: row["pass"] for row in run[1]["tiers"]}
    found = {row["name"]: row["pass"] for row in summary["tiers"]}
    assert (found["T0"], found["T1"]) == (plain["T0"], plain["T1"]), "tiers do not touch each other"


def test_a_probe_is_put_to_more_films_until_enough_was_asked(tmp_path):
    """One claim of a setting a film: the first three films alone would have asked three."""
    film = ffmpeg_film(tmp_path / "film.mp4", ("red", 0.5))
    rows = {row.name: row for row in hold_probes(SaysYes(), [(plan(0.5), film)] * 10, tmp_path)}
    assert {name: row.asked for name, row in rows.items() if name != "reversed"} == dict.fromkeys(
        ("blank", "wrong video", "false claim", "text card"), ASKED
    )
    assert rows["reversed"].asked == 0, "nobody moves in these plans"
    assert not rows["blank"].passed


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.evals.test_runs import ScriptFilmer, small_suite
from evals.runs import Running, run_suite
from tools import faults
seen = 0
def kill(point):
    global seen
    if point.startswith("eval."):
        seen += 1
        if seen == {at}:
            os.kill(os.getpid(), signal.SIGKILL)
faults.watch(kill)
run_suite(Running(small_suite(), ScriptFilmer(Path({out!r}) / "filmed.log"), Path({out!r})))
print("points", seen)
"""


@pytest.mark.parametrize("at", [2, 4, 9])
def test_a_killed_run_goes_on_and_ends_the_same(run, tmp_path, at):
    out = tmp_path / "out"
    out.mkdir()
    script = KILLED.format(root=str(ROOT), at=at, out=str(out))
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=dict(os.environ), capture_output=True, text=True
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert not (out / "report.html").exists()
    run_suite(Running(small_suite(), ScriptFilmer(out / "filmed.log"), out))
    assert list(out.rglob("*.part")) == []

    def told(place: Path) -> list[tuple]:
        rows = [json.loads(line) for line in (place / "claims.jsonl").read_text().splitlines()]
        return [(row["plan"], row["claim"]["id"], row["outcome"]) for row in rows]

    assert told(out) == told(run[0].out)
    assert len((out / "filmed.log").read_text().splitlines()) <= 3
