"""What was taught, by its name: kept in the library, found in a brief, and put into the plan.

A camera's move and a style are part of the shots that are filmed with them. A figure is an element like any other of
the library: cast by its name, shown to the generator by its sheet.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agent.crew import Crew
from agent.memory.library import Kind, LibraryItem
from agent.memory.references import KeptReference
from storyboards.brief import Brief
from storyboards.claims import Claim
from storyboards.critique import Evidence, Verdict
from storyboards.errors import BadInput
from storyboards.shot import Element, Shot, Taught
from storyboards.storyboard import Storyboard
from tools.contract import ConceptFile
from tools.teach import Learned, Lesson, Say, teach
from tools.vocabulary import SUBJECTS

FILE = "concept"
"""What the sha256 of its file is called where the library says where something is from."""
LOOKED_AT = frozenset({
    "subject", "count", "colour", "action", "direction", "relation", "framing", "setting", "time", "weather",
    "exposure",
})  # fmt: skip
"""Kinds of claims that are told from colours and shapes."""
PHRASES: dict[str, tuple[str, ...]] = {
    "style": (r"in the style of (?:the )?{name}", r"in (?:the )?{name} style", r"{name} style"),
    "camera": (
        r"(?:with|using|in) (?:the |a )?{name}(?: camera)? move", r"with (?:the )?camera moving like {name}",
        r"{name} camera move",
    ),
}  # fmt: skip
"""How a brief says what it is filmed with."""


@dataclass(frozen=True)
class Named:
    """Something taught that a brief names, and the sentences in which it does, without that."""

    item: LibraryItem
    sentences: tuple[str, ...]


def learn(crew: Crew, lesson: Lesson, say: Say) -> LibraryItem:
    """Teach something and keep it in the library under its name.

    Raises:
        BadInput: the name is taken, or the files do not teach it; see :func:`tools.teach.teach`.
    """
    taken = [item.name for item in crew.memory.shelf.all() if item.name.casefold() == lesson.name.strip().casefold()]
    if taken:
        raise BadInput(
            f"there is already {taken[0]!r} in the library.",
            next_step=f"Choose another name, or `storyreel library forget {taken[0]!r}` first.",
        )
    learned = teach(lesson, say)
    sha256 = crew.store.put_bytes(learned.content, ".concept")
    origin = {
        "project": f"{len(lesson.files)} files", "element": learned.kind, FILE: sha256, "bytes": len(learned.content),
        "card": dict(learned.card),
    }  # fmt: skip
    picture = crew.store.put_bytes(learned.picture, ".png") if learned.picture else ""
    document = _element(lesson.name, learned).model_dump(mode="json") if learned.kind == "character" else {}
    return crew.memory.shelf.keep(lesson.name, learned.kind, picture, document, origin)


def named_in(crew: Crew, brief: Brief) -> tuple[Brief, tuple[Named, ...]]:
    """The brief as a planner reads it, without the names of what was taught, and what it names.

    A figure's name becomes what it is ("the green fox"); what is filmed with a move or a style is told from the
    sentences that named it.

    Raises:
        BadInput: whoever films cannot use it.
    """
    text, found = brief.text, []
    for item in sorted(crew.memory.shelf.all(), key=lambda item: -len(item.name)):
        if FILE not in item.origin:
            continue
        if item.kind == "character":
            words = f"{item.document['colour']} {item.document['subject']}"
            fresh = _called(text, item.name, words)
            sentences: list[str] = []
        else:
            fresh, sentences = _without(text, item.name, item.kind)
        if fresh != text:
            text = fresh
            found.append(Named(item, tuple(sentences)))
    for named in found:
        if named.item.kind != "character":
            _refuse_unable(crew, named.item.kind, named.item.name)
    return (brief.model_copy(update={"text": text}), tuple(found)) if found else (brief, ())


def laid(board: Storyboard, found: Sequence[Named]) -> Storyboard:
    """The planner's storyboard with what the brief names: a style or a move in the shots of the sentences that name it
    (all shots where none is of them), a figure as the elements that are what it is."""
    for named in found:
        item = named.item
        if item.kind == "character":
            elements = tuple(_cast(element, item) for element in board.elements)
            board = board.changed(elements=elements)
            continue
        meant = [shot.id for shot in board.shots if any(_of(shot, sentence) for sentence in named.sentences)]
        every = [shot.id for shot in board.shots]
        board = taught_to(board, item, meant or every)
    return board


def taught_to(board: Storyboard, item: LibraryItem, shots: Sequence[str]) -> Storyboard:
    """The storyboard with these shots filmed with a style or a move of the library."""
    kind: Any = item.kind
    own = Taught(name=item.name, kind=kind, sha256=item.origin[FILE])
    return board.changed(
        shots=tuple(
            shot.model_copy(update={"taught": (*(t for t in shot.taught if t.name != item.name), own)})
            if shot.id in shots
            else shot
            for shot in board.shots
        )
    )


def keep_looks(crew: Crew, project: str, board: Storyboard) -> None:
    """Give the project the pictures of taught figures that are cast in it, as casting from the library does."""
    there = crew.memory.references.of(project, "given")
    for item in crew.memory.shelf.all():
        name = f"library {item.id}"
        if FILE not in item.origin or not item.sha256 or name in there:
            continue
        if any(element.library == item.name for element in board.elements):
            note = f"{item.name} of the library, taught from {item.origin['project']}"
            recipe = {"library": item.name, "note": note, "taught": True}
            crew.memory.references.keep(project, KeptReference(name, "given", item.sha256, item.sha256, recipe))


def concept_files(crew: Crew, shot: Shot) -> tuple[ConceptFile, ...]:
    """The files of what a shot is filmed with.

    Raises:
        BadInput: one is gone, or whoever films cannot use it.
    """
    for taught in shot.taught:
        _refuse_unable(crew, taught.kind, taught.name, shot.id)
    gone = [taught for taught in shot.taught if not crew.store.holds(taught.sha256)]
    if gone:
        raise BadInput(
            f"the {gone[0].kind} {gone[0].name!r} that the shot is filmed with is gone.", shot_id=shot.id,
            next_step="Teach it again with `storyreel teach`, and make the film again.",
        )  # fmt: skip
    return tuple(ConceptFile(t.name, t.kind, t.sha256, crew.store.path(t.sha256)) for t in shot.taught)


def _refuse_unable(crew: Crew, kind: str, name: str, shot_id: str | None = None) -> None:
    if not getattr(crew.backend, "uses_concepts", False):
        raise BadInput(
            f"{crew.backend.name} cannot film with the {kind} {name!r}, which was taught.", shot_id=shot_id,
            next_step="Film it with --backend reel, or leave it out.",
        )  # fmt: skip


def unseen_in_style(shot: Shot, claims: Sequence[Claim]) -> tuple[Verdict, ...]:
    """Of a shot in a taught style, what nobody here can tell: eyes and measures know the world's own colours only."""
    styles = [taught.name for taught in shot.taught if taught.kind == "style"]
    why = f"nobody here has learned to see in the style {' and '.join(styles)}"
    return tuple(
        Verdict(claim_id=claim.id, outcome="unmeasurable", tier="T1", measured=why, evidence=Evidence(note=why))
        for claim in claims
        if styles and claim.kind in LOOKED_AT
    )


