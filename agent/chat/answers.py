"""Answers to questions about a film: from the tables, never from memory of the conversation."""

from __future__ import annotations

from collections.abc import Iterable

from agent.crew import Crew
from agent.film import ProjectView, view_of
from agent.history import VersionView
from agent.library import Library
from agent.memory.cuts import Cut
from agent.memory.ledger import Entry
from agent.memory.steps import MAIN
from agent.preferences import Preferences
from agent.propose import priced
from agent.review import final_verdicts, take_verdicts
from storyboards.claims import compile_claims
from storyboards.critique import Critique, Score, Verdict, score_of
from storyboards.errors import BadInput, UnknownName
from storyboards.shot import Shot
from storyboards.storyboard import Storyboard


def numbered(board: Storyboard, number: int) -> Shot:
    """The shot of this number, from 1.

    Raises:
        UnknownName: the film has no such shot.
    """
    if not 1 <= number <= len(board.shots):
        raise UnknownName(f"there is no shot {number}; the film has shots 1 to {len(board.shots)}.")
    return board.shots[number - 1]


def board_of(crew: Crew, project: str) -> Storyboard:
    """The plan in force.

    Raises:
        BadInput: there is none yet.
    """
    row = crew.memory.projects.open(project)
    if not row.board:
        raise BadInput(f"{project} is not planned yet.", next_step="Say “go” to plan it.")
    return crew.memory.projects.board(project, row.board)


def why(crew: Crew, project: str, number: int) -> str:
    """Why a shot, or with 0 the film, failed, is degraded or out of date."""
    if number == 0:
        return _why_film(crew, project)
    board = board_of(crew, project)
    shot, view = numbered(board, number), view_of(crew, project)
    seen = next(row for row in view.shots if row.id == shot.id)
    rows: list[str] = []
    if seen.status == "missing":
        rows.append(f"Shot {number} was not filmed yet.")
    if seen.failure:
        rows.append(f"No take of shot {number} could be made: {seen.failure}.")
    if seen.causes:
        rows.append(f"Shot {number} is out of date since it was filmed: {'; '.join(seen.causes)}.")
    entry = _entry(crew, project, shot.id, seen.playing)
    if entry is not None:
        verdicts = take_verdicts(crew, project, board, shot, entry.intent.key) if seen.status == "current" else ()
        rows += _judged(board, number, entry, verdicts)
    tried = [e.intent.why for e in crew.memory.ledger.entries(project, shot.id) if e.intent.why]
    rows += [f"Tried: {why}." for why in tried]
    return "\n".join(rows)


def _why_film(crew: Crew, project: str) -> str:
    from agent.film import film_of

    view = view_of(crew, project)
    if view.cut == "missing":
        lacking = [f"shot {n}" for n, shot in enumerate(view.shots, start=1) if shot.status in ("missing", "failed")]
        return f"There is no finished film yet; {', '.join(lacking) or 'nothing'} has no take."
    film = film_of(crew, project)
    rows = [f"The last film is {film.status}: {_counted(film.score)}."]
    rows += [f"* {reason}" for reason in film.reasons]
    if view.cut_causes:
        rows.append(f"It is out of date: {'; '.join(view.cut_causes)}.")
    return "\n".join(rows)


def _judged(board: Storyboard, number: int, entry: Entry, verdicts: tuple[Verdict, ...]) -> list[str]:
    failed = [verdict for verdict in verdicts if verdict.outcome == "fail"]
    if not failed:
        return (
            [f"Shot {number} did not fail: {_counted(score_of(verdicts))} by take {entry.ordinal}."] if verdicts else []
        )
    claims = {claim.id: claim.text for claim in compile_claims(board)}
    rows = [f"Take {entry.ordinal} of shot {number} breaks {len(failed)} of {len(verdicts)} claims:"]
    for verdict in failed:
        where = f" (frame {verdict.evidence.frame})" if verdict.evidence.frame is not None else ""
        note = f"; {verdict.evidence.note}" if verdict.evidence.note else ""
        rows.append(f"* {claims[verdict.claim_id]} Found: {verdict.measured or 'otherwise'}{where}{note}")
    return rows


