"""Thirty things that people say about a film, and what of the storyboard each changes; questions and beginnings."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from agent.changes import changes_between, in_words
from agent.chat.engine import Attachment, Chat, Reply
from agent.chat.intents import CompareTakes, Edit, Undo
from agent.chat.model_reader import ModelReader, tools
from agent.chat.reading import known_intent, read_intents
from agent.director import Director
from agent.history import History
from agent.library import Library
from agent.llm_client import LLMClient
from agent.llm_meter import TokenPrices
from agent.rulebook import Rulebook
from app.dev_llm.faults import Answer, ToolCall
from app.dev_llm.server import DevServer, one_after_another
from storyboards.brief import Brief
from storyboards.errors import UnknownName
from storyboards.storyboard import Storyboard
from tests.agent.test_edits import STORY
from tests.agent.test_references import photo, studio
from tests.fakes import PaintedBackend, ScriptedPlanner, fake_crew, tiny_board

WHOLE = STORY + " 24 seconds, 16:9, for everyone."
DARKER, BRIGHTER = "exposure 0 → -0.7 stops", "exposure 0 → 0.7 stops"

UTTERANCES: list[tuple[str, list[str]]] = [
    ("shot 3 is too dark, and she should look left",
     ["shot 3: the fox does ride with boat → look around left", f"shot 3: {BRIGHTER}"]),
    ("swap the fox for a cat but keep the scarf",
     ["element fox: subject fox → cat", "element fox: colour orange → black",
      "shot 1: lines narrator: “A small orange fox with a red scarf walks.” → "
      "narrator: “A small black cat with a red scarf walks.”"]),
    ("Shot 2 is a bit too bright.", ["shot 2: exposure 0 → -0.35 stops"]),
    ("I want shot 4 twice as long", ["film length 24.00 s → 27.46 s", "shot 4: length 3.46 s → 6.92 s",
                                   "shot 4: goes on from none → 3.46 s of its take"]),
    ("make the boat red", ["element boat: colour blue → red"]),
    ("give the owl a blue hat", ["element owl: wears none → blue hat"]),
    ("take off the scarf", ["element fox: wears red scarf → none"]),
    ("can you make the fox bigger?", ["element fox: size small → large"]),
    ("it should rain in shots 2 and 3", ["shot 2: weather snow → rain", "shot 3: weather snow → rain"]),
    ("set everything at night", [f"shot {n}: time dusk → night" for n in (1, 2, 3)]),
    ("shot 6 should play on the beach", ["shot 6: setting village → beach"]),
    ("the last shot needs a title “Home”", ["shot 6: title none → Home"]),
    ("in shot 4 the narrator says “Over the water.”",
     ["shot 4: lines narrator: “She runs across a meadow at night.” → narrator: “Over the water.”"]),
    ("pan left in shot 2 please", ["shot 2: camera move crane down → pan left"]),
    ("get closer in shot 5", ["shot 5: camera framing medium → close"]),
    ("remove shot 4", ["film length 24.00 s → 20.54 s", "shot 4 (as it was) removed"]),
    ("move the last shot to the beginning", ["order s1 s2 s3 s4 s5 s6 → s6 s1 s2 s3 s4 s5"]),
    ("swap shots 1 and 2", ["order s1 s2 s3 s4 s5 s6 → s2 s1 s3 s4 s5 s6"]),
    ("add a shot of the owl sleeping after shot 3", ["film length 24.00 s → 28.00 s", "shot 4: new (4.00 s)"]),
    ("trim shot 1 by 1 second", ["film length 24.00 s → 23.00 s", "shot 1: length 6.04 s → 5.04 s",
                                 "shot 1: the fox timing 0–0.526, 0.526–1 → 0–0.6303, 0.6303–1",
                                 "shot 1: cut none → 0.00–5.04 s of its take"]),
    ("more cheerful music", ["music calm → playful"]),
    ("the music should be faster", ["music tempo none → 125"]),
    ("no music", ["music calm → none"]),
    ("make the whole thing look like watercolour", ["style storybook → watercolour"]),
    ("she should run to the right in shot 1",
     ["shot 1: the fox does walk right then look around → run right", "shot 1: the fox timing 0–0.526, 0.526–1 → 0–1"]),
    ("add a bell in shot 2 at 1 second", ["shot 2: sounds none → bell at 1 s"]),
    ("mute shot 2",
     ["shot 2: lines narrator: “An owl lands beside her, and they meet.” → none", "shot 2: ambience yes → no"]),
    ("lock shots 1 and 2", ["shot 1: locked no → yes", "shot 2: locked no → yes"]),
    ("make shot 2 darker. And shot 5 brighter!", [f"shot 2: {DARKER}", f"shot 5: {BRIGHTER}"]),
    ("call it “The Lantern”", ["title The fox and the owl → The Lantern"]),
    ("make it square", ["size 1280x720 → 720x720"]),
    ("make shots 1 to 3 darker, then undo that", []),
    ("undo that and then make shot 2 darker", [f"shot 2: {DARKER}"]),
    ("why did shot 4 fail?", []),
    ("what did it cost?", []),
    ("sing me something about taxes and shot 3", []),
]  # fmt: skip


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Director, str, Storyboard]:
    """A film of six shots that is planned and not filmed."""
    director = Director(fake_crew(tmp_path_factory.mktemp("home"), planner=Rulebook()))
    reply = asyncio.run(Chat(director).say(None, WHOLE, film=False))
    assert reply.project is not None
    return director, reply.project, board_of(director, reply.project)


def board_of(director: Director, project: str) -> Storyboard:
    projects = director.crew.memory.projects
    return projects.board(project, projects.open(project).board)


@pytest.mark.parametrize(("words", "expected"), UTTERANCES, ids=[words for words, _ in UTTERANCES])
async def test_an_utterance_changes_this_of_the_storyboard_and_nothing_else(
    planned: tuple[Director, str, Storyboard], words: str, expected: list[str]
) -> None:
    director, project, base = planned
    History(director.crew).go(project, "1")
    if words.startswith("undo"):
        director.change(project, "make shot 6 darker", say=False)
    reply = await Chat(director).say(project, words, film=False)
    assert list(in_words(changes_between(base, board_of(director, project)))) == expected
    assert reply.text
    assert bool(reply.changes) == (bool(expected) or "undo" in words)
    asked_to_film = [action.kind for action in reply.actions if action.kind == "film"]
    assert len(asked_to_film) == bool(reply.changes), "a change is priced and waits to be filmed"


def test_what_is_said_is_read_as_one_intent_or_several() -> None:
    assert known_intent("Please undo the last two changes.") == Undo(steps=2)
    assert known_intent("compare takes 1 and three of shot 2") == CompareTakes(shot=2, first=1, second=3)
    assert known_intent("redo shot 1") is None
    read = read_intents("Undo that. Make shot 2 darker. She should look left in shot 3. What did it cost?")
    assert [type(intent).__name__ for intent in read] == ["Undo", "Edit", "Cost"]
    assert read[1] == Edit(words="Make shot 2 darker. She should look left in shot 3.")


async def test_a_conversation_from_a_brief_to_a_film_that_is_changed(tmp_path: Path) -> None:
    backend = PaintedBackend(wrong_first=frozenset({"s1"}))
    director = Director(fake_crew(tmp_path, planner=ScriptedPlanner(tiny_board(3)), backend=backend))
    project = ""

    async def say(text: str) -> Reply:
        # A new chat each time: everything that a conversation knows is in the tables.
        nonlocal project
        reply = await Chat(director).say(project or None, text)
        project = reply.project or ""
        return reply

    assert "no preference" in (await say("what do you remember about me?")).text
    opened = await say("A fox meets an owl.")
    assert opened.question is not None
    assert [topic.topic for topic in opened.question.topics] == ["length", "aspect", "audience"]
    assert backend.filmed == []
    filmed = await say("20 seconds, vertical")
    assert filmed.film is not None
    brief = director.crew.memory.projects.open(project).brief
    assert (brief.duration_s, brief.aspect, brief.audience) == (20.0, "9:16", "everyone")
    assert "take 2 (plays): 1 claims kept" in (await say("which takes are there of shot 1?")).text
    assert "Take 1: 0 claims kept, 1 broken" in (await say("compare takes 2 and 1 of shot 1")).text
    assert "should be “orange” and is “purple”" in (await say("why did shot 1 fail?")).text
    assert (await say("I prefer the first take of shot 1")).changes == ("shot 1: take 1 is kept",)
    broken = await say("why did shot 1 fail?")
    assert "Take 1 of shot 1 breaks 1 of" in broken.text
    assert "The fox is orange. Found: purple" in broken.text
    assert "play" in (await say("compare the last two cuts")).text
    before = len(backend.filmed)
    priced = await say("how much would it cost to make shot 2 darker?")
    assert priced.changes == ()
    assert priced.question is not None
    assert len(backend.filmed) == before
    assert (await say("yes")).changes == (f"shot 2: {DARKER}",)
    assert backend.filmed[before:] == ["s2"]
    assert (await say("go back to the version from before")).changes == ("shot 2: exposure -0.7 → 0 stops",)
    assert "4 takes" in (await say("what did it cost?")).text or "5 takes" in (await say("what did it cost?")).text
    assert "version 1" in (await say("redo")).text or "nothing to redo" in (await say("redo")).text
    messages = director.crew.memory.projects.messages(project)
    assert [m.role for m in messages[:4]] == ["user", "director", "user", "director"]


async def test_saying_go_takes_the_defaults_and_preferences_are_such(tmp_path: Path) -> None:
    director = Director(fake_crew(tmp_path, planner=ScriptedPlanner(tiny_board(2))))
    for name in ("one", "two"):
        director.crew.memory.habits.note("shape", "9:16", name, "make it vertical")
    chat = Chat(director)
    opened = await chat.say(None, "A fox meets an owl.", film=False)
    assert "you asked for 9:16 2 times" in opened.text
    assert "part of the brief" in (await chat.say(opened.project, "It snows.", film=False)).text
    reply = await chat.say(opened.project, "go", film=False)
    brief = director.crew.memory.projects.open(opened.project or "").brief
    assert (brief.aspect, brief.text) == ("9:16", "A fox meets an owl.\nIt snows.")
    assert [action.kind for action in reply.actions] == ["planned", "film"]
    assert "shape: 9:16 (2 times" in (await chat.say(opened.project, "what do you remember about me?")).text
    assert "Forgotten" in (await chat.say(opened.project, "forget that")).text
    assert director.crew.memory.habits.all() == []


async def test_what_people_bring_is_used_as_it_is_or_refused(tmp_path: Path) -> None:
    crew, sketcher = studio(tmp_path / "home", tiny_board(2))
    chat, director = Chat(Director(crew)), Director(crew)
    (tmp_path / "plan.json").write_text(json.dumps(tiny_board(2, title="Mine").document()))
    mine = await chat.say(None, "", attachments=[Attachment(tmp_path / "plan.json")], film=False)
    assert board_of(director, mine.project or "").title == "Mine"
    script = tmp_path / "script.fountain"
    script.write_text("INT. ROOM - DAY\n\nA cat sleeps. 12 seconds, 16:9, for children.")
    told = await chat.say(None, "", attachments=[Attachment(script)], film=False)
    assert "A cat sleeps" in crew.memory.projects.open(told.project or "").brief.text
    await director.resume(mine.project or "")
    picture = Attachment(photo(tmp_path), "robot photo.png")
    refused = await chat.say(mine.project, "use this picture for the robot", attachments=[picture])
    assert "no 'robot' in the film; in the cast are fox, owl" in refused.text
    sketcher.filmed.clear()
    used = await chat.say(mine.project, "use this picture for the owl", attachments=[picture])
    assert (sketcher.filmed, sketcher.shown["s2"]) == (["s2"], ["owl!"])
    assert "owl looks as in robot photo.png: its own transparency is kept" in used.text
    assert "no longer used" in (await chat.say(mine.project, "stop using the picture of the owl")).text
    for name, why in (("take.mp4", "as which shot"), ("voice.wav", "voice.wav"), ("x.exe", "no kind")):
        (tmp_path / name).write_bytes(b"x")
        assert why in (await chat.say(mine.project, "use this", attachments=[Attachment(tmp_path / name)])).text


async def test_casting_keeping_exporting_and_what_is_not_there(tmp_path: Path) -> None:
    crew, _ = studio(tmp_path, tiny_board(2))
    chat = Chat(Director(crew))
    await Director(crew).make(tiny_brief(), project="one")
    await Director(crew).make(tiny_brief(), project="two")
    assert "with its picture" in (await chat.say("one", "keep the fox as Robin")).text
    assert "Robin (character) from one" in (await chat.say(None, "what's in the library?")).text
    cast = await chat.say("two", "cast Robin from the library", film=False)
    assert cast.changes == ("element fox: name none → Robin", "element fox: library none → Robin")
    assert "/two.otio" in (await chat.say("two", "export as otio")).text
    assert "fox" in (await chat.say("two", "search robin")).text.lower()
    for words, says in (("why did shot 9 fail?", "shots 1 to 2"), ("take 7 of shot 1", "no take 7"), ("undo", "Undone"),
                        ("compare takes 1 and 4 of shot 1", "no take 4"), ("cast Bob", "no 'Bob' in the library"),
                        ("go back to version 44", "no version '44'"), ("forget 3", "no preference 3")):  # fmt: skip
        assert says in (await chat.say("two", words, film=False)).text
    assert Library(crew).list()[0].name == "Robin"
    with pytest.raises(UnknownName):
        await chat.say("nobody", "undo")
    assert "no film yet" in (await chat.say(None, "undo")).text


def tiny_brief() -> Brief:
    return Brief(text="A fox and an owl.")


# -- with a language model, over HTTP ----------------------------------------------------------------------------------


@pytest.fixture
def film(tmp_path: Path) -> tuple[Director, str]:
    director = Director(fake_crew(tmp_path, planner=ScriptedPlanner(tiny_board(2))))
    project = director.crew.memory.projects.create(tiny_brief(), "fox", "fox").name
    director.crew.memory.projects.adopt(project, tiny_board(2), "made for the test")
    return director, project


async def said_by(film: tuple[Director, str], *answers: Answer, faults: object = ()) -> tuple[Reply, DevServer]:
    director, project = film
    queue = list(answers)
    with DevServer(lambda body: queue.pop(0) if queue else Answer("?"), one_after_another(faults)) as server:  # type: ignore[arg-type]
        client = LLMClient(server.base_url, "dev", timeout_s=5.0, max_retries=1)
        reader = ModelReader(client, TokenPrices(1_000.0, 1_000.0))
        return await Chat(director, reader).say(project, "the beginning does not feel right to me", film=False), server


async def test_a_model_calls_the_same_intents(film: tuple[Director, str]) -> None:
    call = ToolCall("edit", json.dumps({"words": "make shot 1 brighter"}))
    reply, server = await said_by(film, Answer(calls=(call,)))
    assert reply.changes == (f"shot 1: {BRIGHTER}",)
    spent_usd, _ = film[0].crew.memory.ledger.spent("fox")
    assert spent_usd > 0, "what reading cost is on the film's account"
    sent = server.requests[0]
    assert {tool["function"]["name"] for tool in sent["tools"]} == {tool["function"]["name"] for tool in tools()}
    assert not {"path", "url", "command", "file"} & {
        field for tool in sent["tools"] for field in tool["function"]["parameters"]["properties"]
    }
    assert "fox (orange fox)" in sent["messages"][0]["content"]


async def test_a_model_that_asks_for_what_there_is_not_is_refused_and_put_right(film: tuple[Director, str]) -> None:
    bad = Answer(calls=(ToolCall("run_shell", '{"command": "rm -rf /"}'),))
    good = Answer(calls=(ToolCall("edit", '{"words": "make shot 1 brighter"}'),))
    reply, server = await said_by(film, bad, good)
    assert reply.changes == (f"shot 1: {BRIGHTER}",)
    assert "no tool 'run_shell'" in server.requests[1]["messages"][-1]["content"]


@pytest.mark.parametrize("answer", [
    Answer(calls=(ToolCall("run_shell", "{}"),)), Answer(calls=(ToolCall("edit", '{"words": "x", "path": "/etc"}'),)),
    Answer(calls=(ToolCall("edit", '{"words": '),)), Answer(),
    Answer(calls=tuple(ToolCall("undo", '{"steps": 1}', f"c{n}") for n in range(40))),
])  # fmt: skip
async def test_a_model_that_keeps_at_it_changes_nothing_and_the_rulebook_reads(
    film: tuple[Director, str], answer: Answer
) -> None:
    before = board_of(*film)
    reply, server = await said_by(film, answer, answer, answer)
    assert board_of(*film) == before
    assert "I read it by rule" in reply.text
    assert server.calls <= 2


async def test_a_server_that_fails_is_said_so_and_words_alone_are_an_answer(film: tuple[Director, str]) -> None:
    reply, _ = await said_by(film, faults=["server_error", "server_error"])
    assert "The language model did not help" in reply.text
    reply, _ = await said_by(film, Answer("Which of the two shots do you mean?"))
    assert (reply.text, reply.changes) == ("Which of the two shots do you mean?", ())
