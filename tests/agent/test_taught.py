"""What was taught is found in a brief by its name, put into the plan, and said to be what nobody can judge."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from agent.archive import export_project, import_project
from agent.changes import changes_between, in_words
from agent.concepts import FILE, concept_files, keep_looks, laid, learn, named_in, unseen_in_style
from agent.crew import Crew
from agent.library import Library
from agent.memory.library import LibraryItem
from models.concepts import PATH, Concept, base_of
from storyboards.brief import Brief
from storyboards.claims import compile_claims, shot_claims
from storyboards.errors import BadInput
from storyboards.storyboard import Storyboard
from tests.fakes import PaintedBackend, fake_crew, tiny_board
from tools.contract import request_for
from tools.teach import Lesson


class Filming(PaintedBackend):
    """Says that it films with what was taught."""

    uses_concepts = True


def crew_of(home: Path, able: bool = True) -> Crew:
    return fake_crew(home, backend=Filming() if able else PaintedBackend())


def shelved(crew: Crew, name: str, kind: str) -> LibraryItem:
    """Something taught, kept as :func:`agent.concepts.learn` keeps it."""
    path = torch.zeros(49, 9)
    content = Concept(name, "camera", base_of("camera"), {PATH: path}).to_bytes()
    sha256 = crew.store.put_bytes(content, ".concept")
    document, picture = {}, ""
    if kind == "character":
        document = {"id": "moss", "subject": "fox", "colour": "green", "name": name}
        picture = crew.store.put_bytes(b"a picture", ".png")
    origin = {"project": "5 files", "element": kind, FILE: sha256, "bytes": len(content), "card": {}}
    return crew.memory.shelf.keep(name, kind, picture, document, origin)  # type: ignore[arg-type]


def sourced(*sources: str) -> Storyboard:
    board = tiny_board(len(sources))
    shots = [shot.model_copy(update={"source": s}) for shot, s in zip(board.shots, sources, strict=True)]
    return board.changed(shots=tuple(shots))


def test_a_brief_is_read_without_the_names_and_the_shots_of_their_sentences_are_filmed_with_them(
    tmp_path: Path,
) -> None:
    crew = crew_of(tmp_path)
    shelved(crew, "Old Film", "style")
    shelved(crew, "spiral", "camera")
    text = "A red fox runs, in the style of Old Film. A blue owl flies with the spiral move. A cat sleeps."
    brief, found = named_in(crew, Brief(text=text))
    assert brief.text == "A red fox runs. A blue owl flies. A cat sleeps."
    board = laid(sourced("A red fox runs.", "A blue owl flies.", "A cat sleeps."), found)
    assert [[(t.kind, t.name) for t in shot.taught] for shot in board.shots] == [
        [("style", "Old Film")], [("camera", "spiral")], []
    ]  # fmt: skip
    everywhere = laid(sourced("Something else.", "And more."), found)
    assert all(len(shot.taught) == 2 for shot in everywhere.shots)


def test_a_figure_is_what_it_is_to_the_planner_and_cast_by_its_name(tmp_path: Path) -> None:
    crew = crew_of(tmp_path)
    item = shelved(crew, "Moss", "character")
    brief, found = named_in(crew, Brief(text="Moss walks in a forest. A mossy owl meets Moss."))
    assert brief.text == "The green fox walks in a forest. A mossy owl meets the green fox."
    board = tiny_board(2)
    green = board.elements[0].model_copy(update={"subject": "fox", "colour": "green"})
    cast = laid(board.changed(elements=(green, *board.elements[1:])), found)
    assert [element.library for element in cast.elements if element.library] == ["Moss"]
    crew.memory.projects.create(brief, "Moss", "film")
    keep_looks(crew, "film", cast)
    kept = crew.memory.references.of("film", "given")
    assert [(r.sha256, r.recipe["library"]) for r in kept.values()] == [(item.sha256, "Moss")]


def test_a_brief_that_names_nothing_taught_is_the_same_brief(tmp_path: Path) -> None:
    crew = crew_of(tmp_path)
    shelved(crew, "spiral", "camera")
    brief = Brief(text="A fox runs up a spiral staircase in the style of a storybook.")
    assert named_in(crew, brief) == (brief, ())


def test_who_films_has_to_be_able_to_and_says_so_before_anything_is_planned(tmp_path: Path) -> None:
    crew = crew_of(tmp_path, able=False)
    shelved(crew, "spiral", "camera")
    with pytest.raises(BadInput, match=r"painted cannot film with the camera 'spiral'.*--backend reel"):
        named_in(crew, Brief(text="A fox runs with the spiral move."))


def test_the_plan_of_before_keeps_its_digest_and_a_taught_shot_is_another_take(tmp_path: Path) -> None:
    crew = crew_of(tmp_path)
    item = shelved(crew, "spiral", "camera")
    board = tiny_board(2)
    assert "taught" not in board.document()["shots"][0]
    library = Library(crew)
    taught = library._with(item, board, "")
    assert taught.digest() != board.digest()
    recipes = [request_for(each, each.shots[0]).picture_recipe() for each in (board, taught)]
    assert recipes[1]["shot"]["taught"][0]["sha256"] == item.origin[FILE]  # type: ignore[index]
    assert recipes[0] != recipes[1]
    assert [file.sha256 for file in concept_files(crew, taught.shots[0])] == [item.origin[FILE]]
    assert in_words(changes_between(board, taught)) == tuple(
        f"shot {number}: filmed with none → the camera spiral" for number in (1, 2)
    )
    with pytest.raises(BadInput, match=r"painted cannot film with the camera 'spiral'"):
        concept_files(replace(crew, backend=PaintedBackend()), taught.shots[0])
    crew.store.discard(item.origin[FILE])
    with pytest.raises(BadInput, match=r"'spiral'.* is gone.*storyreel teach"):
        concept_files(crew, taught.shots[0])


def test_what_no_word_says_is_not_promised_and_what_nobody_can_see_is_unmeasurable(tmp_path: Path) -> None:
    crew = crew_of(tmp_path)
    board = tiny_board(1)
    plain = {claim.kind for claim in shot_claims(board, board.shots[0])}
    assert {"camera", "colour"} <= plain
    library = Library(crew)
    for kind, name in (("camera", "spiral"), ("style", "Old Film")):
        board = library._with(shelved(crew, name, kind), board, "")
    claims = compile_claims(board)
    kinds = {claim.kind for claim in claims}
    assert not {"camera", "colour"} & kinds
    said = unseen_in_style(board.shots[0], claims)
    assert {verdict.outcome for verdict in said} == {"unmeasurable"}
    assert "Old Film" in said[0].measured
    assert "duration" not in {claim.kind for claim in claims if claim.id in {v.claim_id for v in said}}
    assert unseen_in_style(tiny_board(1).shots[0], claims) == ()


def test_an_archive_of_a_film_has_what_it_is_filmed_with(tmp_path: Path) -> None:
    crew = crew_of(tmp_path / "here")
    item = shelved(crew, "spiral", "camera")
    crew.memory.projects.create(Brief(text="A fox runs."), "Fox", "film")
    crew.memory.projects.adopt("film", Library(crew)._with(item, tiny_board(1), ""), "planned")
    export_project(crew, "film", tmp_path / "film.zip")
    there = crew_of(tmp_path / "there")
    project = there.memory.projects.open(import_project(there, tmp_path / "film.zip"))
    board = there.memory.projects.board(project.name, project.board)
    assert [file.sha256 for file in concept_files(there, board.shots[0])] == [item.origin[FILE]]


def test_a_name_that_is_taken_is_refused_before_anything_is_learned(tmp_path: Path) -> None:
    crew = crew_of(tmp_path)
    shelved(crew, "spiral", "camera")
    with pytest.raises(BadInput, match=r"already 'spiral'.*library forget"):
        learn(crew, Lesson("Spiral", (tmp_path / "none.mp4",) * 3), lambda words: None)
