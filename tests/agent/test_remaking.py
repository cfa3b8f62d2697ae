"""Takes of which only some is made anew: by retakes of what failed, and by edits of what a take shows already."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from agent.director import Director
from agent.produce import film_request
from agent.remaking import changed, edited_take
from agent.revise import REMADE, REMEDIES, revise_shot
from storyboards.brief import Brief, Limits
from storyboards.critique import Critique, Verdict
from storyboards.shot import DEEDS, LIGHT, LOOKS, PLACE, FirstFrame, Remake, Shot
from storyboards.storyboard import Storyboard
from tests.agent.test_review import BOARD, CLAIMS, SHOT
from tests.fakes import ColourJudge, PaintedBackend, ScriptedPlanner, fake_crew, tiny_board
from tools.contract import Filming, Progress, ShotRequest, request_for
from tools.media import FrameWriter

KEY = "a" * 64
BRIEF = Brief(text="A fox goes home.")


def found(fails: tuple[str, ...] = (), doubts: tuple[str, ...] = ()) -> Critique:
    """A critique in which the first claim of each of these kinds failed, or is doubted, and the others are kept."""
    first = {kind: next(claim.id for claim in CLAIMS if claim.kind == kind) for kind in (*fails, *doubts)}
    verdicts = []
    for claim in CLAIMS:
        if claim.id in (first[kind] for kind in fails):
            verdicts.append(Verdict(claim_id=claim.id, outcome="fail", tier="T1", measured="other"))
        elif claim.id in (first[kind] for kind in doubts):
            verdicts.append(Verdict(claim_id=claim.id, outcome="unmeasurable", tier="T2", probability=0.2))
        else:
            verdicts.append(Verdict(claim_id=claim.id, outcome="pass", tier="T1"))
    return Critique(shot_id="s1", take_key=KEY, verdicts=tuple(verdicts))


def retake(critique: Critique, shot: Shot = SHOT, remakes: bool = True) -> Shot:
    revision = revise_shot(shot, CLAIMS, [shot], [critique], critique, remakes=remakes)
    assert revision is not None
    assert ("only the" in revision.why) == (revision.shot.remake is not None)
    return revision.shot


@pytest.mark.parametrize(
    ("fails", "doubts", "what"),
    [
        (("colour",), (), (f"{LOOKS}fox",)),
        (("subject",), (), (f"{DEEDS}fox", f"{LOOKS}fox")),
        (("setting",), (), (PLACE,)),
        (("weather", "sound"), (), (LIGHT, PLACE)),
        (("direction",), ("time",), (f"{DEEDS}fox", LIGHT, PLACE)),
        ((), ("colour", "framing"), (f"{DEEDS}fox", f"{DEEDS}owl", f"{LOOKS}fox", PLACE)),
        (("count",), (), (f"{DEEDS}fox", f"{DEEDS}owl", PLACE)),
        (("flicker",), ("colour",), ()),
        ((), ("framing",), (f"{DEEDS}fox", f"{DEEDS}owl", PLACE)),
    ],
)
def test_only_what_failed_is_made_anew(fails: tuple[str, ...], doubts: tuple[str, ...], what: tuple[str, ...]) -> None:
    shot = retake(found(fails, doubts))
    assert (shot.remake.what if shot.remake is not None else ()) == what
    if what:
        assert shot.remake == Remake(take=KEY, what=what)
        assert shot.seed != SHOT.seed
        heard = shot.sounds != SHOT.sounds
        assert heard == ("sound" in fails), "the sound is mended beside it"
        kept = {"seed": SHOT.seed, "remake": None, "sounds": SHOT.sounds}
        if not {"framing", "count"} & {*fails, *doubts}:
            assert shot.model_copy(update=kept) == SHOT, "nothing else changes"


def test_another_view_keeps_looks_and_light_and_takes_its_remedy_along() -> None:
    shot = retake(found(("camera",)))
    assert shot.remake is not None
    assert shot.remake.what == (f"{DEEDS}fox", f"{DEEDS}owl", PLACE)
    assert shot.camera.strength > SHOT.camera.strength


def test_a_take_is_made_anew_whole_where_that_is_all_there_is() -> None:
    colour = found(("colour",))
    assert retake(colour, remakes=False).remake is None
    for joined in ({"continues": True}, {"first_frame": FirstFrame(sha256=KEY)}, {"grown": SHOT}):
        assert retake(colour, SHOT.model_copy(update=joined)).remake is None, joined
    alone = SHOT.model_copy(update={"parts": SHOT.parts[:1]})
    everything = found(("subject", "setting", "time"))
    assert retake(everything, alone).remake is None
    assert REMADE.keys() <= REMEDIES.keys()


def test_a_retake_after_a_retake_in_part_goes_on_from_what_it_made() -> None:
    first, second = found(("colour",)), found(("setting",)).model_copy(update={"take_key": "b" * 64})
    begun = retake(first)
    revision = revise_shot(SHOT, CLAIMS, [SHOT, begun], [first, second], second, remakes=True)
    assert revision is not None
    assert revision.shot.remake == Remake(take="b" * 64, what=(PLACE,))
    whole = revise_shot(SHOT, CLAIMS, [SHOT, begun], [first, second], second)
    assert whole is not None
    assert whole.shot.remake is None


def test_where_a_retake_in_part_brought_nothing_better_all_of_it_is_made_anew() -> None:
    first, second = found(("colour",)), found(("colour", "setting")).model_copy(update={"take_key": "b" * 64})
    begun = retake(first)
    revision = revise_shot(SHOT, CLAIMS, [SHOT, begun], [first, second], first, remakes=True)
    assert revision is not None
    assert revision.shot.remake is None
    assert revision.shot.seed not in (SHOT.seed, begun.seed)
    assert "the looks of fox anew brought nothing better" in revision.why


class Parts(PaintedBackend):
    """Paints the brightness that its seed says over the left half, and one by the word for the colour over the right;
    of a retake in part only the halves that are named, the others as they were. Its latents are both."""

    abilities = frozenset({"remake_in_part"})

    def film(self, request: ShotRequest, out: Path, idempotency_key: str, progress: Progress) -> Filming:
        self.filmed.append(request.shot.id)
        (fox,) = request.elements
        halves = {"place": 40 + request.shot.seed % 90, f"looks of {fox.id}": 60 + len(fox.colour) * 10}
        remake = request.shot.remake
        if remake is not None:
            assert request.base is not None
            assert request.base.latents is not None
            assert request.base.name == remake.take
            before = json.loads(request.base.latents.read_bytes())
            halves |= {name: level for name, level in before.items() if name not in remake.what}
        left, right = halves.values()
        picture = np.full((request.height, request.width, 3), left, np.uint8)
        picture[:, request.width // 2 :] = right
        with FrameWriter(out, request.width, request.height, request.rate) as writer:
            for _ in range(request.frames):
                writer.write(picture)
        return Filming(latents=json.dumps(halves).encode())


@pytest.fixture
def board() -> Storyboard:
    return tiny_board(2, 8, music=None)


async def test_an_edit_makes_anew_what_it_changes_and_keeps_the_rest(tmp_path: Path, board: Storyboard) -> None:
    backend = Parts()
    made = Director(fake_crew(tmp_path, planner=ScriptedPlanner(board), backend=backend, judges=()))
    film = await made.make(BRIEF, project="fox")
    first = next(take for take in film.takes if take.shot_id == "s1")
    backend.filmed.clear()
    blue = await made.edit("fox", "make the fox blue")
    assert backend.filmed == ["s1"]
    (entry,) = [e for e in made.crew.memory.ledger.entries("fox", "s1") if e.take and e.take.key != first.key]
    assert entry.intent.shot.remake == Remake(take=first.key, what=("looks of fox",))
    assert entry.intent.why == "only the looks of fox anew"
    assert blue.storyboard.shot("s1").remake is None, "a plan says what is seen, not of what it is made"
    latents = [json.loads(made.crew.store.path(take.latents_sha256).read_bytes()) for take in (first, entry.take)
               if take is not None]  # fmt: skip
    assert latents[0]["place"] == latents[1]["place"]
    assert latents[0]["looks of fox"] != latents[1]["looks of fox"]
    await made.resume("fox")
    await made.edit("fox", "make the fox orange")
    assert backend.filmed == ["s1"], "the first take is there still"
    await made.edit("fox", "camera pans left in shot 1")
    newest = made.crew.memory.ledger.entries("fox", "s1")[-1]
    assert newest.intent.shot.remake is None, "another camera sees all of it anew"


async def test_a_retake_keeps_what_was_right(tmp_path: Path, board: Storyboard) -> None:
    backend = Parts()
    crew = fake_crew(tmp_path, planner=ScriptedPlanner(board), backend=backend, judges=(ColourJudge(),))
    brief = BRIEF.model_copy(update={"limits": Limits(takes_per_shot=2)})
    await Director(crew).make(brief, project="fox")
    shots = [entry.intent.shot for entry in crew.memory.ledger.entries("fox", "s1")]
    first, second = shots
    assert first.remake is None
    assert second.remake is not None, "grey is not the colour that was planned"
    assert second.remake.what == ("looks of fox",)


def test_what_changed_between_two_plans_of_a_shot() -> None:
    def recipe(board: Storyboard, shot: Shot) -> dict[str, object]:
        told: dict[str, object] = json.loads(json.dumps(request_for(board, shot).picture_recipe()))
        return told

    old = recipe(BOARD, SHOT)

    def to(**changes: object) -> tuple[str, ...]:
        return changed(old, recipe(BOARD, SHOT.model_copy(update=changes)))

    def cast(element: str, **changes: object) -> tuple[str, ...]:
        elements = tuple(e.model_copy(update=changes) if e.id == element else e for e in BOARD.elements)
        return changed(old, recipe(BOARD.model_copy(update={"elements": elements}), SHOT))

    walks = SHOT.parts[0].model_copy(update={"actions": SHOT.parts[0].actions[:1]})
    assert to() == ()
    for lit in ({"time": "night"}, {"weather": "rain"}, {"exposure": 0.5}):
        assert to(**lit) == (LIGHT, f"{LOOKS}fox", f"{LOOKS}owl", PLACE), "and what they do stays"
    assert to(parts=(walks, SHOT.parts[1])) == (f"{DEEDS}fox",)
    assert cast("owl", colour="blue") == (f"{LOOKS}owl",)
    assert cast("owl", subject="bird") == (f"{DEEDS}owl", f"{LOOKS}owl")
    rolling = SHOT.camera.model_copy(update={"move": "roll"})
    for whole in (
        {"setting": "beach"}, {"seed": 3}, {"frames": 80}, {"parts": SHOT.parts[:1]},
        {"parts": SHOT.parts[::-1]}, {"camera": rolling},
    ):  # fmt: skip
        assert to(**whole) == (), whole
    wider = BOARD.model_copy(update={"width": 640})
    assert changed(old, recipe(wider, SHOT)) == ()
    assert changed(None, old) == ()


async def test_an_edit_asks_who_films_even_if_what_a_take_was_made_of_is_gone(
    tmp_path: Path, board: Storyboard
) -> None:
    made = Director(fake_crew(tmp_path, planner=ScriptedPlanner(board), backend=Parts(), judges=()))
    film = await made.make(BRIEF, project="fox")
    first = next(take for take in film.takes if take.shot_id == "s1")
    made.crew.store.path(first.latents_sha256).unlink()
    made.change("fox", "make the fox blue")
    board = made.crew.memory.projects.board("fox", made.crew.memory.projects.open("fox").board)
    revision = edited_take(made.crew, "fox", board, board.shot("s1"))
    assert revision is not None, "it is for who films to say that all of it is filmed anew"
    base = film_request(made.crew, "fox", board, revision.shot).base
    assert base is not None
    assert base.latents is None
