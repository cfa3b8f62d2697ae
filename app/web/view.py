"""What the page shows of a film, read from the tables when it is asked for. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent.film import ProjectView, ShotView, film_of, view_of
from agent.references import looks
from agent.review import take_verdicts
from storyboards.claims import Claim, compile_claims
from storyboards.critique import Score, Verdict, score_of
from storyboards.shot import Element, Shot, Take

if TYPE_CHECKING:
    from agent.crew import Crew
    from agent.film import Film
    from agent.memory.ledger import Entry
    from agent.memory.projects import Project
    from agent.memory.references import KeptReference
    from storyboards.storyboard import Storyboard

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class ClaimView:
    """A promise of the plan beside what was found.

    Attributes:
        outcome: ``pass``, ``fail``, ``unmeasurable``, ``doubtful`` where that is more likely broken than kept, or
            ``open`` while nobody has looked.
        frame: of the take ``video_sha256``, where to look, or None; ``box`` is normalised x0, y0, x1, y1.
        span_s: seconds of the shot (of the film, for claims about the film) where to listen.
    """

    id: str
    text: str
    outcome: str
    found: str = ""
    note: str = ""
    tier: str = ""
    video_sha256: str = ""
    frame: int | None = None
    box: Box | None = None
    span_s: tuple[float, float] | None = None


@dataclass(frozen=True)
class TakeView:
    """One rendering of a shot, as a person may choose it. ``is_current`` says that it is of the plan in force."""

    key: str
    ordinal: int
    video_sha256: str
    frame: int
    backend: str
    plays: bool
    is_current: bool
    why: str
    score: Score


@dataclass(frozen=True)
class ShotCard:
    """One shot of the storyboard. ``start_s`` is where it begins in the plan in force."""

    number: int
    shot: Shot
    view: ShotView
    start_s: float
    takes: tuple[TakeView, ...]
    claims: tuple[ClaimView, ...]

    @property
    def playing(self) -> TakeView | None:
        """The take on the card: the one that plays, else the newest."""
        return next((take for take in self.takes if take.plays), self.takes[-1] if self.takes else None)

    @property
    def score(self) -> Score:
        return _score(self.claims)

    @property
    def words(self) -> str:
        """The brief's own words for it, else the plan's."""
        return self.shot.source or self.shot.prompt or self.shot.setting

    @property
    def facts(self) -> str:
        """Framing, camera, place, time and weather, in a line; a person's clip shows what it shows."""
        if self.shot.cut is not None and self.shot.cut.clip:
            return "plays your clip"
        camera = "" if self.shot.camera.move == "static" else self.shot.camera.move
        if (begins := self.shot.first_frame) is not None:
            said = "begins with your picture" if begins.cast else "in your picture"
            return " · ".join(word for word in (said, camera) if word)
        weather = "" if self.shot.weather == "clear" else self.shot.weather
        rows = (self.shot.camera.framing, camera, self.shot.setting, self.shot.time, weather)
        return " · ".join(word for word in rows if word)


@dataclass(frozen=True)
class CastMember:
    """An element and its reference: ``sha256`` of a picture in the store, empty if there is none."""

    element: Element
    sha256: str
    origin: str
    shots: int


@dataclass(frozen=True)
class FilmView:
    """The finished cut."""

    sha256: str
    status: str
    duration_s: float
    clips: tuple[ClipView, ...]
    captions: tuple[Span, ...]
    failures: tuple[Span, ...]
    claims: tuple[ClaimView, ...]
    score: Score
    reasons: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def starts(self) -> dict[str, float]:
        """Where each shot begins to play, in seconds of the film."""
        return {clip.shot_id: clip.start_s for clip in self.clips}


@dataclass(frozen=True)
class Span:
    """Words at a stretch of the film, in seconds."""

    start_s: float
    end_s: float
    text: str
    shot_id: str = ""


@dataclass(frozen=True)
class ClipView:
    """A shot as it plays in the cut, in seconds of the film."""

    number: int
    shot_id: str
    start_s: float
    length_s: float
    video_sha256: str
    frame: int


@dataclass(frozen=True)
class PageView:
    """Everything of one project that the page shows, but for what is being done right now."""

    project: Project
    view: ProjectView
    board: Storyboard | None
    cards: tuple[ShotCard, ...]
    cast: tuple[CastMember, ...]
    film: FilmView | None
    backend: str
    substitutions: tuple[str, ...] = ()
    elements: Mapping[str, Element] = field(default_factory=dict)

    @property
    def aspect(self) -> str:
        """Wide, tall or square: how the cards and the player are laid out."""
        ratio = self.board.aspect if self.board else 16 / 9
        return "tall" if ratio < 0.9 else "square" if ratio < 1.2 else "wide"

    @property
    def newest(self) -> TakeView | None:
        """The take of the last shot that has one, to be shown while there is no film; None if none has."""
        return next((card.playing for card in reversed(self.cards) if card.playing), None)

    @property
    def stage(self) -> str:
        """``unplanned``, ``planned`` (nothing filmed), ``made``, or ``changed`` (what plays is of an earlier plan)."""
        if self.board is None:
            return "unplanned"
        if self.film is None:
            return "planned"
        return "made" if self.view.cut == "current" else "changed"


