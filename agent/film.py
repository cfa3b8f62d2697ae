"""A film as it stands: what plays, what was tried, what was promised and what was found. Read from the tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from agent.changes import changes_between, in_words, recipe_causes
from agent.crew import Crew
from agent.memory.cuts import Cut
from agent.memory.ledger import Entry
from agent.memory.references import KeptReference
from agent.produce import planned_recipe
from agent.references import looks, request_of
from agent.review import final_verdicts
from storyboards.claims import Claim, compile_claims
from storyboards.critique import Score, Verdict, score_of
from storyboards.errors import UnknownName
from storyboards.shot import Shot, Take
from storyboards.storyboard import Storyboard, Substitution, digest_of
from storyboards.timeline import Timeline

ShotState = Literal["current", "stale", "missing", "failed"]


@dataclass(frozen=True)
class Film:
    """A finished cut with everything that was found about it.

    Attributes:
        status: ``complete``, or ``degraded`` with ``reasons`` in words.
        out: where the film lies, with its papers beside it (``files``); ``cut`` is the same film in the store.
        takes: every take of the shots that the film has, also those of earlier plans; ``playing`` maps a shot to the
            key of the one that plays, ``kept`` are those keys.
        revisions: what was tried after a failed claim, in words, by shot.
        notes: what a person should know; a film can have notes and be complete.
        cast: the references of its elements, by element.
        changes: what an edit changed, in words.
        spend_usd: of the whole project; ``wall_s`` is of this run.
    """

    project: str
    status: str
    out: Path
    cut: Path
    storyboard: Storyboard
    timeline: Timeline
    takes: tuple[Take, ...]
    playing: dict[str, str]
    revisions: dict[str, tuple[str, ...]]
    claims: tuple[Claim, ...]
    verdicts: tuple[Verdict, ...]
    notes: tuple[str, ...]
    reasons: tuple[str, ...]
    spend_usd: float = 0.0
    cast: Mapping[str, KeptReference] = field(default_factory=dict)
    changes: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()
    wall_s: float = 0.0

    @property
    def kept(self) -> frozenset[str]:
        return frozenset(self.playing.values())

    @property
    def score(self) -> Score:
        return score_of(self.verdicts)

    @property
    def substitutions(self) -> tuple[Substitution, ...]:
        return self.storyboard.substitutions

    @property
    def duration_s(self) -> float:
        return self.timeline.duration_s

    def is_kept(self, take: Take) -> bool:
        return self.playing.get(take.shot_id) == take.key


class ShotView(BaseModel):
    """Where one shot stands: ``current`` has a take of the plan in force, ``stale`` only takes of earlier plans,
    ``failed`` only failures, ``missing`` nothing. Stale takes stay usable.

    Attributes:
        causes: for a stale shot why, by field, against its newest take: "element fox: colour orange → blue".
        playing: ordinal of the take that plays in the last cut; None if there is none.
        picked: ordinal of the take that a person chose for the plan in force; None if the judge chooses.
    """

    model_config = ConfigDict(frozen=True)
    id: str
    prompt: str
    duration_s: float
    status: ShotState
    takes: int
    claims: Score
    failure: str = ""
    causes: tuple[str, ...] = ()
    locked: bool = False
    playing: int | None = None
    picked: int | None = None


class MessageView(BaseModel):
    model_config = ConfigDict(frozen=True)
    role: str
    text: str


class ProjectView(BaseModel):
    """Where a project stands, derived from its tables when it is asked for.

    ``cut`` says whether the film that is there is one of the plan in force, and ``cut_causes`` what it lacks.
    """

    model_config = ConfigDict(frozen=True)
    project: str
    title: str
    status: str
    out: str
    shots: tuple[ShotView, ...]
    messages: tuple[MessageView, ...]
    versions: int
    spend_usd: float
    work_s: float
    board: str = ""
    cut: Literal["current", "stale", "missing"] = "missing"
    cut_causes: tuple[str, ...] = ()


def view_of(crew: Crew, project: str) -> ProjectView:
    """Where a project stands.

    Raises:
        UnknownName: there is no such project.
    """
    memory = crew.memory
    row = memory.projects.open(project)
    board = memory.projects.board(project, row.board) if row.board else None
    cut = memory.cuts.latest(project)
    verdicts = final_verdicts(crew, project, memory.projects.board(project, cut.board), cut) if cut else ()
    spend_usd, work_s = memory.ledger.spent(project)
    playing = {clip.shot_id: clip.take_key for clip in cut.timeline.picture} if cut else {}
    shots = tuple(_shot_view(crew, project, board, s, verdicts, playing) for s in board.shots) if board else ()
    causes = _cut_causes(crew, project, board, cut, shots) if board and cut else ()
    return ProjectView(
        project=project, title=row.title, status=row.status, out=cut.out if cut else "",
        shots=shots,
        messages=tuple(MessageView(role=m.role, text=m.text) for m in memory.projects.messages(project)),
        versions=len(memory.projects.versions(project)), spend_usd=spend_usd, work_s=round(work_s, 3),
        board=row.board, cut="missing" if cut is None else "stale" if causes else "current", cut_causes=causes,
    )  # fmt: skip


def film_of(crew: Crew, project: str) -> Film:
    """The film that was finished last.

    Raises:
        UnknownName: none was.
        ContentMissing: it is no longer in the store.
    """
    memory = crew.memory
    cut = memory.cuts.latest(project)
    if cut is None:
        raise UnknownName(
            f"project {project!r} has no finished film.", next_step=f"`storyreel resume {project}` makes it."
        )
    board = memory.projects.board(project, cut.board)
    playing = {clip.shot_id: clip.take_key for clip in cut.timeline.picture}
    entries = [entry for entry in memory.ledger.entries(project) if entry.intent.shot.id in playing]
    revisions: dict[str, tuple[str, ...]] = {}
    for entry in entries:
        if entry.intent.why:
            revisions[entry.intent.shot.id] = (*revisions.get(entry.intent.shot.id, ()), entry.intent.why)
    claims = compile_claims(board)
    verdicts = final_verdicts(crew, project, board, cut)
    notes, degrading = tuple(n.text for n in cut.notes), tuple(n.text for n in cut.notes if n.degrades)
    spend_usd, _ = memory.ledger.spent(project)
    return Film(
        project=project, status=cut.status, out=Path(cut.out), cut=crew.store.path(cut.sha256), storyboard=board,
        timeline=cut.timeline, takes=tuple(entry.take for entry in entries if entry.take is not None), playing=playing,
        revisions=revisions, claims=claims, verdicts=verdicts, notes=notes,
        reasons=degrading + failed_in_words(claims, verdicts), spend_usd=spend_usd, cast=looks(crew, project, board),
    )  # fmt: skip


def failed_in_words(claims: tuple[Claim, ...], verdicts: tuple[Verdict, ...]) -> tuple[str, ...]:
    """Each claim that failed, with what was found instead."""
    failed = {verdict.claim_id: verdict.measured for verdict in verdicts if verdict.outcome == "fail"}
    return tuple(
        f"{claim.id}: {claim.text} Found: {failed[claim.id] or 'otherwise'}." for claim in claims if claim.id in failed
    )


def _shot_view(
    crew: Crew, project: str, board: Storyboard, shot: Shot, verdicts: tuple[Verdict, ...], playing: Mapping[str, str]
) -> ShotView:  # fmt: skip
    planned = planned_recipe(request_of(crew, project, board, shot, drawn=False))
    digest = digest_of(planned)
    entries = crew.memory.ledger.entries(project, shot.id)
    made = [entry for entry in entries if entry.take is not None]
    failures = [entry.failure for entry in entries if entry.state in ("failed", "unknown")]
    current = any(entry.intent.recipe_digest == digest for entry in made)
    state: ShotState = "current" if current else "stale" if made else "failed" if failures else "missing"
    ordinals = {entry.intent.key: entry.ordinal for entry in made}
    pick = crew.memory.picks.find(project, shot.id, digest)
    return ShotView(
        id=shot.id, prompt=shot.prompt or shot.setting, duration_s=board.rate.seconds(shot.frames), status=state,
        takes=len(made), claims=score_of(v for v in verdicts if v.claim_id.startswith(f"{shot.id}.")),
        failure=failures[-1] if failures and not made else "",
        causes=_causes(made[-1], planned) if state == "stale" else (), locked=shot.locked,
        playing=ordinals.get(playing.get(shot.id, "")), picked=ordinals.get(pick.take_key) if pick else None,
    )  # fmt: skip


def _causes(newest: Entry, planned: dict[str, object]) -> tuple[str, ...]:
    if not newest.intent.recipe:
        return ("its plan changed since it was filmed by an earlier version of storyreel",)
    return recipe_causes(newest.intent.recipe, planned)


def _cut_causes(
    crew: Crew, project: str, board: Storyboard, cut: Cut, shots: tuple[ShotView, ...]
) -> tuple[str, ...]:  # fmt: skip
    """What the cut lacks of the plan in force and of what a person chose, in words; empty if nothing."""
    changes = changes_between(crew.memory.projects.board(project, cut.board), board)
    of_plan = in_words(tuple(change for change in changes if change.field != "locked"))
    return of_plan + tuple(
        f"shot {number}: take {shot.picked} was picked, take {shot.playing} plays"
        for number, shot in enumerate(shots, start=1)
        if shot.picked is not None and shot.playing is not None and shot.picked != shot.playing
    )
