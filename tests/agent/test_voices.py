"""A character has one voice through the whole film, and a film in which it has two says so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from agent.director import Director
from agent.film import Film
from agent.voices import judge_voices
from storyboards.brief import Brief
from storyboards.critique import Verdict
from storyboards.shot import Line
from storyboards.storyboard import Storyboard
from tests.fakes import BeepSpeaker, ScriptedPlanner, fake_crew, tiny_board
from tools.contract import Speech

CLAIM = "s3.continuity.fox.voice"


def spoken_board() -> Storyboard:
    board = tiny_board(3, 16, music=None)
    shots = tuple(
        shot.model_copy(update={"lines": (Line(text="Here I am.", speaker=who, at_s=0.1),)})
        for shot, who in zip(board.shots, ("fox", "owl", "fox"), strict=True)
    )
    cast = tuple(e.model_copy(update={"voice": "child" if e.id == "fox" else "old woman"}) for e in board.elements)
    return board.changed(shots=shots, elements=cast)


def verdict(film: Film) -> Verdict:
    assert sum("voice" in claim.id for claim in film.claims) == 1, "the owl speaks once"
    return next(verdict for verdict in film.verdicts if verdict.claim_id == CLAIM)


class Pitched(BeepSpeaker):
    """Beeps louder or softer by the voice, so that no two voices make one file."""

    def say(self, text: str, voice: str, language: str, pace: float) -> Speech:
        speech = super().say(text, voice, language, pace)
        assert speech.wave is not None
        return replace(speech, wave=speech.wave * np.float32(0.5 + len(voice) / 40))


async def test_one_voice_is_seen_in_the_recipes_and_two_are_found(tmp_path: Path) -> None:
    crew = fake_crew(tmp_path, planner=ScriptedPlanner(spoken_board()), judges=(), speaker=Pitched())
    film = await Director(crew).make(Brief(text="A fox talks."), project="fox")
    assert (verdict(film).outcome, verdict(film).tier) == ("pass", "T0")
    assert verdict(film).measured == "the voice 'child' in both"
    owl = next(clip for clip in film.timeline.sound if clip.track == "dialogue" and clip.shot_id == "s2")
    sound = tuple(
        clip.model_copy(update={"sha256": owl.sha256}) if clip.track == "dialogue" and clip.shot_id == "s3" else clip
        for clip in film.timeline.sound
    )
    (found,) = judge_voices(crew, film.storyboard, film.claims, film.timeline.model_copy(update={"sound": sound}))
    assert (found.outcome, found.measured) == ("fail", "child in shot s1; old woman in shot s3")


async def test_a_film_that_nobody_could_speak_is_not_judged(tmp_path: Path) -> None:
    planner = ScriptedPlanner(spoken_board())
    crew = fake_crew(tmp_path, planner=planner, judges=(), speaker=BeepSpeaker(voiceless=True))
    film = await Director(crew).make(Brief(text="A fox talks."), project="fox")
    assert verdict(film).outcome == "unmeasurable"
