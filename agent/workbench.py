"""Where a reviser looks at the takes of a shot: frames, measurements, judges, lines, references."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from agent.crew import Crew
from agent.llm_meter import Usage
from agent.llm_notebook import StoreNotebook
from agent.review import Purse, footage_of, judge_take, take_claims
from agent.reviser import Case, Outcome
from storyboards.claims import Claim
from storyboards.critique import Verdict
from storyboards.errors import GenerationFailed, ToolRefused, UnknownName
from storyboards.shot import Take
from storyboards.storyboard import Storyboard
from tools.catalogue import Arguments, MakeReference, OneTake, Speak
from tools.contract import PaidJudge, request_for

if TYPE_CHECKING:
    from agent.reviser import Bench

Result = TypeVar("Result")
Threads = Callable[..., Awaitable[Result]]

SHEET_FRAMES, SHEET_COLUMNS, CELL_PX = 8, 4, 256
MOST_EVIDENCE, EVIDENCE_PX = 4, 384


class Workbench:
    """A :class:`agent.reviser.Bench` over the crew.

    Args:
        takes: of the shot, in the order in which a model counts them from 1.
        thread: runs blocking work; ``say`` is told what is done, for people.
    """

    def __init__(
        self, crew: Crew, project: str, board: Storyboard, shot_id: str, takes: Sequence[Take], purse: Purse,
        thread: Threads[Outcome], say: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._crew, self._project, self._board, self._shot = crew, project, board, board.shot(shot_id)
        self._takes, self._purse, self._thread, self._say = tuple(takes), purse, thread, say
        self._notebook = StoreNotebook(crew.store)

    async def look(self, name: str, call: Arguments) -> Outcome:
        """Carry out a tool of scope ``look``.

        Raises:
            ToolRefused: no such take, element or line.
            StoryreelError: the tool itself failed.
        """
        self._say(f"looks: {name.replace('_', ' ')}")
        work: dict[str, Callable[[], Outcome]] = {
            "inspect_contact_sheet": lambda: self._sheet(self._take(call)), "measure": lambda: self._measured(call),
            "judge": lambda: self._judged(call), "make_reference": lambda: self._reference(call),
            "speak": lambda: self._spoken(call),
        }  # fmt: skip
        return await self._thread(work[name])

    async def evidence(self, case: Case) -> tuple[tuple[str, bytes], ...]:
        """Frames of the best take at which something failed or likely did, at most four, each with what was found."""
        take = next(take for take in self._takes if take.key == case.best.take_key)
        where = {
            min(max(0, v.evidence.frame or 0), take.frames - 1): f"{v.claim_id}: {v.measured or 'not as planned'}"
            for v in case.best.wanting
        }
        frames = sorted(where)[:MOST_EVIDENCE]

        def stills() -> Outcome:
            from tools.media import jpeg_stills

            return Outcome("", tuple(jpeg_stills(footage_of(self._crew, take).video, frames, EVIDENCE_PX)))

        pictures = (await self._thread(stills)).pictures
        return tuple(
            (f"{take.rate.seconds(frame):.2f} s, {where[frame]}", picture)
            for frame, picture in zip(frames, pictures, strict=True)
        )

    def recall(self, key: str) -> str | None:
        return self._notebook.recall(key)

    def remember(self, key: str, text: str) -> None:
        self._notebook.remember(key, text)

    def told(self, what: str) -> None:
        self._say(what)

    def charge(self, usage: Usage) -> None:
        ledger = self._crew.memory.ledger
        ledger.charge(self._project, "revise", self._shot.id, "", usage.cost_usd, usage.wall_s)

    def _take(self, call: Arguments) -> Take:
        assert isinstance(call, OneTake), "the catalogue gives these tools a take"
        if call.take > len(self._takes):
            raise ToolRefused(f"there are {len(self._takes)} takes; number {call.take} was named.", reason="arguments")
        return self._takes[call.take - 1]

    def _sheet(self, take: Take) -> Outcome:
        from tools.media import contact_sheet

        count = min(SHEET_FRAMES, take.frames)
        frames = [int((k + 0.5) * take.frames / count) for k in range(count)]
        labels = [f"{take.rate.seconds(frame):.2f} s" for frame in frames]
        video = footage_of(self._crew, take).video
        sheet = contact_sheet([(video, frames)], SHEET_COLUMNS, labels, CELL_PX)
        return Outcome(
            f"{count} frames of take {self._takes.index(take) + 1}, row by row, at {', '.join(labels)}", (sheet,)
        )

    def _measured(self, call: Arguments) -> Outcome:
        take, claims = self._take(call), take_claims(self._board, self._shot)
        request = request_for(self._board, self._shot)
        for judge in self._crew.judges:
            if not isinstance(judge, PaidJudge):
                return Outcome(in_words(claims, judge.judge(footage_of(self._crew, take), claims, request)))
        raise ToolRefused("nobody here measures.", reason="backend")

    def _judged(self, call: Arguments) -> Outcome:
        take, claims = self._take(call), take_claims(self._board, self._shot)
        critique, notes = judge_take(self._crew, self._project, self._board, take, self._purse)
        said = [note.text for note in notes]
        return Outcome("\n".join([in_words(claims, critique.verdicts), *said]))

    def _reference(self, call: Arguments) -> Outcome:
        assert isinstance(call, MakeReference)
        from agent.references import draw_cast, looks

        self._board.element(call.element)
        if self._crew.artist is None:
            raise ToolRefused(f"{self._crew.backend.name} draws no references.", reason="backend")
        kept = looks(self._crew, self._project, self._board)
        if call.element not in kept:
            draw_cast(self._crew, self._project, self._board)
            kept = looks(self._crew, self._project, self._board)
        if call.element not in kept:
            raise GenerationFailed(f"no reference of {call.element} could be drawn.")
        found = kept[call.element]
        picture = self._crew.store.path(found.sha256).read_bytes()
        return Outcome(f"the {found.origin} reference of {call.element}", (picture,))

    def _spoken(self, call: Arguments) -> Outcome:
        assert isinstance(call, Speak)
        from agent.narration import length_of

        if call.line > len(self._shot.lines):
            raise UnknownName(f"the shot has {len(self._shot.lines)} lines; number {call.line} was named.")
        line = self._shot.lines[call.line - 1]
        length_s, seconds = length_of(self._crew, self._board, line), self._board.rate.seconds(self._shot.frames)
        fits = "fits" if line.at_s + length_s <= seconds else "runs on into the next shot"
        return Outcome(f"{line.speaker} needs {length_s:.2f} s from {line.at_s:.2f} s of {seconds:.2f} s: it {fits}.")


def in_words(claims: Sequence[Claim], verdicts: Sequence[Verdict]) -> str:
    """Verdicts a line each: ``- fail s3.colour.fox (T1): The fox is orange. Found: purple.``"""
    by_id = {claim.id: claim for claim in claims}
    rows = []
    for v in verdicts:
        claim = by_id.get(v.claim_id)
        found = f" Found: {v.measured}." if v.measured else ""
        outcome = "likely broken" if v.is_doubtful else v.outcome
        rows.append(f"- {outcome} {v.claim_id} ({v.tier}): {claim.text if claim else ''}{found}")
    return "\n".join(rows)


if TYPE_CHECKING:

    def _is_a_bench(bench: Workbench) -> Bench:
        return bench