def takes(crew: Crew, project: str, number: int) -> str:
    """The takes of a shot: which plays, which was picked, how each was judged, and why it was made."""
    board = board_of(crew, project)
    shot = numbered(board, number)
    seen = next(row for row in view_of(crew, project).shots if row.id == shot.id)
    rows = []
    for entry in crew.memory.ledger.entries(project, shot.id):
        marks = [word for word, is_so in (
            ("plays", entry.ordinal == seen.playing), ("picked by hand", entry.ordinal == seen.picked),
            (entry.state, entry.state != "ready"),
        ) if is_so]  # fmt: skip
        verdicts = take_verdicts(crew, project, board, shot, entry.intent.key)
        judged = _counted(score_of(verdicts)) if verdicts else "of an earlier plan" if entry.take else entry.failure
        why = f"; {entry.intent.why}" if entry.intent.why else ""
        rows.append(f"* take {entry.ordinal}{' (' + ', '.join(marks) + ')' if marks else ''}: {judged}{why}")
    if not rows:
        return f"Shot {number} has no takes yet."
    return "\n".join([f"Shot {number} has {_many(len(rows), 'take')}:", *rows])


def cost(crew: Crew, project: str) -> str:
    """What was spent."""
    spent_usd, work_s = crew.memory.ledger.spent(project)
    made = [entry for entry in crew.memory.ledger.entries(project) if entry.take is not None]
    doubts = [entry for entry in crew.memory.ledger.entries(project) if entry.state == "unknown"]
    text = f"{_many(len(made), 'take')} with {work_s:.1f} s of work have cost ${spent_usd:.2f}."
    return text + (f" Of {_many(len(doubts), 'more take')} nobody knows whether they were charged." if doubts else "")


def price(crew: Crew, project: str) -> str:
    """What is still to be filmed, and its price."""
    return priced(crew, project, board_of(crew, project)).describe()


def compare_takes(crew: Crew, project: str, number: int, first: int, second: int) -> str:
    """Two takes of a shot side by side, by the claims of the plan in force."""
    board = board_of(crew, project)
    shot = numbered(board, number)
    entries = {entry.ordinal: entry for entry in crew.memory.ledger.entries(project, shot.id) if entry.take}
    for ordinal in (first, second):
        if ordinal not in entries:
            there = ", ".join(map(str, entries)) or "none"
            raise UnknownName(f"shot {number} has no take {ordinal}; its takes are {there}.")
    judged = {n: take_verdicts(crew, project, board, shot, entries[n].intent.key) for n in (first, second)}
    unjudged = [n for n, verdicts in judged.items() if not verdicts]
    if unjudged:
        raise BadInput(
            f"take {unjudged[0]} of shot {number} was not judged by the plan in force, so it cannot be compared."
        )
    one, two = (Critique(shot_id=shot.id, take_key=str(n), verdicts=judged[n]) for n in (first, second))
    better = first if one.is_better_than(two) else second if two.is_better_than(one) else None
    rows = [f"Shot {number}, take {first}: {_counted(one.score)}. Take {second}: {_counted(two.score)}."]
    rows += _differing(board, judged[first], judged[second], f"take {first}", f"take {second}")
    rows.append(f"By its claims take {better} is better." if better else "By their claims they are level.")
    return "\n".join(rows)


