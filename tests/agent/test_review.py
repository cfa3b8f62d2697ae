"""Judging, keeping the best, and revising: the promise stays, only the way of keeping it changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.choose import best_of
from agent.crew import Crew
from agent.produce import film_take, intent_for
from agent.review import judge_take, take_claims
from agent.revise import REMEDIES, redo_shot, retry_shot, revise_shot
from storyboards.brief import Brief
from storyboards.claims import Claim, shot_claims
from storyboards.critique import Critique, Verdict
from storyboards.errors import JudgeFailed
from storyboards.shot import Shot, Take
from storyboards.storyboard import Storyboard, read_storyboard
from tests.fakes import ColourJudge, PaintedBackend, fake_crew, tiny_board
from tools.contract import Footage, ShotRequest, request_for

RICH = {
    "title": "Chase", "rate": "24", "width": 320, "height": 180,
    "elements": [
        {"id": "fox", "subject": "fox", "colour": "orange"},
        {"id": "owl", "subject": "owl", "colour": "brown"},
    ],
    "shots": [{
        "id": "s1", "frames": 72, "setting": "forest", "time": "dusk", "weather": "snow", "exposure": -0.5,
        "camera": {"move": "pan left", "framing": "medium", "strength": 1.0},
        "parts": [
            {"element": "fox", "side": "left", "depth": 0.4, "actions": [
                {"verb": "walk", "direction": "right", "start": 0.0, "end": 0.5},
                {"verb": "look around", "start": 0.5, "end": 1.0}]},
            {"element": "owl", "side": "right", "depth": 0.2, "actions": [{"verb": "land"}]},
        ],
        "sounds": [{"sound": "bell", "at_s": 1.0}],
    }],
}  # fmt: skip
BOARD = read_storyboard(RICH)
SHOT = BOARD.shot("s1")
CLAIMS = take_claims(BOARD, SHOT)


def critique(key: str = "t1", **measured: str) -> Critique:
    """Everything passes but the named kinds, of which the first claim fails with what was measured."""
    verdicts, failing = [], dict(measured)
    for claim in CLAIMS:
        found = failing.pop(claim.kind, None)
        outcome = "pass" if found is None else "fail"
        verdicts.append(Verdict(claim_id=claim.id, outcome=outcome, tier="T1", measured=found or ""))
    assert not failing, f"no such claims: {failing}"
    return Critique(shot_id="s1", take_key=key, verdicts=tuple(verdicts))


def revised(**measured: str) -> tuple[Shot, str]:
    found = critique(**measured)
    revision = revise_shot(SHOT, CLAIMS, [SHOT], [found], found)
    assert revision is not None
    return revision.shot, revision.why


def test_a_weak_camera_move_is_made_stronger() -> None:
    shot, why = revised(camera="static")
    assert shot.camera.strength == 1.5
    assert shot.seed == SHOT.seed, "the look of the place stays"
    assert "the camera should be “pan left” and is “static”" in why


def test_an_action_that_was_missed_gets_more_of_the_shot() -> None:
    shot, _ = revised(direction="left")
    walk, look = shot.parts[0].actions
    assert walk.end - walk.start > 0.5
    assert (look.verb, look.start < look.end <= 1.0) == ("look around", True)
    assert shot.parts[1] == SHOT.parts[1]


@pytest.mark.parametrize(
    ("measured", "at_s", "gain_db"), [("1.20 s", 0.8, 0.0), ("0.90 s", 1.1, 0.0), ("nothing", 1.0, 4.0)]
)
def test_a_sound_is_moved_by_as_much_as_it_is_off(measured: str, at_s: float, gain_db: float) -> None:
    shot, _ = revised(sound=measured)
    assert (shot.sounds[0].at_s, shot.sounds[0].gain_db) == (pytest.approx(at_s), gain_db)


def test_light_follows_what_was_asked() -> None:
    assert revised(time="day")[0].exposure < SHOT.exposure
    assert revised(exposure="as bright as before")[0].exposure < SHOT.exposure
    first = critique(colour="brown")
    second = critique("t2", colour="brown")
    again = revise_shot(SHOT, CLAIMS, [SHOT, revised(colour="brown")[0]], [first, second], first)
    assert again is not None
    assert again.shot.exposure > SHOT.exposure


def test_a_picture_that_flickers_gets_another_seed_and_nothing_else() -> None:
    shot, _ = revised(flicker="every other frame")
    assert shot.seed != SHOT.seed
    assert shot.model_copy(update={"seed": SHOT.seed}) == SHOT


def test_every_failure_of_another_kind_adds_its_remedy() -> None:
    shot, why = revised(camera="static", sound="1.20 s", colour="purple")
    assert (shot.camera.strength, shot.sounds[0].at_s) == (1.5, pytest.approx(0.8))
    assert why.count(";") == 2


def test_what_filming_again_cannot_mend_is_left_alone() -> None:
    found = critique(duration="71 frames")
    assert revise_shot(SHOT, CLAIMS, [SHOT], [found], found) is None


def test_a_shot_a_person_chose_is_never_revised() -> None:
    locked = SHOT.model_copy(update={"locked": True})
    found = critique(colour="purple")
    assert revise_shot(locked, CLAIMS, [locked], [found], found) is None


def test_revisions_go_on_from_the_best_take() -> None:
    stronger = revised(camera="static")[0]
    first, second = critique("t1", camera="static"), critique("t2", camera="static", colour="purple")
    revision = revise_shot(SHOT, CLAIMS, [SHOT, stronger], [first, second], first)
    assert revision is not None
    assert (stronger.camera.strength, revision.shot.camera.strength) == (1.5, 2.0)
    third = critique("t3", camera="static")
    again = revise_shot(SHOT, CLAIMS, [SHOT, stronger, revision.shot], [first, second, third], first)
    assert again is not None
    assert again.shot.seed != SHOT.seed, "what was tried is not tried again"


def test_other_takes_have_other_seeds() -> None:
    seeds = [retry_shot(SHOT, n, "").shot.seed for n in (1, 2, 3)] + [redo_shot(SHOT, n).seed for n in (4, 5)]
    assert len({0, *seeds}) == 6


KINDS = sorted({claim.kind for claim in CLAIMS} & set(REMEDIES))


@settings(max_examples=60, deadline=None)
@given(st.sets(st.sampled_from(KINDS), min_size=1), st.sampled_from(["", "static", "1.31 s", "purple", "-0.2 s"]))
def test_no_revision_changes_what_the_plan_promises(kinds: set[str], measured: str) -> None:
    """The claims compiled from a revised shot are those of the plan, but for numbers the revision aims at."""
    shot, tried, critiques = SHOT, [SHOT], [critique(**dict.fromkeys(kinds, measured))]
    for attempt in (2, 3):
        revision = revise_shot(SHOT, CLAIMS, tried, critiques, critiques[0])
        assert revision is not None
        shot = revision.shot
        board = BOARD.with_shot(Shot.model_validate(shot.model_dump()))
        aims = {"number", "text"}
        promised = [claim.model_dump(exclude=aims) for claim in shot_claims(BOARD, SHOT) if claim.kind != "exposure"]
        kept = [claim.model_dump(exclude=aims) for claim in shot_claims(board, shot) if claim.kind != "exposure"]
        assert kept == promised
        tried.append(shot)
        critiques.append(critique(f"t{attempt}", **dict.fromkeys(kinds, measured)))


def test_the_best_is_chosen_pairwise_and_a_tie_keeps_the_first() -> None:
    worse, same, better = critique("a", colour="purple", camera="static"), critique("b", colour="x"), critique("c")
    assert best_of([]) is None
    assert best_of([worse, same, better]) == better
    assert best_of([better, worse]) == better
    tie = critique("d", colour="red")
    assert best_of([same, tie]) == same


class SilentJudge(ColourJudge):
    name = "silent judge"

    def judge(self, footage: Footage, claims: tuple[Claim, ...], request: ShotRequest) -> tuple[Verdict, ...]:
        raise JudgeFailed("no answer")


class Asked(ColourJudge):
    """Passes whatever it is asked, and remembers it."""

    name = "second judge"

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Claim] = []

    def judge(self, footage: Footage, claims: tuple[Claim, ...], request: ShotRequest) -> tuple[Verdict, ...]:
        self.asked += claims
        return tuple(Verdict(claim_id=c.id, outcome="pass", tier="T2", judge=self.name) for c in claims)


def one_take(crew: Crew, board: Storyboard) -> Take:
    crew.memory.projects.create(Brief(text="A fox."), "Fox", "fox")
    return film_take(crew, intent_for(crew, "fox", board, board.shot("s1")), request_for(board, board.shot("s1")))


def test_a_later_judge_is_asked_only_what_is_open(tmp_path: Path) -> None:
    second, board = Asked(), tiny_board(1)
    crew = fake_crew(tmp_path, judges=(ColourJudge(), second), backend=PaintedBackend(always_wrong=True))
    verdicts, notes = judge_take(crew, "fox", board, one_take(crew, board))
    assert [claim.kind for claim in second.asked].count("colour") == 0
    assert len(second.asked) == len(verdicts.verdicts) - 1
    assert [verdict.outcome for verdict in verdicts.failures] == ["fail"]
    assert notes == ()


def test_a_judge_that_fails_leaves_a_note_and_no_memory(tmp_path: Path) -> None:
    board = tiny_board(1)
    crew = fake_crew(tmp_path, judges=(SilentJudge(),))
    take = one_take(crew, board)
    found, (note,) = judge_take(crew, "fox", board, take)
    assert {verdict.outcome for verdict in found.verdicts} == {"unmeasurable"}
    assert note.degrades
    healthy = fake_crew(tmp_path, memory=crew.memory, store=crew.store)
    assert judge_take(healthy, "fox", board, take)[0].score.passed == 1


def test_what_was_judged_is_not_judged_again(tmp_path: Path) -> None:
    board, judge = tiny_board(1), ColourJudge()
    crew = fake_crew(tmp_path, judges=(judge,))
    take = one_take(crew, board)
    assert judge_take(crew, "fox", board, take) == judge_take(crew, "fox", board, take)
    assert judge.calls == 1
    brighter = board.with_shot(board.shot("s1").model_copy(update={"exposure": 0.5}))
    judge_take(crew, "fox", brighter, take)
    assert judge.calls == 2, "other claims are another question"


def test_a_take_is_not_asked_what_only_the_cut_can_show() -> None:
    board = tiny_board(2)
    kinds = {claim.kind for claim in take_claims(board, board.shot("s1"))}
    assert not kinds & {"narration", "title", "continuity", "music", "order"}
    assert {"colour", "duration", "sound"} <= kinds