def _element(name: str, learned: Learned) -> Element:
    subject = str(learned.card["subject"])
    own = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or subject
    return Element(
        id=own, kind="prop" if SUBJECTS[subject].group == "thing" and subject != "robot" else "character",
        subject=subject, colour=str(learned.card["colour"]), name=name,
    )  # fmt: skip


def _called(text: str, name: str, words: str) -> str:
    """The text in which a figure's name is what it is."""
    pattern = re.compile(rf"(?:\b(?:the|a|an)\s+)?\b{re.escape(name)}\b", re.IGNORECASE)

    def told(match: re.Match[str]) -> str:
        begins = match.start() == 0 or text[: match.start()].rstrip()[-1:] in ".!?\n"
        return f"{'The' if begins else 'the'} {words}"

    return pattern.sub(told, text)


def _without(text: str, name: str, kind: Kind) -> tuple[str, list[str]]:
    """The text without the phrases that name a style or a move, and the sentences that did, as they are now."""
    ways = "|".join(way.format(name=re.escape(name)) for way in PHRASES[kind])
    phrase = re.compile(rf",?\s*\b(?:{ways})\b", re.IGNORECASE)
    made, sentences = [], []
    for sentence in re.split(r"(?<=[.!?])\s+|\n+", text):
        rest = phrase.sub("", sentence).strip()
        if rest != sentence.strip():
            sentences.append(rest)
        if rest.strip(".!? "):
            made.append(rest)
    return (" ".join(made), sentences) if sentences else (text, [])


def _cast(element: Element, item: LibraryItem) -> Element:
    same = element.subject == item.document["subject"] and element.colour == item.document["colour"]
    return element.model_copy(update={"name": item.name, "library": item.name}) if same else element


def _of(shot: Shot, sentence: str) -> bool:
    """Is a shot made of this sentence?"""
    source, said = (" ".join(re.findall(r"\w+", words.lower())) for words in (shot.source, sentence))
    return bool(source and said) and (source in said or said in source)
