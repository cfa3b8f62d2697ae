import pytest

from storyboards.claims import compile_claims, shot_claims
from storyboards.critique import Critique, Verdict, by_kind, score_of
from storyboards.storyboard import read_storyboard


def _by_id(board):
    return {claim.id: claim for claim in compile_claims(board)}


def test_ids_are_unique_and_every_shot_claim_is_in_the_film(board):
    claims = compile_claims(board)
    assert len({claim.id for claim in claims}) == len(claims)
    assert set(shot_claims(board, board.shots[0])) <= set(claims)


def test_the_plan_compiles_into_what_must_be_seen_and_heard(board):
    claims = _by_id(board)
    assert claims["s1.colour.fox"].expected == "orange"
    assert claims["s1.count"].number == 2
    assert claims["s1.direction.fox.1"].expected == "right"
    assert claims["s1.relation.fox.owl"].expected == "left of"
    assert claims["s1.sound.hoot.1"].number == 1.0
    assert claims["s1.sound.hoot.1"].tolerance == 0.12
    assert claims["s2.exposure"].expected == "darker"
    assert claims["s2.narration.1"].expected == "The fox sits down."
    assert claims["s2.continuity.fox"].other == "s1"
    assert claims["s1.duration"].number == 96
    assert claims["film.music"].expected == "calm"
    assert claims["film.order"].expected == "s1 s2"
    assert claims["film.size"].expected == "320x180@24"


def test_silence_and_stillness_are_claims_too(board):
    quiet = board.changed(music=None)
    assert _by_id(quiet)["film.music"].expected == "none"
    assert _by_id(quiet)["s1.camera"].expected == "static"


def test_articles_fit_their_nouns(board):
    assert _by_id(board)["s1.subject.owl"].text == "An owl is in the shot."
    assert _by_id(board)["s1.subject.fox"].text == "A fox is in the shot."


@pytest.mark.parametrize(
    ("mine", "theirs", "better"),
    [("pp", "pf", True), ("pf", "pp", False), ("pp", "pu", True), ("pu", "pf", True), ("pp", "pp", False)],
)
def test_the_better_take_fails_less_then_passes_more(mine, theirs, better):
    assert _critique(mine).is_better_than(_critique(theirs)) is better


def test_unmeasurable_is_neither_passed_nor_failed():
    score = score_of(_critique("pfuu").verdicts)
    assert (score.passed, score.failed, score.unmeasurable) == (1, 1, 2)
    assert score.coverage == 0.5


def test_a_claim_nobody_answered_counts_as_unmeasurable(board):
    rows = by_kind(compile_claims(board), [])
    assert all(row.passed == row.failed == 0 and row.unmeasurable > 0 for row in rows.values())


def _critique(outcomes: str) -> Critique:
    words = {"p": "pass", "f": "fail", "u": "unmeasurable"}
    verdicts = [Verdict(claim_id=f"c{i}", outcome=words[o], tier="T1") for i, o in enumerate(outcomes)]
    return Critique(shot_id="s1", take_key="k", verdicts=tuple(verdicts))


@pytest.mark.parametrize(("subject", "words"), [("boat", "rides in the boat"), ("horse", "rides on the horse")])
def test_who_rides_is_claimed_to_ride_and_not_to_be_beside(document, subject, words):
    document["elements"][1] = {"id": "mount", "subject": subject}
    ride = {"verb": "ride", "target": "mount"}
    document["shots"][0]["parts"] = [
        {"element": "fox", "side": "left", "actions": [ride]}, {"element": "mount", "side": "right"},
    ]  # fmt: skip
    document["shots"][0]["sounds"] = []
    claims = _by_id(read_storyboard(document))
    claim = claims["s1.relation.fox.1"]
    assert (claim.expected, claim.element, claim.other) == ("ride", "fox", "mount")
    assert words in claim.text
    assert "s1.relation.fox.mount" not in claims
