"""Doing what is wanted with a film. Nothing is filmed here: what was done says whether there is something to film."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatchmethod
from pathlib import Path

from agent.chat import answers, intents
from agent.chat.replies import Action, ActionKind, Attachment, Query, Said
from agent.director import Director
from agent.edit_language import EXAMPLES
from agent.history import History, Turn
from agent.library import FILM_THINGS, Library
from agent.material import Material, as_long_as, read_material, taken_in_words, voice_of
from agent.preferences import Preferences
from agent.references import element_called, not_looked_at, read_references
from storyboards.errors import BadInput, UnknownName

PICTURES = (".png", ".jpg", ".jpeg")

HELP = (
    "Say what should be different, for example: " + "; ".join(f"“{example}”" for example in EXAMPLES[:6]) + ".\n"
    "Ask: “why did shot 4 fail?”, “which takes are there of shot 2?”, “what did it cost?”, "
    "“how much would it cost to make shot 3 darker?”, “compare takes 1 and 2 of shot 3”, “compare the last two cuts”, "
    "“what do you remember about me?”.\n"
    "Choose: “I prefer the first take of shot 2”, “lock shot 2”, “undo”, “redo”, “go back to version 2”, "
    "“branch night”.\n"
    "Cast: “keep the fox as Robin”, “cast Robin from the library”, “use this picture for the robot” with a picture.\n"
    "Take it along: “export as otio” (or otioz, edl, xml, fcpxml, srt, vtt)."
)


class Desk:
    """Does one intent at a time with one film.

    Args:
        attachments: what came with the message.
    """

    def __init__(self, director: Director, project: str, attachments: Sequence[Attachment] = ()) -> None:
        self._director, self._crew, self._project = director, director.crew, project
        self._attachments = tuple(attachments)
        self._history, self._library = History(director.crew), Library(director.crew)
        self._talks = director.crew.memory.talks

    @singledispatchmethod
    def do(self, intent: intents.Intent) -> Said:
        """Do what is wanted.

        Raises:
            BadInput: it cannot be done; it says why, and nothing was changed.
        """
        raise NotImplementedError(f"nobody does {type(intent).__name__}")

    # -- changes of the plan -------------------------------------------------------------------------------------------

    @do.register
    def _(self, intent: intents.Edit) -> Said:
        answers.board_of(self._crew, self._project)
        changes = self._director.change(self._project, intent.words, say=False)
        return self._changed(changes, "edited", "; ".join(changes))

    @do.register
    def _(self, intent: intents.Undo) -> Said:
        return self._stepped([self._history.undo(self._project) for _ in range(intent.steps)], "Undone")

    @do.register
    def _(self, intent: intents.Redo) -> Said:
        return self._stepped([self._history.redo(self._project) for _ in range(intent.steps)], "Done again")

    @do.register
    def _(self, intent: intents.GoTo) -> Said:
        return self._stepped([self._history.go(self._project, intent.version)], "Back")

    @do.register
    def _(self, intent: intents.Branch) -> Said:
        return self._stepped([self._history.branch(self._project, intent.name)], f"On branch {intent.name}")

    @do.register
    def _(self, intent: intents.Cast) -> Said:
        board = answers.board_of(self._crew, self._project)
        instead = element_called(board, intent.instead_of) if intent.instead_of else None
        named = instead.id if instead else intent.instead_of
        changes = self._library.cast(self._project, intent.name, named)
        if not changes:
            return Said(f"{intent.name} is cast so already.")
        return self._changed(changes, "cast", f"{intent.name} is cast from the library: {'; '.join(changes)}")

    # -- choices -------------------------------------------------------------------------------------------------------

    @do.register
    def _(self, intent: intents.Pick) -> Said:
        shot = answers.numbered(answers.board_of(self._crew, self._project), intent.shot)
        made = [entry.ordinal for entry in self._crew.memory.ledger.entries(self._project, shot.id) if entry.take]
        take = made[intent.take] if intent.take < 0 and made else intent.take
        text = self._director.pick(self._project, shot.id, take, "said in the conversation")
        return Said(_sentence(text), (text,), actions=(Action("picked", shot.id),), to_film=True)

    @do.register
    def _(self, intent: intents.Unpick) -> Said:
        shot = answers.numbered(answers.board_of(self._crew, self._project), intent.shot)
        text = self._director.unpick(self._project, shot.id)
        return Said(_sentence(text), (text,), actions=(Action("picked", shot.id),), to_film=True)

    @do.register
    def _(self, intent: intents.Keep) -> Said:
        board = answers.board_of(self._crew, self._project)
        element = element_called(board, intent.what)
        what = element.id if element else intent.what.casefold()
        settings = {shot.setting for shot in board.shots}
        if element is None and what not in (*FILM_THINGS, *settings):
            cast = ", ".join(e.id for e in board.elements)
            raise UnknownName(f"there is no {intent.what!r} in the film; in the cast are {cast}.")
        item = self._library.keep(self._project, what, intent.name)
        shown = ", with its picture" if item.sha256 else ""
        return Said(f"{item.name} is in the library{shown}.", actions=(Action("kept", item.name),))

    @do.register
    def _(self, intent: intents.UsePicture) -> Said:
        pictures = [a for a in self._attachments if Path(a.called).suffix.lower() in PICTURES]
        if not pictures:
            raise BadInput("there is no picture with that message.", next_step="Attach a PNG or JPEG to it.")
        answers.board_of(self._crew, self._project)
        return self.use_pictures({intent.element: pictures[0]})

    def use_pictures(self, pictures: dict[str, Attachment]) -> Said:
        """Make pictures the looks of elements, by the element's name.

        Raises:
            BadMedia: one cannot be read. UnknownName: nobody in the film is called so.
        """
        row = self._crew.memory.projects.open(self._project)
        board = self._crew.memory.projects.board(self._project, row.board) if row.board else None
        for name in pictures if board else ():
            if board is not None and element_called(board, name) is None:
                cast = ", ".join(e.id for e in board.elements) or "nobody"
                raise UnknownName(f"there is no {name!r} in the film; in the cast are {cast}.")
        names = {a.path: a.called for a in pictures.values()}
        looks = read_references(self._crew, {name: a.path for name, a in pictures.items()}, names)
        with self._crew.memory.working_on(self._project):
            for look in looks:
                self._crew.memory.references.keep(self._project, look)
        text = f"{taken_in_words(looks)}\n{not_looked_at(self._crew)}".strip()
        changes = tuple(f"reference of {look.element}: {pictures[look.element].called}" for look in looks)
        return Said(
            text, changes, actions=tuple(Action("pictured", look.element) for look in looks), to_film=bool(board)
        )

    def use_material(self, material: Material) -> Said:
        """Let clips play as shots and a recording be heard over the film.

        Raises:
            BadMedia: one cannot be read. UnknownName: there is no such shot.
        """
        kept = read_material(self._crew, material)
        over = voice_of(kept)
        row = self._crew.memory.projects.open(self._project)
        if not row.board:
            brief = as_long_as(row.brief, over)
            if brief != row.brief:
                self._crew.memory.projects.change(self._project, brief=brief)
        changes = self._director.lay_in(self._project, kept)
        called = " and ".join(str(reference.recipe["called"]) for reference in kept)
        said = f"{'; '.join(changes) or 'So already'}." if row.board else ""
        kind: ActionKind = "edited"
        text = f"{taken_in_words(kept)}\n{said}".strip()
        return Said(text, changes, actions=(Action(kind, called),), to_film=bool(changes))

    @do.register
    def _(self, intent: intents.DropPicture) -> Said:
        given = self._crew.memory.references.of(self._project, "given")
        board = answers.board_of(self._crew, self._project)
        element = element_called(board, intent.element)
        names = [
            n
            for n in given
            if n.casefold() == intent.element.casefold() or (element and element_called(board, n) == element)
        ]
        if not names:
            raise UnknownName(f"there is no picture of {intent.element!r}.")
        for name in names:
            self._crew.memory.references.forget(self._project, name, "given")
        change = f"reference of {intent.element}: none"
        return Said(f"The picture of {intent.element} is no longer used.", (change,), to_film=True)

    @do.register
    def _(self, intent: intents.Export) -> Said:
        from agent.deliver import export_edit

        film = self._director.film(self._project)
        place = film.out.with_suffix(f".{intent.form}")
        notes = export_edit(film, self._crew.store, intent.form, place)
        text = f"Written to {place}." + "".join(f"\n{note}" for note in notes)
        return Said(text, actions=(Action("exported", str(place)),))

    # -- price and approval --------------------------------------------------------------------------------------------

    @do.register
    def _(self, intent: intents.Price) -> Said:
        if not intent.words:
            waiting = self._talks.waiting(self._project).get("token")
            text = self._proposal_again() if waiting else answers.price(self._crew, self._project)
            return Said(text, question=Query("Shall I film it?"), actions=(Action("priced"),))
        answers.board_of(self._crew, self._project)
        proposal = self._director.propose(self._project, intent.words)
        self._talks.wait(self._project, {"token": proposal.token, "words": intent.words})
        text = f"That would change: {'; '.join(proposal.changes)}.\n{proposal.price.describe()}"
        return Said(text, question=Query("Shall I do it?"), actions=(Action("priced", proposal.token),))

    def _proposal_again(self) -> str:
        waiting = self._talks.waiting(self._project)
        proposal = self._director.propose(self._project, str(waiting["words"]))
        self._talks.wait(self._project, {"token": proposal.token, "words": proposal.words})
        return f"“{proposal.words}”: {proposal.price.describe()}"

    @do.register
    def _(self, intent: intents.GoAhead) -> Said:
        waiting = self._talks.waiting(self._project)
        if "token" not in waiting:
            return Said("", to_film=True)
        self._talks.settle(self._project)
        changes = self._director.accept(self._project, str(waiting["token"]), say=False)
        return self._changed(changes, "edited", "; ".join(changes))

    @do.register
    def _(self, intent: intents.Decline) -> Said:
        self._talks.settle(self._project)
        return Said("Nothing was done.")

    # -- questions -----------------------------------------------------------------------------------------------------

    @do.register
    def _(self, intent: intents.Why) -> Said:
        return Said(answers.why(self._crew, self._project, intent.shot))

    @do.register
    def _(self, intent: intents.Cost) -> Said:
        return Said(answers.cost(self._crew, self._project))

    @do.register
    def _(self, intent: intents.Takes) -> Said:
        return Said(answers.takes(self._crew, self._project, intent.shot))

    @do.register
    def _(self, intent: intents.CompareTakes) -> Said:
        return Said(answers.compare_takes(self._crew, self._project, intent.shot, intent.first, intent.second))

    @do.register
    def _(self, intent: intents.CompareCuts) -> Said:
        return Said(answers.compare_cuts(self._crew, self._project))

    @do.register
    def _(self, intent: intents.Status) -> Said:
        return Said(answers.status(self._director.show(self._project)))

    @do.register
    def _(self, intent: intents.Versions) -> Said:
        return Said(answers.versions(self._history.versions(self._project)))

    def _stepped(self, turns: list[Turn], how: str) -> Said:
        last = turns[-1]
        changes = tuple(change for turn in turns for change in turn.changes)
        text = f"{how}: version {last.number}{'' if last.branch == 'main' else f' of branch {last.branch}'}"
        said = self._changed(changes, "stepped", f"{text}; {'; '.join(changes) or 'nothing differs'}")
        return Said(said.text, changes, actions=(Action("stepped", last.digest),), to_film=said.to_film)

    def _changed(self, changes: tuple[str, ...], kind: ActionKind, text: str) -> Said:
        digest = self._crew.memory.projects.open(self._project).board
        return Said(_sentence(text), changes, actions=(Action(kind, digest),), to_film=bool(changes))


def about_home(director: Director, intent: intents.Intent, last_spoken: int = 0) -> Said | None:
    """What needs no film: the library, preferences, search, help; None for anything else.

    Args:
        last_spoken: number of the preference that was spoken of last, for "forget that".
    """
    crew, library, preferences = director.crew, Library(director.crew), Preferences(director.crew.memory)
    match intent:
        case intents.Help():
            return Said(HELP)
        case intents.Talk(words=words):
            return Said(words)
        case intents.Remembered():
            return Said(answers.remembered(crew))
        case intents.ShowLibrary():
            items = library.find(intent.words) if intent.words else library.list()
            rows = [f"* {item.name} ({item.kind}) from {item.origin['project']}" for item in items]
            return Said("\n".join(["In the library:", *rows]) if rows else "The library has nothing like that.")
        case intents.Search():
            hits = crew.memory.index.search(intent.words)
            rows = [f"* {hit.project or 'library'} · {hit.kind} {hit.ref}: {hit.excerpt}" for hit in hits]
            return Said("\n".join(rows) or f"Nothing has “{intent.words}” in it.")
        case intents.Forget(everything=True):
            return Said(f"Forgotten: {preferences.forget_all()} times that you asked for or chose something.",
                        actions=(Action("forgot", "everything"),))  # fmt: skip
        case intents.Forget(name=name) if name:
            gone = library.forget(name)
            return Said(f"{gone.name} is no longer in the library.", actions=(Action("forgot", gone.name),))
        case intents.Forget():
            forgotten = preferences.forget(intent.number or last_spoken or 1)
            return Said(f"Forgotten: {forgotten}.", actions=(Action("forgot", forgotten.subject),))
    return None


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else text
