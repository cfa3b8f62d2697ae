"""``storyreel chat``: the conversation about a film in a terminal, or from a pipe."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

if TYPE_CHECKING:
    from agent.chat.replies import Reply

WELCOME = "Tell me about your film, or say what to change. /help, /attach FILE, /film on|off, /new, /quit."


def chat(
    project: Annotated[Optional[str], typer.Argument(metavar="[PROJECT]", help="else a new film")] = None,  # noqa: UP045
    backend: Annotated[Optional[str], typer.Option(help="who films; else who filmed the project before")] = None,  # noqa: UP045
    hold: Annotated[bool, typer.Option("--no-film", help="price changes, film only after “go ahead”")] = False,
    home: Annotated[Optional[Path], typer.Option("--home", help="where projects live (else $STORYREEL_HOME)")] = None,  # noqa: UP045
) -> None:
    """Talk about a film: changes, questions, choices, versions, the library."""
    from app.cli import _guarded, _settings

    def work() -> None:
        from agent.chat.engine import Chat
        from app.bootstrap import build_director, choose_reader

        settings = _settings(home)
        director = build_director(settings, backend, project)
        if project is not None:
            director.crew.memory.projects.open(project)
        asyncio.run(_Terminal(Chat(director, choose_reader(settings)), project, film=not hold).run())

    _guarded(work, as_json=False)


class _Terminal:
    """One conversation at the terminal: a line in, an answer out, until the lines end."""

    def __init__(self, chat: object, project: str | None, film: bool) -> None:
        from rich.console import Console

        self._chat, self._project, self._film = chat, project, film
        self._attached: list[Path] = []
        self._console = Console(highlight=False)
        self._is_person = sys.stdin.isatty()

    async def run(self) -> None:
        if self._is_person:
            self._console.print(WELCOME, style="dim")
        async for line in self._lines():
            if line in ("/quit", "/exit", "/q"):
                break
            if line.startswith("/") and line != "/help":
                self._command(line)
            elif line or self._attached:
                await self._answer(line)

    async def _lines(self) -> AsyncIterator[str]:
        while True:
            prompt = f"{self._project or 'new film'} › " if self._is_person else ""
            try:
                line = await asyncio.to_thread(self._console.input, prompt)
            except EOFError:
                return
            if not self._is_person:
                self._console.print(f"> {line}", style="dim", markup=False)
            yield line.strip()

    def _command(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        if word == "/new":
            self._project, self._attached = None, []
            said = "A new film, then."
        elif word == "/film" and rest in ("on", "off"):
            self._film = rest == "on"
            said = "Changes are filmed at once." if self._film else "Changes are priced and wait for “go ahead”."
        elif word == "/attach" and Path(rest).expanduser().is_file():
            self._attached.append(Path(rest).expanduser())
            said = f"{Path(rest).name} goes with what you say next."
        else:
            said = f"There is no file {rest!r}." if word == "/attach" else WELCOME
        self._console.print(said, style="dim", markup=False)

    async def _answer(self, text: str) -> None:
        from agent.chat.engine import Attachment, Chat
        from agent.chat.intents import GoAhead
        from agent.chat.reading import known_intent
        from app.screen import Watcher
        from storyboards.errors import StoryreelError

        assert isinstance(self._chat, Chat)
        attached = [Attachment(path) for path in self._attached]
        # "Go ahead" films even where changes are held: that is what they are held for.
        film = self._film or (self._project is not None and isinstance(known_intent(text), GoAhead))
        try:
            with Watcher(silent=not self._is_person) as watcher:
                reply = await self._chat.say(
                    self._project, text, attachments=attached, on_event=watcher.on_event, film=film
                )
        except StoryreelError as error:
            self._console.print(f"{type(error).__name__}: {error}", style="red", markup=False)
            return
        self._attached = []
        self._show(reply)

    def _show(self, reply: Reply) -> None:
        if reply.project is not None and reply.project != self._project:
            self._project = reply.project
            self._console.print(f"project {reply.project}", style="dim", markup=False)
        self._console.print(reply.text, markup=False, soft_wrap=True)
        if reply.question is not None and not reply.question.topics:
            self._console.print(reply.question.text, style="bold", markup=False)