def read_page(crew: Crew, name: str) -> PageView:
    """The project as the page shows it.

    Raises:
        UnknownName: there is no such project.
    """
    memory = crew.memory
    row, view = memory.projects.open(name), view_of(crew, name)
    board = memory.projects.board(name, row.board) if row.board else None
    cut = memory.cuts.latest(name)
    film = film_of(crew, name) if cut is not None else None
    backend = memory.ledger.filmed_with(name) or crew.backend.name
    if board is None:
        return PageView(row, view, None, (), (), None, backend)
    return PageView(
        project=row, view=view, board=board, cards=tuple(_cards(crew, name, board, view, film)),
        cast=tuple(_cast(board, looks(crew, name, board))), film=_film(film, cut.sha256) if film and cut else None,
        backend=backend, substitutions=tuple(str(row) for row in board.substitutions),
        elements={element.id: element for element in board.elements},
    )  # fmt: skip


def _cards(crew: Crew, name: str, board: Storyboard, view: ProjectView, film: Film | None) -> list[ShotCard]:
    claims = compile_claims(board)
    answered = {v.claim_id: v for v in film.verdicts} if film and view.cut == "current" else {}
    ledger: dict[str, list[Entry]] = {}
    for entry in crew.memory.ledger.entries(name):
        ledger.setdefault(entry.intent.shot.id, []).append(entry)
    cards, start = [], 0
    for number, (shot, seen) in enumerate(zip(board.shots, view.shots, strict=True), start=1):
        made = [(entry, entry.take) for entry in ledger.get(shot.id, ()) if entry.take is not None]
        plays = film.playing.get(shot.id, "") if film else ""
        current = _current_digest(made, seen)
        takes = tuple(
            _take(entry, take, plays, current, take_verdicts(crew, name, board, shot, take.key)) for entry, take in made
        )
        shown = next((take for _, take in made if take.key == plays), made[-1][1] if made else None)
        found = answered or (
            {v.claim_id: v for v in take_verdicts(crew, name, board, shot, shown.key)} if shown else {}
        )
        rows = tuple(
            _claim(claim, found.get(claim.id), shown.video_sha256 if shown else "")
            for claim in claims
            if claim.shot_id == shot.id
        )
        cards.append(ShotCard(number, shot, seen, board.rate.seconds(start), takes, rows))
        start += shot.frames
    return cards


def _current_digest(made: list[tuple[Entry, Take]], seen: ShotView) -> str:
    """The recipe of the takes that are of the plan in force: that of the newest, if any is."""
    return made[-1][1].recipe_digest if made and seen.status == "current" else ""


def _take(entry: Entry, take: Take, plays: str, current: str, verdicts: tuple[Verdict, ...]) -> TakeView:
    return TakeView(
        key=take.key, ordinal=take.ordinal, video_sha256=take.video_sha256, frame=take.frames // 2,
        backend=take.backend, plays=take.key == plays, is_current=take.recipe_digest == current, why=entry.intent.why,
        score=score_of(verdicts),
    )  # fmt: skip


def _claim(claim: Claim, verdict: Verdict | None, video_sha256: str) -> ClaimView:
    if verdict is None:
        return ClaimView(claim.id, claim.text, "open")
    seen = verdict.evidence
    outcome = "doubtful" if verdict.is_doubtful else verdict.outcome
    frame = seen.frame if outcome != "unmeasurable" and video_sha256 else None
    return ClaimView(
        claim.id, claim.text, outcome, verdict.measured, seen.note, verdict.tier, video_sha256, frame, seen.box,
        seen.span_s,
    )  # fmt: skip


def _score(claims: tuple[ClaimView, ...]) -> Score:
    outcomes = [claim.outcome for claim in claims]
    unsure = outcomes.count("unmeasurable") + outcomes.count("doubtful")
    return Score(passed=outcomes.count("pass"), failed=outcomes.count("fail"), unmeasurable=unsure)


def _cast(board: Storyboard, kept: Mapping[str, KeptReference]) -> list[CastMember]:
    members = []
    for element in board.elements:
        look = kept.get(element.id)
        seen = sum(shot.part_of(element.id) is not None for shot in board.shots)
        members.append(CastMember(element, look.sha256 if look else "", look.origin if look else "", seen))
    return members


def _film(film: Film, sha256: str) -> FilmView:
    timeline, rate = film.timeline, film.timeline.rate
    clips = tuple(
        ClipView(number, clip.shot_id, rate.seconds(clip.record.start), rate.seconds(clip.record.length),
                 clip.video_sha256, clip.source.start + clip.source.length // 2)
        for number, clip in enumerate(timeline.picture, start=1)
    )  # fmt: skip
    at = {clip.shot_id: clip for clip in clips}
    failed = {verdict.claim_id: verdict for verdict in film.verdicts if verdict.outcome == "fail"}
    failures = [
        Span(at[claim.shot_id].start_s, at[claim.shot_id].start_s + at[claim.shot_id].length_s, claim.text,
             claim.shot_id)
        for claim in film.claims
        if claim.id in failed and claim.shot_id in at
    ]  # fmt: skip
    answered = {verdict.claim_id: verdict for verdict in film.verdicts}
    shots = {claim.id: f"Shot {at[claim.shot_id].number}: " if claim.shot_id in at else "" for claim in film.claims}
    return FilmView(
        sha256=sha256, status=film.status, duration_s=film.duration_s, clips=clips,
        captions=tuple(Span(c.start_s, c.end_s, c.text, c.shot_id) for c in timeline.captions),
        failures=tuple(failures),
        claims=tuple(_claim(claim, answered.get(claim.id), "") for claim in film.claims if not claim.shot_id),
        score=film.score, reasons=tuple(_numbered(reason, shots) for reason in film.reasons), notes=film.notes,
    )  # fmt: skip


def _numbered(reason: str, shots: Mapping[str, str]) -> str:
    """A reason that begins with the name of a claim, with the number of its shot instead."""
    claim, colon, words = reason.partition(": ")
    return shots[claim] + words if colon and claim in shots else reason
