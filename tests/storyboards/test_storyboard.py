import copy

import pytest

from storyboards.errors import BadStoryboard, UnknownName
from storyboards.storyboard import read_storyboard


def test_the_document_round_trips_in_seconds(board):
    document = board.document()
    assert [shot["duration_s"] for shot in document["shots"]] == [4.0, 3.5]
    assert "frames" not in document["shots"][0]
    assert read_storyboard(document) == board
    assert read_storyboard(document).digest() == board.digest()


def test_frames_and_seconds_agree(board):
    assert [shot.frames for shot in board.shots] == [96, 84]
    assert board.duration_s == 7.5
    assert board.span_of("s2").start == 96
    assert board.handle_of("s1") == 12
    assert board.handle_of("s2") == 0


@pytest.mark.parametrize(
    ("mend", "complaint"),
    [
        (lambda d: d["shots"][1].update(id="s1"), "shot id 's1' is used twice"),
        (lambda d: d["shots"][0]["parts"][0].update(element="cat"), "'cat' is not in the cast"),
        (lambda d: d["shots"][0]["sounds"][0].update(at_s=9), "after its end"),
        (lambda d: d["shots"][1]["lines"][0].update(speaker="ghost"), "'ghost' is neither the narrator"),
        (lambda d: d["shots"][0].update(transition={"kind": "dissolve", "frames": 4}), "nothing to dissolve from"),
        (lambda d: d["shots"][1].update(transition={"kind": "fade", "frames": 60}), "over half"),
        (lambda d: d["shots"][1].update(transition={"kind": "cut", "frames": 6}), "only a cut has 0 frames"),
        (lambda d: d["shots"][0].update(frames=7), "disagree"),
        (lambda d: d["shots"][0].update(colour="red"), "shots.0.colour"),
        (lambda d: d["shots"][0].update(duration_s=700), "limit is 600"),
        (lambda d: d["shots"][0]["parts"][0]["actions"].append({"verb": "meet", "target": "cat"}), "not in the shot"),
        (lambda d: d.update(schema_version="storyreel.storyboard/9"), "storyreel.storyboard/9"),
    ],
)
def test_a_broken_rule_names_the_place_and_the_reason(document, mend, complaint):
    broken = copy.deepcopy(document)
    mend(broken)
    with pytest.raises(BadStoryboard, match=complaint):
        read_storyboard(broken)


def test_a_document_that_is_no_mapping_is_refused():
    with pytest.raises(BadStoryboard, match="mapping"):
        read_storyboard(["not", "a", "plan"])


def test_unknown_ids_list_what_exists(board):
    with pytest.raises(UnknownName, match="s1, s2"):
        board.shot("s9")


def test_changing_one_shot_leaves_the_others_alone(board):
    darker = board.with_shot(board.shots[0].model_copy(update={"exposure": -1.0}))
    assert darker.shots[1] == board.shots[1]
    assert darker.shots[0].exposure == -1.0
    assert darker.digest() != board.digest()
