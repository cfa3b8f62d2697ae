"""What is deleted leaves the disk, unless somebody else has it too; a shot is stopped from every face."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app.service.callers import Caller
from app.service.copies import copy_project
from app.service.orders import Make, Resume
from app.service.studio import Studio
from storyboards.brief import Brief
from storyboards.errors import StorageFailed, UnknownName
from tests.app.api.yard import studio_over, tiny_crew

BRIEF = Brief(text="an owl in the wood", duration_s=2, size=(64, 64))


def pictures(studio: Studio, project: str) -> set[str]:
    """The files of the takes and cuts of a project."""
    takes = [entry.take for entry in studio.memory.ledger.entries(project) if entry.take is not None]
    return {take.video_sha256 for take in takes} | {cut.sha256 for cut in studio.memory.cuts.all(project)}


async def test_files_go_with_the_last_project_that_has_them(tmp_path: Path) -> None:
    studio = studio_over(tiny_crew(tmp_path))
    studio.start()
    try:
        job = await studio.finished(studio.submit(Make(brief=BRIEF)).id)
        first = pictures(studio, job.project)
        assert len(first) == 3
        assert all(studio.store.holds(sha256) for sha256 in first)
        copy = copy_project(studio.memory, job.project, "the same")
        await studio.finished(studio.submit(Resume(), copy).id)
        shared = pictures(studio, copy) & first
        assert len(shared) >= 2, "the takes are the same files"

        await asyncio.to_thread(studio.delete, job.project)
        assert all(studio.store.holds(sha256) for sha256 in pictures(studio, copy)), "the copy still has them"
        assert not list((tmp_path / "films").glob(f"{job.project}.*"))
        last = pictures(studio, copy)
        await asyncio.to_thread(studio.delete, copy)
        assert not any(studio.store.holds(sha256) for sha256 in first | last)
    finally:
        await asyncio.to_thread(studio.close)


async def test_a_kept_reference_outlives_its_project(tmp_path: Path) -> None:
    studio = studio_over(tiny_crew(tmp_path))
    name = studio.memory.projects.create(BRIEF, title="owl").name
    picture = studio.store.put_bytes(b"a picture", ".png")
    studio.uploads.record("picture", "owl.png", picture, {})
    other = studio.store.put_bytes(b"another picture", ".png")
    studio.memory.projects.say(name, "user", f"use {picture} and {other}")
    studio.delete(name)
    assert studio.store.holds(picture)
    assert not studio.store.holds(other)


async def test_a_shot_is_stopped_and_the_job_goes_on(tmp_path: Path) -> None:
    crew = tiny_crew(tmp_path, shots=3, delay_s=0.4, parallel=1)
    studio = studio_over(crew)
    studio.start()
    try:
        job = studio.submit(Make(brief=BRIEF))
        with pytest.raises(UnknownName):
            studio.stop_shot(job.project, "s1", Caller(tenant="bob", key_id="key_bob"))
        while "s2" not in crew.backend.filmed:  # type: ignore[attr-defined]
            await asyncio.sleep(0.02)
        with pytest.raises(UnknownName):
            studio.stop_shot(job.project, "s9")
        assert studio.stop_shot(job.project, "s2").id == job.id
        ended = await studio.finished(job.id)
        assert ended.error is not None
        assert ended.error.shot_id == "s2"
        assert "stopped" in ended.error.message
        assert crew.backend.filmed == ["s1", "s2", "s3"]  # type: ignore[attr-defined]
        with pytest.raises(StorageFailed):
            studio.stop_shot(job.project, "s2")
    finally:
        await asyncio.to_thread(studio.close)
