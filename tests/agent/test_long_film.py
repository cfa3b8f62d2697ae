"""Sixty shots planned and made, and one edit of 45 of them: what it takes and what it leaves alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_film_of_sixty_shots_and_an_edit_of_forty_five(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.agent.long_film", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=3500)
    assert done.returncode == 0, done.stderr[-4000:]
    found = json.loads(done.stdout.splitlines()[-1])
    print(done.stdout)
    assert found["shots"] == 60
    assert found["calls"] >= 12, "a scene at a time"
    assert found["edited_shots"] == [f"s{n}" for n in range(1, 46)]
    assert found["others_as_they_were"]
    assert found["old_takes_kept"]
    memory = found["memory_mb"]
    assert memory["after all takes"] <= 1.15 * memory["after the first takes"]
    assert memory["edit cut"] <= 1.15 * memory["film cut"]
