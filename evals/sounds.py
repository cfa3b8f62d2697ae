"""Does the generator sound as planned, and in time: ``python -m evals.sounds --scenes 40``.

Held-out scenes are filmed with sound, or given sound afterwards, and the detector of ``tools.measure`` listens for
every planned event near its time, and at the same time for a word that is nowhere in the scene. The world's own sound,
and what the codec makes of it, stand beside it: the ceiling. The sound of another scene is what anything has to beat.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from evals.sound_codec import LEAST_GAIN_DB, absent_word, f1
from evals.statistics import LEAST_CLUSTERS, cluster_bootstrap
from models.codec import Canvas
from models.hearing import wave_of, with_sound
from models.layers.moves import path_of
from models.reel import Ask, Reel
from models.sound.codec import RATE
from models.sound.tokens import sound_of
from models.world.action import perform
from models.world.caption import captions
from models.world.performance import SoundEvent
from models.world.sample import sample_scene
from models.world.scene import Scene
from models.world.sound import render_events
from tools.measure.listening import GOOD, SERIAL, Heard, listen_in, spectrogram
from tools.measure.technical import RIVAL_RULES_OUT

FIRST_SEED = 6_700_000
WITHIN_S = 0.12
CANVAS = Canvas(49)
MOST_ASKED = 6
"""Events that are asked for in a scene, spread over its time."""
WAYS = ("world", "codec", "with the picture", "for the picture", "by the picture alone", "of another scene")


@dataclass
class Found:
    """What was heard in one way: planned words (True is right), absent words (True is wrong), lags in ms, by scene."""

    present: list[bool] = field(default_factory=list)
    absent: list[bool] = field(default_factory=list)
    lags_ms: list[float] = field(default_factory=list)
    scene: list[int] = field(default_factory=list)

    def report(self) -> dict[str, object]:
        """F1 at ``WITHIN_S``, recall with its interval by scenes, and the median lag."""
        told: dict[str, object] = {
            "f1": round(f1(self.present, self.absent), 3), "events": len(self.present),
            "heard": round(float(np.mean(self.present)), 3), "falsely heard": round(float(np.mean(self.absent)), 3),
            "lag ms": round(float(np.median(self.lags_ms or [np.nan])), 1),
        }  # fmt: skip
        if len(set(self.scene)) >= LEAST_CLUSTERS:
            one = cluster_bootstrap([float(each) for each in self.present], self.scene)
            told["interval"] = [round(one.low, 3), round(one.high, 3)]
        return told


def counts(heard: Heard, sound: str, at_s: float) -> bool:
    """Does the word match well, in time, and no other word clearly better?"""
    drowned = heard.rival_score - heard.score > RIVAL_RULES_OUT and sound not in SERIAL
    return heard.score >= GOOD and abs(heard.at_s - at_s) <= WITHIN_S and not drowned


def events_of(scene: Scene) -> tuple[SoundEvent, ...]:
    """What is heard of a scene, within the clip."""
    events = perform(scene, torch.zeros(1), CANVAS.width / CANVAS.height).events
    return tuple(event for event in events if event.at_s < CANVAS.frames / CANVAS.fps)


def asked_of(events: Sequence[SoundEvent]) -> list[SoundEvent]:
    """The events that are asked for: loud enough, long enough before the end, at most ``MOST_ASKED``."""
    end_s = CANVAS.frames / CANVAS.fps - 0.2
    loud = [event for event in events if event.gain_db >= LEAST_GAIN_DB and event.at_s < end_s]
    return loud[:: max(1, -(-len(loud) // MOST_ASKED))]


def waves_of(reel: Reel, scene: Scene, events: tuple[SoundEvent, ...], seed: int) -> dict[str, torch.Tensor]:
    """The sound of a scene in every way but that of another, mono at ``RATE``."""
    codec = sound_of(reel.codec).codec
    true = render_events(events, CANVAS.frames / CANVAS.fps, scene.seed, RATE).mean(0)
    way = path_of(scene.camera.move, CANVAS, scene.camera.strength, scene.seed)
    ask = Ask(
        captions(scene, sound=False).full, CANVAS, len(scene.actors), way, sounding=True, events=events
    )  # fmt: skip
    made = reel.clip(ask, seed)
    return {
        "world": true, "codec": codec.decode(codec.encode(true))[: len(true)], "with the picture": wave_of(reel, made),
        "for the picture": wave_of(reel, with_sound(reel, made, events, seed + 1)),
        "by the picture alone": wave_of(reel, with_sound(reel, made, None, seed + 2)),
    }  # fmt: skip


def measure(reel: Reel, scenes: int) -> dict[str, dict[str, object]]:
    """What is heard in every way of :data:`WAYS`."""
    found = {way: Found() for way in WAYS}
    before: np.ndarray | None = None
    seed, done = FIRST_SEED, 0
    while done < scenes:
        seed += 1
        scene = sample_scene(seed, split="test", duration_s=CANVAS.frames / CANVAS.fps)
        events = events_of(scene)
        asked = asked_of(events)
        if not asked:
            continue
        levels = {way: spectrogram(wave.numpy(), RATE) for way, wave in waves_of(reel, scene, events, seed).items()}
        if before is not None:
            levels["of another scene"] = before
        before = levels["with the picture"]
        rng = np.random.default_rng([seed, 41])
        for event in asked:
            strange = absent_word(events, rng)
            for way, level in levels.items():
                _listen(found[way], level, event, strange, done)
        done += 1
    return {way: each.report() for way, each in found.items() if each.present}


def _listen(found: Found, levels: np.ndarray, event: SoundEvent, strange: str, scene: int) -> None:
    heard = listen_in(levels, event.sound, event.at_s)
    right = counts(heard, event.sound, event.at_s)
    found.present.append(right)
    found.absent.append(counts(listen_in(levels, strange, event.at_s), strange, event.at_s))
    found.scene.append(scene)
    if right:
        found.lags_ms.append(1000.0 * abs(heard.at_s - event.at_s))


def main() -> None:
    """Measure from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--scenes", type=int, default=40)
    parser.add_argument("--making", default="", help='steps and guidance, such as "4 4 map 1.5"')
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    from evals.adherence_reel import making_of

    reel = Reel.load(making=making_of(chosen.making) if chosen.making else None)
    print(json.dumps(measure(reel, chosen.scenes), indent=1))


if __name__ == "__main__":
    main()
