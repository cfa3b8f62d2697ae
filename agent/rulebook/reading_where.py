"""Where, when and how it is seen: places, times, weather, light, camera, sounds and moods of a sentence."""

from __future__ import annotations

from agent.rulebook.chunks import Chunk
from agent.rulebook.lexicon.forms import forms_of
from agent.rulebook.performing import TRAVEL
from agent.rulebook.reading_state import (
    BESIDE,
    FINDING,
    NEARNESS,
    SHINING,
    ReadingState,
    noun_of,
    seconds_after,
)
from agent.rulebook.story import Deed, article

_PLACES = {"underwater": "under water", "space": "space"}


class WhereReader(ReadingState):
    """Chunks that say where and when, or how it is filmed and heard."""

    def _on_setting(self, _: int, piece: Chunk) -> None:
        if self._negated or self._simile:
            return
        self._shade(piece)
        sense = piece.sense
        if sense is None:
            return
        weak = self._prep in NEARNESS
        if weak and self._prep in BESIDE and (not self._beat.setting or self._beat.weak):
            self._beat.setting, self._beat.weak = self._beat.setting or piece.value, True
            self._note_place(piece)
            return
        if self._beat.weak and not weak:
            self._beat.setting, self._beat.weak = "", False
        going = self._prep in ("into", "to", "through", "across", "over", "onto", "in")
        if (
            going
            and self._verb_seen
            and not self._beat.deeds
            and not self._beat.present
            and self._subject
            and len(self._beats) > 1
        ):
            self._deeds = [self._add_deed(who, self._last_travel.get(who, "walk")) for who in self._subject]
        found = bool(FINDING & set(forms_of(self._text_of_verb.split()[0]))) if self._text_of_verb else False
        looking = (
            not found
            and bool(self._deeds)
            and self._deeds[-1].verb == "look around"
            and self._prep in ("at", "for", "to", "")
        )
        if self._prep in NEARNESS or looking or (self._prep == "for" and self._verb_seen):
            self._beat.hint = self._beat.hint or piece.value
        elif self._prep in ("from", "out", "off") or (
            self._deeds and self._text_of_verb.startswith(("leav", "left", "depart"))
        ):
            self._beat.setting = self._beat.setting or piece.value
        elif self._beat.setting and self._beat.setting != piece.value and self._beat.deeds and self._prep:
            self._arrive(piece.value)
        elif not self._beat.setting or self._beat.deeds:
            self._beat.setting = piece.value
        else:
            self._beat.hint = self._beat.hint or piece.value
        self._note_place(piece)

    def _note_place(self, piece: Chunk) -> None:
        if piece.sense and piece.sense.near:
            self._notes.add(
                article(noun_of(piece.text)),
                _PLACES.get(piece.value, article(piece.value)),
                "not known, the nearest place",
            )

    def _arrive(self, setting: str) -> None:
        travel = [d for d in self._beat.deeds if d.verb in TRAVEL]
        self._open()
        self._beat.setting = setting
        self._beat.deeds = [Deed(d.who, d.verb, d.direction) for d in travel]
        self._deeds = list(self._beat.deeds)

    def _shade(self, piece: Chunk) -> None:
        """Attributes that a noun phrase gives to its beat: snowy, starry, dark."""
        if piece.weather and not self._beat.weather:
            self._beat.weather = piece.weather
            self._shine(piece)
        if piece.time and not self._beat.time:
            self._beat.time = piece.time
        if piece.setting and not self._beat.setting:
            self._beat.hint = self._beat.hint or piece.setting
        low = piece.text.lower().split()
        if {"dark", "dim", "gloomy", "unlit"} & set(low) and "night" not in (piece.value, self._beat.time):
            self._beat.exposure = -0.5

    def _on_time(self, place: int, piece: Chunk) -> None:
        if self._negated:
            return
        if piece.weather:
            self._beat.weather = self._beat.weather or piece.weather
            self._shine(piece)
        if self._prep in ("until", "till", "to") and self._beat.time and self._beat.time != piece.value:
            self._since, self._until = self._beat.time, piece.value
            return
        later = self._conj in ("and", ",") and self._verb_seen and self._beat.time and self._beat.time != piece.value
        if later:
            self._open()
        self._beat.time = piece.value
        self._shade(piece)
        if piece.value == "day" and self._next_low(place) in ("breaks", "break", "is"):
            self._beat.time = "dawn"

    def _on_light(self, _: int, piece: Chunk) -> None:
        if not self._negated and not self._beat.time and not self._simile:
            self._beat.time = piece.value

    def _on_season(self, _: int, piece: Chunk) -> None:
        if self._negated or piece.sense is None:
            return
        if piece.text.lower().split()[-1] in ("may", "march", "fall", "falls") and self._prep not in ("in", "during"):
            return
        self._beat.hint = self._beat.hint or piece.value
        self._beat.weather, self._beat.seasonal = (
            self._beat.weather or piece.sense.says("weather"),
            not self._beat.weather,
        )

    def _on_weather(self, _: int, piece: Chunk) -> None:
        if self._negated:
            self._beat.weather, self._beat.denied = "clear", True
            self._cast.forbidden.add(piece.value)
            return
        if not self._simile:
            self._beat.weather = piece.value
            self._shine(piece)

    def _shine(self, piece: Chunk) -> None:
        """The sun does not shine at night, whatever the scene before was."""
        if SHINING & set(piece.text.lower().split()):
            self._beat.time = self._beat.time or "day"

    def _on_scenery(self, _: int, piece: Chunk) -> None:
        if self._negated or self._simile:
            return
        if piece.text.lower().endswith("snow"):
            self._beat.weather = self._beat.weather or "snow"
        self._beat.hint = self._beat.hint or piece.value
        self._shade(piece)
        self._pending = self._pending if self._prep else []

    def _on_camera(self, _: int, piece: Chunk) -> None:
        if self._negated:
            self._beat.camera = "static"
            return
        self._beat.camera = piece.value
        self._mode = "camera"

    def _on_framing(self, _: int, piece: Chunk) -> None:
        self._beat.framing = piece.value
        self._mode = "framing"

    def _on_direction(self, _: int, piece: Chunk) -> None:
        if self._mode == "camera":
            return
        if not self._deeds and self._conj and piece.value in ("left", "right"):
            self._deeds = [self._add_deed(who, self._last_travel.get(who, "walk")) for who in self._subject]
        for deed in self._deeds:
            deed.direction = piece.value

    def _on_sound(self, place: int, piece: Chunk) -> None:
        if self._negated:
            return
        at_s = seconds_after(self._text[piece.end :])
        self._beat.sounds.append((piece.value, at_s, ""))
        self._pending = []

    def _on_mood(self, _: int, piece: Chunk) -> None:
        if "dark" in piece.text.lower():
            self._beat.exposure = -0.5 if self._beat.time != "night" and not self._negated else 0.0
        elif not self._negated:
            self._beat.moods.append(piece.value)
