"""What the rulebook does in general: clauses, individuals, time, refusals, titles, words spoken, shots that differ."""

from __future__ import annotations

from itertools import pairwise

import pytest

from agent.rulebook.clauses import clauses
from agent.rulebook.lexicon import english
from agent.rulebook.music_words import dominant
from agent.rulebook.titling import shortened
from evals.brief_checks import BRIEFS, cases
from storyboards.errors import BadBrief
from storyboards.storyboard import Storyboard
from tests.agent.planning import deeds, keeps_the_rules, plan, seen, told

WATER = (
    "Explain how the water cycle works: the sun heats the sea, vapour rises and forms clouds, rain falls on the "
    "mountains, and rivers carry the water back to the sea."
)


def spoken(board: Storyboard) -> str:
    return " ".join(line.text for shot in board.shots for line in shot.lines)


def test_each_clause_with_its_own_subject_is_an_event_with_a_place_and_a_line() -> None:
    board = plan(WATER)
    assert [shot.setting for shot in board.shots] == ["beach", "sky", "mountain", "river"]
    assert all(shot.lines for shot in board.shots)
    assert board.shots[0].weather == "clear"
    assert board.shots[2].weather == "rain"


def test_what_animals_do_in_one_sentence_stays_one_sentence() -> None:
    assert len(clauses("The fox runs, and she jumps over a stone.", english())) == 1
    assert len(clauses("Rain falls, and rivers flow through the valley.", english())) == 2


@pytest.mark.parametrize(
    ("text", "subject", "colours"),
    [
        ("Two astronauts, one red and one blue, walk on the moon.", "astronaut", ["red", "blue"]),
        ("Three cats, a red one, a black one and a white one, sleep in a room.", "cat", ["red", "black", "white"]),
        ("Two foxes run in a meadow. One fox is white, the other is orange.", "fox", ["white", "orange"]),
    ],
)
def test_a_group_told_apart_has_a_colour_each(text: str, subject: str, colours: list[str]) -> None:
    board = plan(text)
    assert [e.colour for e in board.elements if e.subject == subject] == colours


def test_a_list_of_individuals_keeps_its_verb_and_its_words() -> None:
    assert set(deeds(plan("Three cats, a red one, a black one and a white one, sleep in a room."), "cat")) == {"sleep"}
    assert "one and one" not in spoken(plan("Two astronauts, one red and one blue, walk slowly on the dusty moon."))


def test_a_time_said_of_a_later_deed_leaves_earlier_shots_alone() -> None:
    board = plan("A fox walks in the forest. Then it sleeps at night in a cave.")
    assert {shot.time for shot in board.shots if shot.setting == "forest"} == {"day"}
    assert {shot.time for shot in board.shots if shot.setting == "cave"} == {"night"}


def test_from_dawn_till_night_passes_through_the_day() -> None:
    board = plan("A train travels through the mountains from dawn till night.")
    assert list(dict.fromkeys(shot.time for shot in board.shots)) == ["dawn", "day", "dusk", "night"]


def test_several_deeds_from_dawn_till_night_share_the_day_in_order() -> None:
    board = plan("From dawn till night a man walks on the beach, a whale jumps, and an owl flies over the harbour.")
    times = list(dict.fromkeys(shot.time for shot in board.shots))
    assert times[0] == "dawn"
    assert times[-1] == "night"


def test_a_slug_line_sets_time_and_weather_of_its_own_scene() -> None:
    board = plan("INT. KITCHEN - MORNING\n\nA cat sleeps.\n\nEXT. FOREST - NIGHT\n\nThe cat runs in the rain.\n\n"
                 "EXT. BEACH - DAY\n\nThe cat stops.")  # fmt: skip
    places = list(dict.fromkeys((shot.setting, shot.time, shot.weather) for shot in board.shots))
    assert places == [("room", "dawn", "clear"), ("forest", "night", "rain"), ("beach", "day", "clear")]


@pytest.mark.parametrize("text", ["make me a video", "please create something nice", "a cool short film, please"])
def test_a_brief_without_content_is_asked_what_the_film_shows(text: str) -> None:
    with pytest.raises(BadBrief, match="what the film shows") as refused:
        plan(text)
    assert "For example" in str(refused.value)


def test_one_abstract_word_is_a_film_with_a_note_and_its_own_title() -> None:
    board = plan("love")
    assert board.title == "Love"
    assert "love" in told(board)


