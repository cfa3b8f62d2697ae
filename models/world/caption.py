"""What a scene would be called: a caption that says everything, one that says the essentials, and other wordings.

The grammar walks the scene and says who, how they look, what they do in order, how they stand to each other, where,
when, in what weather, how it is filmed and drawn, and what is heard. Nothing is said that the scene does not hold.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from models.world import vocabulary
from models.world.ambience import ambience_names
from models.world.caption_words import (
    AMBIENCE_PHRASES,
    BOARDED,
    CAMERA_PHRASES,
    COUNTS,
    DIRECTIONS,
    FRAMING_PHRASES,
    INSIDE,
    ORDINALS,
    ROLLING,
    SAILING,
    SETTING_PHRASES,
    SIDE_PHRASES,
    SIZE_WORDS,
    SOUND_PHRASES,
    STYLE_PHRASES,
    SUBJECT_WORDS,
    SYNONYMS,
    TIME_PHRASES,
    VERBS,
    WEATHER_PHRASES,
    article,
    listed,
    plural,
)
from models.world.scene import Act, Actor, Scene

__all__ = ["HEARD", "SYNONYMS", "Captions", "captions"]

WORDINGS = 6
HEARD = "we hear "
"""How the sentence about sounds begins; no other sentence does."""


@dataclass(frozen=True)
class Captions:
    """``full`` says everything, ``short`` who does what where; ``wordings`` are other ways to say much of it."""

    full: str
    short: str
    wordings: tuple[str, ...]


def captions(scene: Scene, *, sound: bool = True) -> Captions:
    """Return the captions of a scene; equal scenes have equal captions.

    Without ``sound`` they are the same captions, and the sentence that says what is heard is left out.

    ``full`` holds every word of the scene, or a phrase that :data:`SYNONYMS` lists for it. Two things are left out:
    clear weather in a setting that has no weather, and the size ``medium`` in ``short`` and some wordings.
    """
    plain = _Speaker(scene, None, sound=sound)
    rng = np.random.default_rng([scene.seed & 0xFFFFFFFF, zlib.crc32(repr(scene).encode())])
    spoken = [_Speaker(scene, rng, sound=sound).wording() for _ in range(WORDINGS)]
    return Captions(plain.full(), plain.short(), tuple(dict.fromkeys(spoken)))


@dataclass
class _Speaker:
    """Says parts of one scene; with a generator it picks synonyms and orders, without it the plain words."""

    scene: Scene
    rng: np.random.Generator | None
    said: dict[str, str] = field(default_factory=dict)
    sound: bool = True

    def pick(self, phrases: tuple[str, ...]) -> str:
        return phrases[0] if self.rng is None else phrases[int(self.rng.integers(len(phrases)))]

    def chance(self, share: float) -> bool:
        return self.rng is not None and float(self.rng.random()) < share

    def noun(self, subject: str) -> str:
        if subject not in self.said:
            self.said[subject] = self.pick(SUBJECT_WORDS.get(subject, (subject,)))
        return self.said[subject]

    def full(self) -> str:
        scene = self.scene
        manner = f"{STYLE_PHRASES[scene.style][0]}, {FRAMING_PHRASES[scene.camera.framing][0]}"
        who = self.who_does_what(everything=True)
        told = self.located(who, self.relations())
        return _sentences([manner, *told, self.camera(), *self.light(), self.heard()])

    def short(self) -> str:
        doing = [self.essentials(index) for index in range(len(self.scene.actors))]
        if self.scene.actors and self.alike():
            actor = self.scene.actors[0]
            doing = [f"{COUNTS[len(self.scene.actors)]} {actor.colour} {plural(self.noun(actor.subject))}"]
        where = f"{SETTING_PHRASES[self.scene.setting][0]} {TIME_PHRASES[self.scene.time][0]}"
        return _sentences([f"{listed(doing)} {where}" if doing else where])

    def wording(self) -> str:
        """Return one of many ways to say it: parts in another order, synonyms, some details left out."""
        looks = [self.pick(STYLE_PHRASES[self.scene.style])] if self.chance(0.75) else []
        if self.chance(0.7):
            looks.append(self.pick(FRAMING_PHRASES[self.scene.camera.framing]))
        who = self.who_does_what(everything=self.chance(0.5))
        beside = self.relations() if self.chance(0.6) else []
        if who and self.chance(0.4):
            rows = [f"{self.place()}, {who[0]}", *who[1:], *beside]
        else:
            rows = self.located(who, beside)
        filmed = [self.camera()] if self.scene.camera.move != "static" or self.chance(0.3) else []
        heard = [self.heard()] if self.scene.cues and self.chance(0.7) else []
        rows = [*filmed, *rows] if self.chance(0.3) else [*rows, *filmed]
        manner = [", ".join(looks)] if looks else []
        return _sentences([*manner, *rows, *heard] if self.chance(0.6) else [*rows, *heard, *manner])

    def located(self, who: list[str], beside: list[str]) -> list[str]:
        """Return the sentences with the place: in the sentence of the only actor, else after them all."""
        if len(who) == 1:
            return [f"{who[0]}, {self.place()}", *beside]
        return [*who, *beside, f"this is {self.place()}"]

    def alike(self) -> bool:
        kinds = {(actor.subject, actor.colour) for actor in self.scene.actors}
        return len(self.scene.actors) > 1 and len(kinds) == 1

    def who_does_what(self, everything: bool) -> list[str]:
        actors = self.scene.actors
        if not actors:
            return []
        rows = []
        if self.alike():
            rows.append(f"{COUNTS[len(actors)]} {actors[0].colour} {plural(self.noun(actors[0].subject))}")
        for index, actor in enumerate(actors):
            acts = self.acts(index) if actor.acts else ""
            rows.append(f"{self.described(index, everything)} {acts or 'is there'}")
        return rows

    def described(self, index: int, everything: bool) -> str:
        actor = self.scene.actors[index]
        size = self.pick(SIZE_WORDS[actor.size]) if everything or actor.size != "medium" else ""
        if self.alike():
            looks = f"the {ORDINALS[index]}{', ' + size if size else ''}"
        else:
            looks = article(" ".join(word for word in (size, actor.colour, self.noun(actor.subject)) if word))
        wears = self.worn(actor)
        stays = self.pick(SIDE_PHRASES[actor.side]) if everything else ""
        if stays and actor.depth > 0.5:
            stays += " in the background"
        looks += f"{',' if self.alike() and size else ''} {wears}" if wears else ""
        return f"{looks}, {stays}," if stays else looks

    def essentials(self, index: int) -> str:
        actor = self.scene.actors[index]
        looks = article(f"{actor.colour} {self.noun(actor.subject)}")
        return f"{looks} {self.acts(index)}" if actor.acts else looks

    def worn(self, actor: Actor) -> str:
        if not actor.accessories:
            return ""
        pieces = [
            f"{worn.colour} {worn.name}" if worn.name == "glasses" else article(f"{worn.colour} {worn.name}")
            for worn in actor.accessories
        ]
        return f"{self.pick(('wearing', 'with'))} {listed(pieces)}"

    def acts(self, index: int) -> str:
        """Return the actions in order of time: "walks to the right, then jumps"; at the same time: "and waves"."""
        ordered = sorted(self.scene.actors[index].acts, key=lambda act: (act.start_s, act.end_s))
        words = ""
        for place, act in enumerate(ordered):
            if place:
                together = act.start_s < ordered[place - 1].end_s - 0.05
                words += " and " if together else self.pick((", then ", ", and then ", ", then "))
            words += self.act(index, act)
        return words

    def act(self, index: int, act: Act) -> str:
        kind = vocabulary.SUBJECTS[self.scene.actors[index].subject]
        forms = VERBS[act.action]
        if kind.body in ("vehicle", "roller"):
            forms = (SAILING if kind.home == "water" else ROLLING).get(act.action, forms)
        if act.action == "ride" and act.target >= 0 and self.scene.actors[act.target].subject in INSIDE:
            forms = BOARDED
        words = self.pick(forms)
        if act.action == "carry" and act.thing:
            words += f" {article(act.thing)}"
        if act.target >= 0:
            words += f" {self.name(act.target, index)}"
        return f"{words} {self.pick(DIRECTIONS[act.direction])}" if act.direction else words

    def name(self, index: int, speaker: int = -1) -> str:
        """Return how an actor is told from the others: by kind, else by colour too, else by number."""
        actors = self.scene.actors
        actor = actors[index]
        same_kind = [other for other in actors if other.subject == actor.subject]
        same_look = [other for other in same_kind if other.colour == actor.colour]
        noun = self.noun(actor.subject)
        if len(same_kind) == 1:
            return f"the {noun}"
        if len(same_look) == 1:
            return f"the {actor.colour} {noun}"
        if len(actors) == 2 and speaker >= 0:
            return f"the other {noun}"
        number = sum(1 for other in actors[:index] if (other.subject, other.colour) == (actor.subject, actor.colour))
        return f"the {ORDINALS[number]} {actor.colour} {noun}"

    def relations(self) -> list[str]:
        """Return who stands left of whom, from left to right, for neighbours on different sides."""
        places = vocabulary.SIDES
        order = sorted(range(len(self.scene.actors)), key=lambda i: places[self.scene.actors[i].side])
        rows = []
        for left, right in pairwise(order):
            if self.scene.actors[left].side == self.scene.actors[right].side or self.together(left, right):
                continue
            if self.chance(0.5):
                rows.append(f"{self.name(right)} is to the right of {self.name(left)}")
            else:
                rows.append(f"{self.name(left)} is to the left of {self.name(right)}")
        return rows

    def together(self, one: int, other: int) -> bool:
        """Return whether one of the two rides the other: then neither is beside the other."""
        return any(
            act.action == "ride" and act.target == there
            for here, there in ((one, other), (other, one))
            for act in self.scene.actors[here].acts
        )

    def place(self) -> str:
        scene = self.scene
        words = f"{self.pick(SETTING_PHRASES[scene.setting])} {self.pick(TIME_PHRASES[scene.time])}"
        if scene.weather == "clear" and scene.setting in vocabulary.WEATHERLESS:
            return words
        return f"{words} {self.pick(WEATHER_PHRASES[scene.weather])}"

    def camera(self) -> str:
        return self.pick(CAMERA_PHRASES[self.scene.camera.move])

    def light(self) -> list[str]:
        if abs(self.scene.exposure) < 0.25:
            return []
        return ["the picture is bright" if self.scene.exposure > 0 else "the picture is dark"]

    def heard(self) -> str:
        """Return the sounds of the place, then the cues in order of time with who makes them; "" if not asked for."""
        if not self.sound:
            return ""
        bed = listed([AMBIENCE_PHRASES[name] for name in ambience_names(self.scene)])
        rows = []
        for cue in sorted(self.scene.cues, key=lambda cue: cue.at_s):
            source = f" from {self.name(cue.actor)}" if 0 <= cue.actor < len(self.scene.actors) else ""
            rows.append(SOUND_PHRASES[cue.sound] + source)
        if not rows:
            return f"{HEARD}{bed}"
        return f"{HEARD}{bed}, with {', then '.join(rows)}"


def _sentences(parts: list[str]) -> str:
    rows = [re.sub(r"\s+", " ", part).strip(" ,") for part in parts if part]
    return " ".join(f"{row[0].upper()}{row[1:]}." for row in rows)
