"""The eval commands, from the command line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.evals import crew_maker
from app.settings import read_settings
from tests.evals.films import ffmpeg_film, plan

ROOT = Path(__file__).resolve().parents[2]


def call(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == code, result.output
    return result.output


@pytest.fixture(scope="module")
def theirs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("theirs")
    ffmpeg_film(folder / "cut.mp4", ("red", 1.0), ("blue", 0.75))
    (folder / "plan.json").write_text(json.dumps(plan(1.0, 0.75).document()))
    return folder


def test_score_prints_claims_and_kinds_and_writes_a_page(theirs):
    page = theirs / "page.html"
    found = json.loads(
        call("score", "--plan", theirs / "plan.json", "--video", theirs / "cut.mp4", "--report", page, "--json")
    )
    assert set(found["claims"]) == {"pass", "fail", "unmeasurable"}
    assert found["kinds"]["size"] == {"pass": 1, "fail": 0, "unmeasurable": 0}
    assert found["tiers"]["T2"] == "not run"
    assert "Three colours" in page.read_text()


def test_score_says_what_failed(theirs, tmp_path):
    (tmp_path / "plan.json").write_text(json.dumps(plan(1.0, 0.75, width=320).document()))
    out = call("score", "--plan", tmp_path / "plan.json", "--video", theirs / "cut.mp4")
    assert "film.size" in out
    assert "160x96@12" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("score", "--plan", "no.json", "--video", "no.mp4"), "no.json"),
        (("eval", "prod"), "no suite 'prod'"),
        (("eval", "dev", "--backend", "wan"), "no backend 'wan'"),
        (("eval", "dev", "--judge", "oracle"), "no judge 'oracle'"),
        (("compare", "nowhere", "nowhere"), "holds no run"),
        (("calibrate", "--out", "x", "--parts", "dance"), "no part 'dance'"),
    ],
)
def test_bad_input_is_one_message_and_exit_code_2(words, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert said in " ".join(call(*words, code=2).split())


def test_a_suite_runs_through_the_director_and_is_rebuilt(tmp_path):
    out = tmp_path / "run"
    words = ("eval", "dev", "--limit", "1", "--backend", "static", "--out", out, "--home", tmp_path / "home")
    summary = json.loads(call(*words, "--json"))
    assert summary["plans"] == 1
    assert summary["backend"] == "static"
    assert summary["all"]["fail"] > 0, "a frame that is held breaks the plan"
    page = (out / "report.html").read_bytes()
    (out / "report.html").unlink()
    call("eval", "dev", "--out", out, "--rebuild", "--json")
    assert (out / "report.html").read_bytes() == page
    assert list((out / "work").glob("*")) == []


def test_crews_of_a_run_share_the_weights_and_nothing_else(tmp_path):
    crew_of = crew_maker(read_settings({}), "animatic")
    one, other = crew_of(tmp_path / "one"), crew_of(tmp_path / "other")
    assert one.backend is other.backend
    assert one.judges is other.judges
    assert [judge.name for judge in one.judges] == ["measure", "critic"]
    assert one.home != other.home
    assert one.memory is not other.memory


def test_the_table_of_backends_refuses_a_row_that_it_does_not_have(tmp_path):
    words = ["-m", "app.study", "backends", "--out", str(tmp_path), "--rows", "reel,stattic"]
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 1
    assert "no row 'stattic'" in done.stderr