def test_a_text_is_shortened_at_a_sentence_or_with_an_ellipsis_at_a_word() -> None:
    assert shortened("A fox runs. " * 3, 30) == "A fox runs. A fox runs."
    assert shortened("word " * 100, 52) == "word word word word word word word word word word…"
    assert shortened("Short.", 200) == "Short."


def test_a_title_is_about_the_heart_of_the_brief() -> None:
    assert plan("A cat and a dog meet in a city.").title == "The cat and the dog"
    assert plan("Make me a short video about a fox in the forest.").title == "The fox in the forest"


def test_what_is_explained_is_the_title_and_not_spoken() -> None:
    board = plan("Explain photosynthesis: leaves catch sunlight, roots drink water, and the plant makes sugar.")
    assert board.title == "Photosynthesis"
    assert "Explain" not in spoken(board)


def test_fire_that_is_breathed_is_heard_and_noted_and_no_lantern() -> None:
    board = plan("A dragon breathes fire over the village.")
    assert seen(board) == {"dragon"}
    assert any(cue.sound == "roar" for shot in board.shots for cue in shot.sounds)
    assert "no fire is drawn" in told(board)


def test_who_fights_faces_the_other_and_does_not_chase() -> None:
    board = plan("Two knights fight on a meadow.")
    assert "meet" in deeds(board, "knight")
    assert "chase" not in deeds(board, "knight")


@pytest.mark.parametrize("text", ["A cat and a dog meet.", "A dragon flies.", "A fox.", WATER])
@pytest.mark.parametrize("seconds", [16, 40, 60])
def test_a_long_film_of_a_short_brief_never_shows_the_same_twice_in_a_row(text: str, seconds: float) -> None:
    board = plan(text, duration_s=seconds)
    keeps_the_rules(board, 1.0)
    assert all(a.prompt != b.prompt for a, b in pairwise(board.shots))
    assert len({shot.prompt for shot in board.shots}) >= 0.8 * len(board.shots)


def test_the_day_passes_when_a_long_film_has_one_moment_and_no_time_is_told() -> None:
    free = plan("A cat and a dog meet.", duration_s=40)
    assert list(dict.fromkeys(shot.time for shot in free.shots)) == ["dawn", "day", "dusk", "night"]
    bound = plan("A cat and a dog meet at night.", duration_s=40)
    assert {shot.time for shot in bound.shots} == {"night"}


def test_a_sentence_too_long_for_its_shot_goes_on_over_the_next() -> None:
    text = (
        "An old brown bear walks slowly through the dark forest, past the tall trees, and looks for the golden honey."
    )
    board = plan(text, duration_s=16)
    said = spoken(board).replace(",", "").replace(".", "").lower().split()
    assert said == text.replace(",", "").replace(".", "").lower().split()
    assert sum(bool(shot.lines) for shot in board.shots) >= 2


def test_the_mood_that_dominates_is_the_mood_of_the_music() -> None:
    assert dominant("calm music, triumphant at the end") == "calm"
    assert dominant("sad at first, then playful music") == "playful"
    board = plan("A fox walks. Triumphant at the end, mostly calm music.")
    assert board.music is not None
    assert board.music.mood == "calm"
    assert "calm music throughout" in told(plan("A fox walks. Calm music, triumphant at the end."))


def test_a_name_between_commas_belongs_to_whom_it_follows() -> None:
    board = plan("A girl walks on the beach with her brown dog, Toby. Toby barks.")
    assert [e.name for e in board.elements if e.subject == "dog"] == ["Toby"]
    assert seen(board) == {"child", "dog"}


def test_the_other_two_are_two_of_those_already_seen() -> None:
    board = plan("Three rabbits stand in a meadow. One rabbit jumps while the other two rabbits sleep.")
    assert sum(e.subject == "rabbit" for e in board.elements) == 3
    assert {"jump", "sleep"} <= set(deeds(board, "rabbit"))


def test_a_place_that_is_found_is_shown() -> None:
    board = plan("A fox walks in the forest, finds a cave and sleeps.")
    assert list(dict.fromkeys(shot.setting for shot in board.shots)) == ["forest", "cave"]


def test_the_held_out_briefs_are_planned_by_the_rules_and_the_same_each_time() -> None:
    held = cases(BRIEFS / "held_out")
    assert len(held) == 20
    for case in held:
        board = plan(case.text)
        keeps_the_rules(board, 1.0)
        assert plan(case.text).digest() == board.digest()
