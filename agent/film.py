"""A film as it stands: what plays, what was tried, what was promised and what was found. Read from the tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from agent.crew import Crew
from agent.memory.projects import Message, Version
from agent.produce import recipe_digest
from agent.review import final_verdicts
from storyboards.claims import Claim, compile_claims
from storyboards.critique import Score, Verdict, score_of
from storyboards.errors import UnknownName
from storyboards.shot import Take
from storyboards.storyboard import Storyboard, Substitution
from storyboards.timeline import Timeline
from tools.contract import request_for

ShotState = Literal["current", "stale", "missing", "failed"]


@dataclass(frozen=True)
class Film:
    """A finished cut with everything that was found about it.

    Attributes:
        status: ``complete``, or ``degraded`` with ``reasons`` in words.
        out: where the film lies; ``cut`` is the same film in the store.
        takes: every take of the shots that the film has, also those of earlier plans; ``kept`` maps a shot to the key
            of the one that plays.
        revisions: what was tried after a failed claim, in words, by shot.
        notes: what a person should know; a film can have notes and be complete.
        wall_s, cost_usd: of this run; ``spent_usd`` is of the whole project.
    """

    project: str
    status: str
    out: Path
    cut: Path
    board: Storyboard
    timeline: Timeline
    takes: tuple[Take, ...]
    kept: dict[str, str]
    revisions: dict[str, tuple[str, ...]]
    claims: tuple[Claim, ...]
    verdicts: tuple[Verdict, ...]
    notes: tuple[str, ...]
    reasons: tuple[str, ...]
    wall_s: float = 0.0
    cost_usd: float = 0.0
    spent_usd: float = 0.0

    @property
    def score(self) -> Score:
        return score_of(self.verdicts)

    @property
    def substitutions(self) -> tuple[Substitution, ...]:
        return self.board.substitutions

    @property
    def duration_s(self) -> float:
        return self.timeline.duration_s

    def is_kept(self, take: Take) -> bool:
        return self.kept.get(take.shot_id) == take.key


@dataclass(frozen=True)
class ShotStanding:
    """Whether a shot has a take of the plan in force.

    ``current`` has one, ``stale`` has only takes of an earlier plan, ``failed`` only failures, ``missing`` nothing.
    """

    shot_id: str
    state: ShotState
    takes: tuple[Take, ...]
    failure: str = ""


@dataclass(frozen=True)
class Standing:
    """Where a project stands, derived now from its tables. ``board`` is None before it is planned."""

    project: str
    title: str
    status: str
    board: Storyboard | None
    shots: tuple[ShotStanding, ...]
    versions: tuple[Version, ...]
    messages: tuple[Message, ...]
    film: Film | None
    spent_usd: float
    spent_s: float


def standing_of(crew: Crew, project: str) -> Standing:
    """Where a project stands.

    Raises:
        UnknownName: there is no such project.
    """
    memory = crew.memory
    row = memory.projects.open(project)
    board = memory.projects.board(project, row.board) if row.board else None
    shots = tuple(_shot_standing(crew, project, board, shot.id) for shot in board.shots) if board else ()
    spent_usd, spent_s = memory.ledger.spent(project)
    try:
        film = film_of(crew, project)
    except UnknownName:
        film = None
    return Standing(
        project, row.title, row.status, board, shots, tuple(memory.projects.versions(project)),
        tuple(memory.projects.messages(project)), film, spent_usd, spent_s,
    )  # fmt: skip


def film_of(crew: Crew, project: str) -> Film:
    """The film that was finished last.

    Raises:
        UnknownName: none was.
        ContentMissing: it is no longer in the store.
    """
    memory = crew.memory
    cut = memory.cuts.latest(project)
    if cut is None or cut.status == "cut":
        raise UnknownName(
            f"project {project!r} has no finished film.", next_step=f"`storyreel resume {project}` makes it."
        )
    board = memory.projects.board(project, cut.board)
    kept = {clip.shot_id: clip.take_key for clip in cut.timeline.picture}
    entries = [entry for entry in memory.ledger.entries(project) if entry.intent.shot.id in kept]
    revisions: dict[str, tuple[str, ...]] = {}
    for entry in entries:
        if entry.intent.why:
            revisions[entry.intent.shot.id] = (*revisions.get(entry.intent.shot.id, ()), entry.intent.why)
    claims = compile_claims(board)
    verdicts = final_verdicts(crew, project, board, cut)
    notes, degrading = tuple(n.text for n in cut.notes), tuple(n.text for n in cut.notes if n.degrades)
    spent_usd, _ = memory.ledger.spent(project)
    return Film(
        project=project, status=cut.status, out=Path(cut.out), cut=crew.store.path(cut.sha256), board=board,
        timeline=cut.timeline, takes=tuple(entry.take for entry in entries if entry.take is not None), kept=kept,
        revisions=revisions, claims=claims, verdicts=verdicts, notes=notes,
        reasons=degrading + failed_in_words(claims, verdicts), spent_usd=spent_usd,
    )  # fmt: skip


def failed_in_words(claims: tuple[Claim, ...], verdicts: tuple[Verdict, ...]) -> tuple[str, ...]:
    """Each claim that failed, with what was found instead."""
    failed = {verdict.claim_id: verdict.measured for verdict in verdicts if verdict.outcome == "fail"}
    return tuple(
        f"{claim.id}: {claim.text} Found: {failed[claim.id] or 'otherwise'}." for claim in claims if claim.id in failed
    )


def _shot_standing(crew: Crew, project: str, board: Storyboard, shot_id: str) -> ShotStanding:
    digest = recipe_digest(request_for(board, board.shot(shot_id)))
    entries = crew.memory.ledger.entries(project, shot_id)
    takes = tuple(entry.take for entry in entries if entry.take is not None)
    current = any(take.recipe_digest == digest for take in takes)
    failures = [entry.failure for entry in entries if entry.state in ("failed", "unknown")]
    state: ShotState = "current" if current else "stale" if takes else "failed" if failures else "missing"
    return ShotStanding(shot_id, state, takes, failures[-1] if failures else "")
