"""Edits in words: each does what it says to the shots it means, and leaves the others as they were."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from agent.edits import EditResult, apply_edit
from agent.rulebook import Rulebook
from storyboards.brief import Brief
from storyboards.errors import BadEdit
from storyboards.shot import Shot
from storyboards.storyboard import Storyboard

STORY = (
    "A small orange fox with a red scarf walks through a snowy forest at dusk. Between the trees she finds a yellow "
    "lantern. "
    "An old brown owl lands beside her, and they meet. The fox crosses the river in a blue boat. "
    "She runs across a meadow at night. She arrives at a village and a bell rings. Calm music. Six shots."
)


@pytest.fixture(scope="module")
def board() -> Storyboard:
    return asyncio.run(Rulebook().plan(Brief(text=STORY)))


def others_kept(before: Storyboard, result: EditResult) -> None:
    """Every shot that was not touched is byte for byte the same."""
    old = {shot.id: shot for shot in before.shots}
    others = [shot for shot in result.board.shots if shot.id not in result.touched]
    assert others, "an edit of every shot keeps none, and says nothing about the others"
    assert others == [old[shot.id] for shot in others]


Probe = Callable[[Shot], object]


@pytest.mark.parametrize(
    ("words", "position", "probe", "expected"),
    [
        ("make shot 3 darker", 3, lambda s: s.exposure, -0.7),
        ("please make shot 3 much brighter", 3, lambda s: s.exposure, 1.19),
        ("shot 2 3 seconds", 2, lambda s: s.frames, 72),
        ("shot two should be 2.5 seconds", 2, lambda s: s.frames, 60),
        ("it should rain in shot 3", 3, lambda s: s.weather, "rain"),
        ("no snow in shot 1", 1, lambda s: s.weather, "clear"),
        ("camera pans left in shot 2", 2, lambda s: s.camera.move, "pan left"),
        ("zoom out in shot 5", 5, lambda s: s.camera.move, "dolly out"),
        ("make the camera static in shot 4", 4, lambda s: s.camera.move, "static"),
        ("close-up in shot 4", 4, lambda s: s.camera.framing, "close"),
        ("set shot 5 at dawn", 5, lambda s: s.time, "dawn"),
        ("change the setting of shot 5 to the beach", 5, lambda s: s.setting, "beach"),
        ("the last shot should be brighter", 6, lambda s: s.exposure, 0.7),
        ('title "Home" on the last shot', 6, lambda s: s.title, "Home"),
        ('in shot 4 the narrator says "Over the water."', 4, lambda s: s.lines[0].text, "Over the water."),
        ("she should look left in shot 3", 3, lambda s: [a.direction for a in s.part_of("fox").actions], ["left"]),
        (
            "the fox should run to the left in shot 1",
            1,
            lambda s: [(a.verb, a.direction) for a in s.part_of("fox").actions],
            [("run", "left")],
        ),
        ("add a bell in shot 2 at 1.5 seconds", 2, lambda s: [(c.sound, c.at_s) for c in s.sounds], [("bell", 1.5)]),
        ("add a dog to shot 2", 2, lambda s: s.part_of("dog") is not None, True),
        ("remove the owl from shot 3", 3, lambda s: s.part_of("owl"), None),
        ("dissolve into shot 2", 2, lambda s: s.transition.kind, "dissolve"),
    ],
)
def test_one_shot(board: Storyboard, words: str, position: int, probe: Probe, expected: object) -> None:
    result = apply_edit(board, words)
    assert probe(result.board.shots[position - 1]) == expected
    assert result.touched == (board.shots[position - 1].id,)
    assert result.changes
    assert all(f"shot {position}" in change for change in result.changes)
    others_kept(board, result)


def test_two_clauses_touch_two_shots(board: Storyboard) -> None:
    result = apply_edit(board, "make shot 3 darker and shot 5 brighter")
    assert [shot.exposure for shot in result.board.shots] == [0, 0, -0.7, 0, 0.7, 0]
    others_kept(board, result)


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ("make shots 2 and 3 darker", {2, 3}),
        ("darken shots 2-4", {2, 3, 4}),
        ("make every shot darker", {1, 2, 3, 4, 5, 6}),
        ("darken the first two shots", {1, 2}),
    ],
)
def test_several_shots(board: Storyboard, words: str, numbers: set[int]) -> None:
    result = apply_edit(board, words)
    assert {n for n, shot in enumerate(result.board.shots, 1) if shot.exposure < 0} == numbers


def test_a_swap_keeps_what_was_asked_to_be_kept(board: Storyboard) -> None:
    result = apply_edit(board, "swap the fox for a cat but keep the scarf")
    cat = result.board.element("fox")
    assert (cat.subject, [wear.name for wear in cat.wears]) == ("cat", ["scarf"])
    assert set(result.touched) == {shot.id for shot in board.shots if shot.part_of("fox")}
    assert "fox" not in " ".join(line.text.lower() for shot in result.board.shots for line in shot.lines)


def test_a_swap_without_that_drops_it(board: Storyboard) -> None:
    assert apply_edit(board, "replace the fox with a black dog").board.element("fox").wears == ()


def test_a_swap_in_one_shot_makes_a_second_element(board: Storyboard) -> None:
    result = apply_edit(board, "replace the owl with a dragon in shot 3")
    assert {e.subject for e in result.board.elements} >= {"dragon"}
    assert result.touched == ("s3",)


def test_the_unknown_is_reported_in_a_swap(board: Storyboard) -> None:
    result = apply_edit(board, "turn the owl into a unicorn")
    assert "unicorn" in result.changes[0]
    assert result.board.element("owl").described_as == "a unicorn"


@pytest.mark.parametrize(("words", "element", "probe", "expected"), [
    ("make the boat red", "boat", lambda e: e.colour, "red"),
    ("the boat should be green", "boat", lambda e: e.colour, "green"),
    ("give the owl a blue hat", "owl", lambda e: [(w.name, w.colour) for w in e.wears], [("hat", "blue")]),
    ("the scarf should be green", "fox", lambda e: [(w.name, w.colour) for w in e.wears], [("scarf", "green")]),
    ("remove the scarf", "fox", lambda e: e.wears, ()),
    ("make the fox bigger", "fox", lambda e: e.size, "large"),
])  # fmt: skip
def test_looks(
    board: Storyboard, words: str, element: str, probe: Callable[[object], object], expected: object
) -> None:
    result = apply_edit(board, words)
    assert probe(result.board.element(element)) == expected
    assert set(result.touched) == {shot.id for shot in board.shots if shot.part_of(element)}


def test_shots_come_go_and_move(board: Storyboard) -> None:
    assert [s.id for s in apply_edit(board, "remove shot 4").board.shots] == ["s1", "s2", "s3", "s5", "s6"]
    assert [s.id for s in apply_edit(board, "move shot 5 before shot 2").board.shots] == [
        "s1",
        "s5",
        "s2",
        "s3",
        "s4",
        "s6",
    ]
    assert [s.id for s in apply_edit(board, "move shot 2 to the end").board.shots] == [
        "s1",
        "s3",
        "s4",
        "s5",
        "s6",
        "s2",
    ]
    assert [s.id for s in apply_edit(board, "swap shots 2 and 3").board.shots] == ["s1", "s3", "s2", "s4", "s5", "s6"]


def test_an_added_shot_takes_the_cast_and_place_of_its_neighbour(board: Storyboard) -> None:
    result = apply_edit(board, "add a shot of the owl sleeping after shot 2")
    fresh = result.board.shots[2]
    assert (fresh.id, fresh.parts[0].element, fresh.parts[0].actions[0].verb) == ("s7", "owl", "sleep")
    assert (fresh.setting, fresh.time) == (board.shots[1].setting, board.shots[1].time)
    assert len(result.board.elements) == len(board.elements)
    others_kept(board, result)


def test_redo_changes_nothing_but_asks_for_a_new_take(board: Storyboard) -> None:
    result = apply_edit(board, "redo shot 1")
    assert result.redo == ("s1",)
    assert result.touched == ()
    assert result.board.digest() == board.digest()


def test_the_whole_film(board: Storyboard) -> None:
    result = apply_edit(board, "make it 20 seconds and vertical")
    assert result.board.frames == 480
    assert (result.board.width, result.board.height) == (720, 1280)
    assert apply_edit(board, "in watercolour style").board.style == "watercolour"
    assert apply_edit(board, "no music").board.music is None
    assert apply_edit(board, "sad music").board.music.mood == "sad"  # type: ignore[union-attr]
    slower = apply_edit(board, "slower music").board.music
    assert slower is not None
    assert slower.tempo_bpm is not None
    assert slower.tempo_bpm < 96
    assert apply_edit(board, "no music").touched == ()
    assert {shot.time for shot in apply_edit(board, "set it at night").board.shots} == {"night"}


def test_locked_shots_refuse_and_the_rest_goes_on(board: Storyboard) -> None:
    locked = apply_edit(board, "lock shot 2").board
    with pytest.raises(BadEdit, match="shot 2 is locked"):
        apply_edit(locked, "make shot 2 darker")
    with pytest.raises(BadEdit, match="locked"):
        apply_edit(locked, "swap the fox for a cat")
    result = apply_edit(locked, "make everything darker")
    assert result.board.shots[1] == locked.shots[1]
    assert "s2" not in result.touched
    assert apply_edit(locked, "unlock shot 2").board.shots[1].locked is False
    assert apply_edit(locked, "make it 30 seconds").board.shots[1].frames == locked.shots[1].frames


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("make shot 9 darker", "shots 1 to 6"),
        ("blah blah", "make shot 3 darker"),
        ("", "no words"),
        ("   \n", "no words"),
        ("swap the whale for a cat", "not in the film"),
        ("make shot 2 5000 seconds", "at most"),
        ("shot 2 0 seconds", "at least 4"),
        ("remove every shot", "at least one"),
        ("lock shot 1 and make me a sandwich", "sandwich"),
        ("make it 5000 seconds", "1 to 600"),
        ("title on shot 1", "what should the title say"),
        ("make shot 3 darker and fly to the moon with my taxes", "Understood so far"),
        ("dissolve into shot 1", "nothing to dissolve from"),
        ("add a bell", "in which shot"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(board: Storyboard, words: str, says: str) -> None:
    before = board.digest()
    with pytest.raises(BadEdit, match=says):
        apply_edit(board, words)
    assert board.digest() == before


def test_a_film_keeps_at_least_one_shot(board: Storyboard) -> None:
    with pytest.raises(BadEdit, match="at least one"):
        apply_edit(board, "remove shots 1-6")


def test_shorter_shots_keep_their_sounds_and_lines_inside(board: Storyboard) -> None:
    last = board.shots[5]
    late = {
        name: tuple(row.model_copy(update={"at_s": 3.0}) for row in getattr(last, name)) for name in ("sounds", "lines")
    }
    result = apply_edit(board.with_shot(last.model_copy(update=late)), "shot 6 2.5 seconds")
    shot = result.board.shots[5]
    assert [cue.at_s for cue in shot.sounds] == [2.25]
    assert [line.at_s for line in shot.lines] == [0.25]


def test_the_prompt_follows_the_edit(board: Storyboard) -> None:
    assert "rain" in apply_edit(board, "it should rain in shot 3").board.shots[2].prompt
