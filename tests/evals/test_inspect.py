"""The tasks for inspect-ai, run for real on its mock model; and the films they are made of."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from evals.precomputed import films_in, scored
from storyboards.errors import BadInput
from tests.evals.films import ffmpeg_film, plan

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    folder = tmp_path_factory.mktemp("films")
    for name, lengths in (("kept", (1.0, 0.75)), ("broken", (1.0, 2.0))):
        ffmpeg_film(folder / f"{name}.mp4", ("red", 1.0), ("blue", 0.75))
        (folder / f"{name}.json").write_text(json.dumps(plan(*lengths, title=name).document()))
    return folder


def test_pairs_of_a_folder_are_found_and_scored(films):
    broken, kept = films_in(films)
    assert (broken.name, kept.name) == ("broken", "kept")
    assert scored(kept, ("duration", "size")).share == 1.0
    found = scored(broken, ("duration",))
    assert found.share == pytest.approx(1 / 3)
    assert any("film.duration" in failure for failure in found.failures)


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(BadInput, match="no films with plans"):
        films_in(tmp_path)


def test_the_tasks_run_offline_on_the_mock_model(films, tmp_path):
    pytest.importorskip("inspect_ai", reason="the extra [inspect] is not installed")
    script = (
        "from inspect_ai import eval as run; from evals.inspect_tasks import file_adherence\n"
        f"(log,) = run(file_adherence(films={str(films)!r}), model='mockllm/model', display='none',"
        f" log_dir={str(tmp_path)!r})\n"
        "assert log.status == 'success', log.error\n"
        "print({s.id: round(s.scores['claims_kept'].value, 3) for s in log.samples})"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    found = ast.literal_eval(done.stdout.strip().splitlines()[-1])
    assert found["kept"] == 1.0
    assert 0 < found["broken"] < 1
