"""Versions of a film's plan: which there are, and going back and forth between them. Nothing is filmed here."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from agent.changes import changes_between, in_words
from agent.crew import Crew
from agent.memory.projects import Version
from agent.memory.steps import MAIN
from storyboards.errors import BadInput, UnknownName
from storyboards.storyboard import Storyboard

BRANCH = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)


class VersionView(BaseModel):
    """A version of the plan.

    Attributes:
        number: 1 for the first, in the order in which they were first made.
        why: the brief or the words that led to it.
        changes: what it changes of its parent, in words; empty for the first.
        at_s: when, in seconds since 1970.
        branch: the branch on which it was last in force.
    """

    model_config = ConfigDict(frozen=True)
    number: int
    digest: str
    parent: str
    why: str
    changes: tuple[str, ...]
    at_s: float
    current: bool
    branch: str


@dataclass(frozen=True)
class Turn:
    """What a step did: the version that is now in force, and what it changes of the one before, in words."""

    project: str
    digest: str
    changes: tuple[str, ...]
    number: int = 0
    branch: str = MAIN


class History:
    """The history of every project of a crew's home. Undo, redo and going are remembered, so they survive a restart.

    ``resume`` films what a step left stale; takes of every version are kept, so coming back films nothing.
    """

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._projects, self._steps = crew.memory.projects, crew.memory.steps

    def versions(self, project: str) -> tuple[VersionView, ...]:
        """Every version, the first one first.

        Raises:
            UnknownName: no such project.
        """
        current = self._projects.open(project).board
        branches: dict[str, str] = {step.digest: step.branch for step in self._steps.of(project)}
        return tuple(
            VersionView(
                number=number, digest=version.digest, parent=version.parent, why=version.why,
                changes=self._changes(project, version.parent, version.digest), at_s=version.at_s,
                current=version.digest == current, branch=branches.get(version.digest, MAIN),
            )
            for number, version in enumerate(self._projects.versions(project), start=1)
        )  # fmt: skip

    def branches(self, project: str) -> dict[str, str]:
        """The digest at the head of every branch, in the order in which they began."""
        self._projects.open(project)
        heads: dict[str, str] = {}
        for step in self._steps.of(project):
            if step.state != "dropped" or step.branch not in heads:
                heads[step.branch] = step.digest
        return heads

    def undo(self, project: str) -> Turn:
        """Put the version in force that was before the last step.

        Raises:
            UnknownName: no such project. BadInput: nothing to undo.
            StorageFailed: a run is working on the project.
        """
        return self._turn(project, lambda: self._steps.undo(project).digest, "undone")

    def redo(self, project: str) -> Turn:
        """Take the step again that was undone last.

        Raises:
            UnknownName: no such project. BadInput: nothing to redo.
            StorageFailed: a run is working on the project.
        """
        return self._turn(project, lambda: self._steps.redo(project).digest, "done again")

    def go(self, project: str, ref: str) -> Turn:
        """Put a version in force: by number ("3"), digest (from four characters), branch, or "before", "first", "last".

        "before" is where the project stood before its last step; unlike undo, going there is a step of its own.

        Raises:
            UnknownName: no such project, or no such version.
            StorageFailed: a run is working on the project.
        """
        digest, branch = self._found(project, ref)
        return self._turn(project, lambda: self._steps.go(project, digest, f"go to {ref}", branch).digest, f"to {ref}")

    def branch(self, project: str, name: str) -> Turn:
        """Go on under another name: a new branch begins at the version in force, an old one is gone back to.

        Raises:
            UnknownName: no such project. BadInput: not a name, or nothing is planned yet.
            StorageFailed: a run is working on the project.
        """
        if not BRANCH.fullmatch(name):
            raise BadInput(
                f"a branch cannot be called {name!r}.", next_step="Use lower case letters, digits and dashes."
            )
        digest = self.branches(project).get(name) or self._projects.open(project).board
        if not digest:
            raise BadInput(f"project {project!r} has no plan yet.", next_step=f"`storyreel resume {project}` makes it.")
        return self._turn(project, lambda: self._steps.go(project, digest, f"branch {name}", name).digest, f"on {name}")

    def _turn(self, project: str, step: Callable[[], str], said: str) -> Turn:
        before = self._projects.open(project)
        with self._crew.memory.working_on(project):
            digest = step()
        changes = self._changes(project, before.board, digest)
        self._projects.say(project, "director", f"{said}: {'; '.join(changes) or 'nothing differs'}")
        now = self._steps.current(project)
        return Turn(project, digest, changes, self._number(project, digest), now.branch if now else MAIN)

    def _found(self, project: str, ref: str) -> tuple[str, str | None]:
        row, versions, word = self._projects.open(project), self._projects.versions(project), ref.strip().lower()
        heads = self.branches(project)
        if word in heads:
            return heads[word], word
        past = [step.digest for step in self._steps.of(project) if step.state == "done" and step.digest != row.board]
        digest = _by_word(word, past, versions)
        if digest is None:
            there = f"there are versions 1 to {len(versions)}" if versions else "there are none yet"
            raise UnknownName(
                f"project {project!r} has no version {ref!r}; {there}.",
                next_step=f"`storyreel history {project}` lists them.",
            )
        return digest, None

    def _number(self, project: str, digest: str) -> int:
        digests = [version.digest for version in self._projects.versions(project)]
        return digests.index(digest) + 1

    def _changes(self, project: str, before: str, after: str) -> tuple[str, ...]:
        if not before:
            return ()
        return in_words(changes_between(self._board(project, before), self._board(project, after)))

    def _board(self, project: str, digest: str) -> Storyboard:
        return self._projects.board(project, digest)


def _by_word(word: str, past: list[str], versions: list[Version]) -> str | None:
    digests = [version.digest for version in versions]
    if word.isdigit() and 1 <= int(word) <= len(digests):
        return digests[int(word) - 1]
    named = {"first": digests[:1], "last": digests[-1:], "before": past[-1:]}
    if word in named:
        return named[word][0] if named[word] else None
    found = [digest for digest in digests if len(word) >= 4 and digest.startswith(word)]
    return found[0] if len(found) == 1 else None
