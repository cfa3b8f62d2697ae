"""Does sound go on where windows meet: ``python -m evals.long_sound --scenes 8``.

Held-out scenes, spread over twelve seconds, are filmed with sound in windows. The detector of ``tools.measure`` listens
for every planned event, and for a word that is nowhere in the scene; events near the start of what a window adds stand
apart. Then the film is played piece by piece, and its sound compared with that of the whole where two pieces meet.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator

import numpy as np
import torch

from evals.long import CHUNK
from evals.sound_codec import LEAST_GAIN_DB, absent_word
from evals.sounds import FIRST_SEED, Found, counts
from models.codec import Canvas
from models.hearing import wave_of
from models.layers.moves import path_of
from models.length import made_of, strips
from models.reel import Ask, Reel
from models.shapes import FPS
from models.sound.codec import RATE
from models.streaming import CROSSED, HELD, Playing
from models.windows import SPAN, layers_of
from models.world.action import perform
from models.world.caption import captions
from models.world.excerpt import excerpt, slowed
from models.world.performance import SoundEvent
from models.world.sample import sample_scene
from models.world.scene import Scene
from tools.measure.listening import listen_in, spectrogram

FRAMES = SPAN + 3 * CHUNK
SECONDS = FRAMES / FPS
NEAR_S = 0.5
"""Events this near to a seam are counted as at it."""
SEAMS_S = tuple((SPAN + CHUNK * n) / FPS for n in range(3))


def scenes(count: int) -> Iterator[tuple[Scene, tuple[SoundEvent, ...]]]:
    """Held-out scenes that are heard, as long as the clips, and what is heard of them."""
    seed, done = FIRST_SEED, 0
    while done < count:
        seed += 1
        scene = slowed(sample_scene(seed, split="test", duration_s=4.0), SECONDS)
        events = perform(scene, torch.zeros(1), 112 / 64).events
        heard = tuple(event for event in events if event.at_s < SECONDS)
        if any(event.gain_db >= LEAST_GAIN_DB for event in heard):
            done += 1
            yield scene, heard


def filmed(reel: Reel, scene: Scene, events: tuple[SoundEvent, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The sound of a scene as a whole, and as it was played piece by piece; mono at ``RATE``."""
    canvas = Canvas(FRAMES)
    way = path_of(scene.camera.move, canvas, scene.camera.strength, scene.seed)
    caption = captions(scene, sound=False).full
    ask = Ask(caption, canvas, len(scene.actors), way, sounding=True, events=events)
    playing = Playing(layers_of(reel, ask), 8, 14, FPS)
    pieces = []
    for strip in strips(
        reel, ask, scene.seed, lambda start, end: captions(excerpt(scene, start, end), sound=False).full
    ):
        pieces += [piece.wave for piece in playing.pieces(strip, strip.frames >= FRAMES) if piece.wave is not None]
    whole = wave_of(reel, made_of(reel, strip, ask, scene.seed))
    return whole.numpy(), torch.cat(pieces).numpy()


def level_db(wave_N: np.ndarray) -> float:
    return float(10.0 * np.log10(np.square(wave_N).mean() + 1e-9))


def measure(reel: Reel, count: int) -> dict[str, object]:
    """What is heard at seams and elsewhere, and how the played sound differs in level from the whole where it meets."""
    found = {"at seams": Found(), "elsewhere": Found()}
    off: list[float] = []
    for number, (scene, events) in enumerate(scenes(count)):
        whole, played = filmed(reel, scene, events)
        levels, rng = spectrogram(played, RATE), np.random.default_rng([number, 41])
        for event in events:
            if event.gain_db < LEAST_GAIN_DB or event.at_s > SECONDS - 0.2:
                continue
            where = "at seams" if min(abs(event.at_s - seam) for seam in SEAMS_S) < NEAR_S else "elsewhere"
            strange = absent_word(events, rng)
            heard = listen_in(levels, event.sound, event.at_s)
            right = counts(heard, event.sound, event.at_s)
            found[where].present.append(right)
            found[where].absent.append(counts(listen_in(levels, strange, event.at_s), strange, event.at_s))
            found[where].scene.append(number)
            if right:
                found[where].lags_ms.append(1000.0 * abs(heard.at_s - event.at_s))
        for seam in SEAMS_S:
            at = round((seam - HELD / FPS) * RATE)
            crossed = slice(at, at + CROSSED)
            if level_db(whole[crossed]) > -60.0:
                off.append(level_db(played[crossed]) - level_db(whole[crossed]))
    report = {where: each.report() for where, each in found.items() if each.present}
    worst = max(map(abs, off), default=float("nan"))
    met = {"mean": round(float(np.mean(off)), 2), "worst": round(worst, 2), "of": len(off)}
    return report | {"level where pieces meet, dB": met}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--scenes", type=int, default=8)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    print(json.dumps(measure(Reel.load(), chosen.scenes), indent=1))


if __name__ == "__main__":
    main()
