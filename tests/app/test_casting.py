"""A character of one real film, cast in another, passes its identity claims against the real examiner."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.bootstrap import build_director
from app.cli import app
from app.settings import Settings
from storyboards.brief import Brief


@pytest.mark.slow
def test_robin_of_one_film_is_robin_in_another(tmp_path: Path) -> None:
    director = build_director(Settings(home=tmp_path, backend="animatic"))

    def film(text: str, project: str) -> None:
        brief = Brief(text=text, duration_s=3.0, size=(256, 144), seed=4)
        asyncio.run(director.make(brief, project=project))

    def call(*words: str) -> dict[str, object]:
        result = CliRunner().invoke(app, [*words, "--home", str(tmp_path), "--json"])
        assert result.exit_code in (0, 3), result.output
        found: dict[str, object] = json.loads(result.stdout)
        return found

    film("A large orange fox stands in a meadow by day. One shot, close.", "first")
    film("A large blue robot stands in a meadow by day. One shot, close.", "second")
    assert call("library", "keep", "first", "fox", "--name", "Robin")["reference"]
    assert (
        "element robot: subject robot → fox" in call("library", "cast", "second", "Robin", "--as", "robot")["changes"]
    )  # type: ignore[operator]
    assert call("resume", "second")["status"] in ("complete", "degraded")
    proofs = [v for v in director.film("second").verdicts if v.claim_id.endswith(".continuity.robot.library")]
    assert proofs
    assert {verdict.outcome for verdict in proofs} == {"pass"}
    assert all("identity" in verdict.evidence.note for verdict in proofs)

    # The same claim about somebody who is not Robin fails.
    asyncio.run(director.edit("second", "make the fox blue"))
    foils = [v for v in director.film("second").verdicts if v.claim_id.endswith(".continuity.robot.library")]
    assert {verdict.outcome for verdict in foils} == {"fail"}
