"""What a reader keeps in mind while it goes through a sentence."""

from __future__ import annotations

import re

from agent.rulebook.cast import Cast
from agent.rulebook.chunks import chunk
from agent.rulebook.lexicon import Lexicon
from agent.rulebook.lexicon.words import word_set
from agent.rulebook.performing import TRAVEL
from agent.rulebook.story import Beat, Deed, Notes

WHO = frozenset({"subject", "people", "generic", "name", "pronoun"})

TARGETED = frozenset({"chase", "meet"})

DAYTIMES = (("morning", "dawn"), ("night", "night"), ("evening", "dusk"))

SHINING = word_set("sunny sunshine sunlit sunbathed")

CONTROL = word_set("teach ask tell help order allow invite lead see watch hear let make show push")

NATURE = word_set("weather scenery light time sound season setting abstract part film word mood")

FINDING = frozenset({"find", "discover", "reach"})

NEARNESS = word_set("of near by beside behind over above like as for about against")

BESIDE = word_set("near by beside behind over above")

CARRIERS = frozenset({"lantern", "ball", "balloon"})


class ReadingState:
    """State of reading one sentence: who is spoken of, what was last done, what was denied.

    The readers of places, of things, of people and of verbs build on it, each in its own file.
    """

    def __init__(self, lexicon: Lexicon, cast: Cast, notes: Notes, quotes: list[str]) -> None:
        self._lexicon, self._cast, self._notes, self._quotes = lexicon, cast, notes, quotes
        self._subject: list[str] = []
        self._last_travel: dict[str, str] = {}
        self.unknown: list[str] = []
        self._each: list[str] = []
        self._spoke = ""

    def _begin(self, text: str, sentence: int) -> None:
        self._text, self._chunks = text, chunk(text, self._lexicon)
        self._beats = [Beat(sentence=sentence)]
        self._pending: list[str] = []
        self._objects: list[str] = []
        self._deeds: list[Deed] = []
        self._prep = self._mode = self._conj = self._text_of_verb = self._verb_before = ""
        self._pair: list[str] = []
        self._since = self._until = ""
        self._last_np: list[str] = []
        self._tells = any(piece.kind in ("speech", "call") for piece in self._chunks)
        self._negated = self._passive = self._together = self._be = self._simile = False
        self._verb_seen = self._swap_before = self._nature = False
        self._group = self._skip = 0

    @property
    def _beat(self) -> Beat:
        return self._beats[-1]

    def _open(self) -> None:
        self._beats.append(Beat(sentence=self._beat.sentence))
        self._deeds = []

    def _add_deed(self, who: str, verb: str, together: bool = False) -> Deed:
        deed = Deed(who, verb, together=together)
        if verb in TRAVEL:
            self._last_travel[who] = verb
        self._beat.deeds.append(deed)
        return deed

    def _add_present(self, ids: list[str]) -> None:
        self._beat.present += [i for i in ids if i not in self._beat.present]

    def _tell_apart(self, ids: list[str]) -> None:
        """ "One red and one blue": a colour for each of a group, in order."""
        for who, colour in zip(ids, self._each, strict=False):
            self._cast.members[who].colour = colour
        self._each = []

    def _next_low(self, place: int) -> str:
        return self._chunks[place + 1].text.lower() if place + 1 < len(self._chunks) else ""

    def _next_kind(self, place: int) -> str:
        return self._chunks[place + 1].kind if place + 1 < len(self._chunks) else ""


def seconds_after(text: str) -> float | None:
    found = re.search(r"\b(?:at|after)\s+(\d+(?:[.,]\d+)?)\s*(?:s|sec|secs|seconds?)\b", text[:60], re.IGNORECASE)
    return float(found.group(1).replace(",", ".")) if found else None


def noun_of(text: str) -> str:
    return re.sub(
        r"^(?:a|an|the|his|her|its|their|my|our|your|some|this|that|these|those)\s+",
        "",
        text.strip(),
        flags=re.IGNORECASE,
    )
