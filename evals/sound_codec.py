"""Are the world's sounds still heard, and in time, after the sound codec: ``python -m evals.sound_codec``.

The detector of ``tools.measure`` listens for every event of held-out scenes where it was planned, and at the same
time for a word that is nowhere in the scene; it does not know which is which. F1 counts both, of the original and of
what the codec makes of it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence

import numpy as np
import torch

from models.sound.codec import RATE, load_sound
from models.train.sound_waves import scene_events
from models.world.performance import SoundEvent
from models.world.sound import render_events
from models.world.vocabulary import SOUNDS
from tools.measure.listening import GOOD, SERIAL, Heard, listen_in, spectrogram
from tools.measure.technical import RIVAL_RULES_OUT

WITHIN_S = 0.05
LEAST_GAIN_DB = -12.0
"""Fainter events are not asked for."""


def is_heard(heard: Heard, sound: str, at_s: float) -> bool:
    """Does the word match well, in time, and no other word clearly better?"""
    drowned = heard.rival_score - heard.score > RIVAL_RULES_OUT and sound not in SERIAL
    return heard.score >= GOOD and abs(heard.at_s - at_s) <= WITHIN_S and not drowned


def f1(present: list[bool], absent: list[bool]) -> float:
    """Of what was heard among present words (True is right) and absent ones (True is wrong)."""
    right, wrong, missed = sum(present), sum(absent), len(present) - sum(present)
    return 2 * right / max(1, 2 * right + wrong + missed)


def measure(scenes: int) -> dict[str, float]:
    """``f1_original`` and ``f1_codec`` at 50 ms, and ``lag_ms``, the median lag of the events heard in both.

    Each event is asked for in its scene as it is rendered, other sounds included; the first two of a scene.
    """
    codec = load_sound()
    found: dict[str, tuple[list[bool], list[bool]]] = {"original": ([], []), "codec": ([], [])}
    lags: list[float] = []
    for number in range(scenes):
        rng = np.random.default_rng([number, 41])
        events, length_s = scene_events(number, "val")
        asked = [event for event in events if event.gain_db >= LEAST_GAIN_DB and event.at_s < length_s - 0.2][:2]
        if not asked:
            continue
        true = render_events(events, length_s, number, RATE).mean(0)
        waves = {"original": true, "codec": codec.decode(codec.encode(true))[: len(true)]}
        levels = {name: spectrogram(wave.numpy(), RATE) for name, wave in waves.items()}
        for event in asked:
            strange = absent_word(events, rng)
            at_s = {}
            for name, (present, absent) in found.items():
                heard = listen_in(levels[name], event.sound, event.at_s)
                at_s[name] = heard.at_s
                present.append(is_heard(heard, event.sound, event.at_s))
                absent.append(is_heard(listen_in(levels[name], strange, event.at_s), strange, event.at_s))
            if all(present[-1] for present, _ in found.values()):
                lags.append(1000.0 * abs(at_s["codec"] - at_s["original"]))
    numbers = {f"f1_{name}": f1(*lists) for name, lists in found.items()}
    numbers |= {"lag_ms": float(np.median(lags or [np.nan])), "events": float(len(found["codec"][0]))}
    return {name: round(value, 3) for name, value in numbers.items()}


def absent_word(events: Sequence[SoundEvent], rng: np.random.Generator) -> str:
    """A sound that is nowhere among the events."""
    rest = sorted(set(SOUNDS) - {event.sound for event in events})
    return rest[int(rng.integers(len(rest)))]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--scenes", type=int, default=40)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    print(json.dumps(measure(chosen.scenes), indent=1))


if __name__ == "__main__":
    main()