def compare_cuts(crew: Crew, project: str) -> str:
    """The last finished cut against the one before."""
    cuts = finished_cuts(crew, project)
    if len(cuts) < 2:
        raise BadInput(f"there is {_many(len(cuts), 'finished cut')} of {project}; two are needed to compare.")
    old, new = cuts[-2:]
    boards = [crew.memory.projects.board(project, cut.board) for cut in (old, new)]
    verdicts = [final_verdicts(crew, project, board, cut) for board, cut in zip(boards, (old, new), strict=True)]
    rows = [
        f"{name}: {cut.status}, {cut.timeline.duration_s:.1f} s, {_counted(score_of(found))}."
        for name, cut, found in zip(("Before", "Now"), (old, new), verdicts, strict=True)
    ]
    was = {clip.shot_id: clip.take_key for clip in old.timeline.picture}
    other = [n for n, clip in enumerate(new.timeline.picture, start=1) if was.get(clip.shot_id) != clip.take_key]
    rows.append(f"{shots_in_words(other)} {'plays another take' if len(other) == 1 else 'play other takes'}."
                if other else "Every shot plays the same take.")  # fmt: skip
    return "\n".join([*rows, *_differing(boards[1], verdicts[0], verdicts[1], "before", "now")])


def finished_cuts(crew: Crew, project: str) -> list[Cut]:
    """Every cut whose final review was held, the last one last."""
    return sorted(crew.memory.cuts.all(project), key=lambda cut: cut.at_s)


def _differing(board: Storyboard, one: Iterable[Verdict], two: Iterable[Verdict], a: str, b: str) -> list[str]:
    texts = {claim.id: claim.text for claim in compile_claims(board)}
    before = {verdict.claim_id: verdict for verdict in one}
    rows = []
    for verdict in two:
        was = before.get(verdict.claim_id)
        if was is not None and was.outcome != verdict.outcome:
            found = f"{a} {was.outcome} ({was.measured or '?'}), {b} {verdict.outcome} ({verdict.measured or '?'})"
            rows.append(f"* {texts.get(verdict.claim_id, verdict.claim_id)} {found}")
    return rows


def status(view: ProjectView) -> str:
    """Where the film stands, shot by shot."""
    rows = [f"“{view.title}” is {view.status}; the film that is there is {view.cut}."]
    for number, shot in enumerate(view.shots, start=1):
        marks = [
            word for word, is_so in (("locked", shot.locked), (f"take {shot.picked} picked", shot.picked)) if is_so
        ]
        causes = f": {'; '.join(shot.causes)}" if shot.causes else f": {shot.failure}" if shot.failure else ""
        rows.append(
            f"* shot {number} ({shot.duration_s:.1f} s) {shot.status}{causes}{''.join(f' · {mark}' for mark in marks)}"
        )
    return "\n".join(rows)


def versions(rows: tuple[VersionView, ...]) -> str:
    """The versions of the plan, the last one last."""
    said = []
    for row in rows:
        here = " ← here" if row.current else ""
        branch = "" if row.branch == MAIN else f" [{row.branch}]"
        why = row.why if len(row.why) <= 60 else f"{row.why[:57]}…"
        said.append(f"{row.number}. “{why}”{branch}{': ' + '; '.join(row.changes[:4]) if row.changes else ''}{here}")
    return "\n".join(said) or "There is no plan yet."


def remembered(crew: Crew) -> str:
    """Preferences with their origin, and the library."""
    rows = [f"{preference.number}. {preference}" for preference in Preferences(crew.memory).all()]
    text = "\n".join(["You often ask for:", *rows]) if rows else "I have noticed no preference of yours yet."
    names = [f"{item.name} ({item.kind})" for item in Library(crew).list()]
    if rows:
        text += "\nThey change nothing by themselves; say “forget 1” or “forget everything”."
    return text + (f"\nIn the library: {', '.join(names)}." if names else "\nThe library is empty.")


def shots_in_words(numbers: list[int]) -> str:
    """ "Shot 2", "Shots 2, 3 and 5"."""
    if len(numbers) == 1:
        return f"Shot {numbers[0]}"
    return f"Shots {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"


def _entry(crew: Crew, project: str, shot_id: str, playing: int | None) -> Entry | None:
    entries = [entry for entry in crew.memory.ledger.entries(project, shot_id) if entry.take is not None]
    return next((entry for entry in entries if entry.ordinal == playing), entries[-1] if entries else None)


def _counted(score: Score) -> str:
    return f"{score.passed} claims kept, {score.failed} broken, {score.unmeasurable} not measurable"


def _many(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"
