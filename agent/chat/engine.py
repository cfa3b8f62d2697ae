"""The conversation about a film: what is said is read as intents, done, filmed if it is to be, and answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from agent.chat import intents, opening
from agent.chat.doing import HELP, Desk, about_home
from agent.chat.reading import Reader, RulebookReader, known_intent, spending
from agent.chat.replies import Action, Attachment, Query, Reply, Said
from agent.director import Director, Listener
from agent.film import Film
from agent.preferences import Preferences
from agent.rulebook.audience import manner_for
from storyboards.brief import Brief
from storyboards.errors import BadInput, StoryreelError

__all__ = ["Action", "Attachment", "Chat", "Query", "Reply"]


class Chat:
    """Talks about the films of a director. It holds nothing itself: a conversation goes on after a restart.

    Args:
        reader: turns words into intents; by rule if None. When one with a language model cannot, the rulebook reads
            instead, and the reply says so.
    """

    def __init__(self, director: Director, reader: Reader | None = None) -> None:
        self._director, self._memory = director, director.crew.memory
        self._rules = RulebookReader()
        self._reader: Reader = reader or self._rules

    async def say(
        self,
        project: str | None,
        text: str,
        *,
        attachments: Sequence[Attachment] = (),
        on_event: Listener | None = None,
        film: bool = True,
    ) -> Reply:
        """Answer a message.

        Args:
            project: the film that is spoken of; None to begin one with this message as its brief. What needs no film
                (the library, preferences, search, help) is answered without beginning one.
            attachments: pictures of elements, scripts and shot lists, or a whole storyboard.
            film: whether what becomes stale is filmed before the reply; if not, edits are put in force and priced, and
                an action ``film`` says that ``Director.resume`` has something to do.

        Raises:
            UnknownName: no such project.
            StoryreelError: filming failed; what was said and changed is kept. What merely cannot be understood or done
                is no error but a reply.
        """
        if project is None:
            return await self._begin(text, attachments, on_event, film)
        row = await asyncio.to_thread(self._memory.projects.open, project)
        self._memory.projects.say(project, "user", _with_names(text, attachments))
        waiting = self._memory.talks.waiting(project)
        try:
            opening.refuse_beginnings(attachments)
            if not row.board and "brief" in waiting:
                brought = await asyncio.to_thread(self._brought, project, text, attachments)
                text = opening.without_material(text, attachments)
                return await self._answer(project, text, on_event, film, brought)
            said = await self._understood(project, text, attachments)
        except BadInput as error:
            return self._told(project, Said(str(error)))
        except StoryreelError as error:
            self._memory.projects.say(project, "director", str(error))
            raise
        return await self._filmed(project, said, on_event, film)

    # -- beginning -----------------------------------------------------------------------------------------------------

    async def _begin(
        self, text: str, attachments: Sequence[Attachment], on_event: Listener | None, film: bool
    ) -> Reply:  # fmt: skip
        intent = known_intent(text)
        try:
            if intent is not None and not attachments:
                said = about_home(self._director, intent)
                return _reply(None, said or Said(f"There is no film yet to do that with.\n{HELP}"))
            board = await asyncio.to_thread(opening.plan_of, attachments)
            brief = await asyncio.to_thread(
                opening.brief_of, text or (board.logline or board.title if board else ""), attachments
            )
            asked = () if board else opening.questions(brief, Preferences(self._memory))
        except BadInput as error:
            return _reply(None, Said(str(error)))
        name = await asyncio.to_thread(self._create, brief)
        try:
            said = await asyncio.to_thread(self._brought, name, text, attachments)
        except BadInput as error:
            said = Said(str(error))
        if board is not None:
            self._memory.projects.adopt(name, board, f"the storyboard that came with it: {board.title}")
            return await self._planned(name, said, on_event, film)
        if asked:
            self._memory.talks.wait(name, {"brief": True})
            question = opening.query(asked)
            return self._told(name, Said(_joined(said.text, question.text), question=question))
        return await self._planned(name, said, on_event, film)

    def _create(self, brief: Brief) -> str:
        title = " ".join(brief.text.split()[:6]).strip(".,;:!?")
        return self._memory.projects.create(brief, title).name

    def _brought(self, project: str, text: str, attachments: Sequence[Attachment]) -> Said:
        """Take the pictures, the clips and the voice that came for a film that has no plan yet."""
        desk, pictures = Desk(self._director, project), opening.pictures_in(text, attachments)
        done = [desk.use_pictures(pictures)] if pictures else []
        if material := opening.material_in(text, attachments):
            done.append(desk.use_material(material))
        return _together(done)

    async def _answer(
        self, project: str, text: str, on_event: Listener | None, film: bool, brought: Said
    ) -> Reply:  # fmt: skip
        """An answer to what the brief left open, or more of the brief; ``brought`` says what came with it."""
        brief = (await asyncio.to_thread(self._memory.projects.open, project)).brief
        asked = opening.questions(brief, Preferences(self._memory))
        if asked and brought.text and not text.strip():
            question = opening.query(asked)
            return self._told(project, Said(_joined(brought.text, question.text), question=question))
        found = opening.answers_in(text) if asked or text.strip() else {}
        if isinstance(known_intent(text), intents.Decline):
            return self._told(
                project, Said("Then it waits; say “go” when you want it planned.", question=opening.query(asked))
            )
        if found is None:
            brief = opening.with_more(brief, text)
            self._memory.projects.change(project, brief=brief)
            question = opening.query(opening.questions(brief, Preferences(self._memory)))
            told = _joined(brought.text, "That is part of the brief now.", question.text)
            return self._told(project, Said(told, question=question))
        self._memory.projects.change(project, brief=opening.settled(brief, found, asked))
        self._memory.talks.settle(project)
        return await self._planned(project, brought, on_event, film)

    async def _planned(self, project: str, said: Said, on_event: Listener | None, film: bool) -> Reply:
        """Plan, say what the plan is and what it costs, and film it if that is wanted."""
        try:
            price = await self._director.draft(project)
        except StoryreelError as error:
            self._memory.projects.say(project, "director", str(error))
            if isinstance(error, BadInput):
                return _reply(project, Said(str(error)))
            raise
        board = price.board
        rows = [f"{n}. {shot.prompt or shot.setting}" for n, shot in enumerate(board.shots, start=1)]
        notes = [f"Not as asked: {substitution}." for substitution in board.substitutions]
        head = f"“{board.title}”, {board.duration_s:g} s, {board.width}×{board.height}:"
        told = manner_for(board.audience).said
        whom = [f"For {board.audience}: {told}."] if told and board.planner == "rulebook" else []
        text = _joined(said.text, "\n".join([head, *rows, *whom, *notes, price.describe()]))
        actions = (*said.actions, Action("planned", price.token))
        return await self._filmed(project, Said(text, said.changes, actions=actions, to_film=True), on_event, film)

    # -- going on ------------------------------------------------------------------------------------------------------

    async def _understood(self, project: str, text: str, attachments: Sequence[Attachment]) -> Said:
        opening.refuse_unusable(attachments)
        material, pictures = opening.material_in(text, attachments), opening.pictures_in(text, attachments)
        text = opening.without_material(text, attachments)
        wanted, notice = await self._read(project, text)
        desk = Desk(self._director, project, attachments)
        steps: list[Callable[[], Said]] = [partial(desk.use_material, material)] if material else []
        if len(pictures) > 1 or any(picture.meant for picture in pictures.values()):
            # Whom each of them shows is known, so the words need not be asked again.
            wanted = [intent for intent in wanted if not isinstance(intent, intents.UsePicture)]
        if pictures and not any(isinstance(intent, intents.UsePicture) for intent in wanted):
            steps.append(partial(desk.use_pictures, pictures))
        steps += [partial(self._do, desk, intent) for intent in wanted]
        done: list[Said] = [Said(notice)] if notice else []
        for step in steps:
            try:
                done.append(await asyncio.to_thread(step))
            except BadInput as error:
                # What was done before it stays done, and is said.
                if not done:
                    raise
                done.append(Said(str(error)))
                break
        return _together(done)

    def _do(self, desk: Desk, intent: intents.Intent) -> Said:
        return about_home(self._director, intent) or desk.do(intent)

    async def _read(self, project: str, text: str) -> tuple[list[intents.Intent], str]:
        """The intents of a message, and a notice if it was not the configured reader that read it."""
        if not text.strip():
            return [], ""
        charged = spending.set(partial(self._memory.ledger.charge, project, "chat", "", ""))
        try:
            return await self._reader.read(text, self._situation(project)), ""
        except StoryreelError as error:
            if self._reader is self._rules:
                raise
            read = await self._rules.read(text)
            return read, f"The language model did not help ({error.message}); I read it by rule."
        finally:
            spending.reset(charged)

    def _situation(self, project: str) -> str:
        row = self._memory.projects.open(project)
        if not row.board:
            return f"The film {row.title!r} is not planned yet."
        board = self._memory.projects.board(project, row.board)
        cast = ", ".join(f"{e.id} ({e.colour} {e.subject})" for e in board.elements)
        shots = "\n".join(f"{n}. {shot.prompt}" for n, shot in enumerate(board.shots, start=1))
        waiting = "\nA priced change waits for a yes or no." if self._memory.talks.waiting(project) else ""
        return f"The film {board.title!r} lasts {board.duration_s:g} s. Its cast: {cast}. Its shots:\n{shots}{waiting}"

    async def _filmed(self, project: str, said: Said, on_event: Listener | None, film: bool) -> Reply:
        if not said.to_film:
            return self._told(project, said)
        if not film:
            price = await self._director.draft(project)
            planned = any(action.kind == "planned" for action in said.actions)
            text = said.text if planned else _joined(said.text, price.describe())
            actions = (*said.actions, Action("film", price.token))
            return self._told(project, Said(text, said.changes, Query("Shall I film it?"), actions))
        try:
            made = await self._director.resume(project, on_event)
        except StoryreelError as error:
            self._memory.projects.say(project, "director", _joined(said.text, str(error)))
            raise
        told = Said(
            _joined(said.text, _in_words(made)),
            said.changes,
            said.question,
            (*said.actions, Action("filmed", str(made.out))),
        )
        return self._told(project, told, made)

    def _told(self, project: str, said: Said, film: Film | None = None) -> Reply:
        self._memory.projects.say(project, "director", said.text)
        return _reply(project, said, film)


def _reply(project: str | None, said: Said, film: Film | None = None) -> Reply:
    return Reply(project, said.text, said.changes, said.question, film, said.actions)


def _together(done: Sequence[Said]) -> Said:
    return Said(
        _joined(*(said.text for said in done)), tuple(change for said in done for change in said.changes),
        next((said.question for said in reversed(done) if said.question), None),
        tuple(action for said in done for action in said.actions), any(said.to_film for said in done),
    )  # fmt: skip


def _joined(*texts: str) -> str:
    return "\n".join(text for text in texts if text)


def _with_names(text: str, attachments: Sequence[Attachment]) -> str:
    return " ".join([text, *(f"[{attachment.called}]" for attachment in attachments)]).strip()


def _in_words(film: Film) -> str:
    """What came of filming."""
    score, rows = film.score, [f"* {reason}" for reason in film.reasons]
    head = f"The film is {film.status}: {film.duration_s:.1f} s, {score.passed} claims kept, {score.failed} broken, "
    return "\n".join([f"{head}{score.unmeasurable} not measurable. {film.out}", *rows])
