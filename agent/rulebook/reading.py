"""Chunks of a sentence turned into beats: who does what, to whom, where and when."""

from __future__ import annotations

from functools import cache

from agent.rulebook.chunks import NEGATIONS, PREPOSITIONS, VERBS, Chunk
from agent.rulebook.clauses import told_apart
from agent.rulebook.lexicon import Sense, english
from agent.rulebook.lexicon.film import COLOURS, NEAR_COLOURS
from agent.rulebook.lexicon.forms import forms_of
from agent.rulebook.reading_state import (
    CONTROL,
    DAYTIMES,
    FINDING,
    NATURE,
    TARGETED,
    WHO,
    noun_of,
    seconds_after,
)
from agent.rulebook.reading_who import WhoReader
from agent.rulebook.story import Beat, Deed, Speech
from tools.vocabulary import TIMES


class SentenceReader(WhoReader):
    """Reads one sentence after the other; verbs make deeds, deeds make beats."""

    def read(self, text: str, sentence: int) -> list[Beat]:
        """The beats of a sentence, in the order told."""
        text, self._each = told_apart(text, _colours())
        if self._each and not text.strip(" .,;"):
            self._tell_apart(self._cast.last_group)
        self._begin(text, sentence)
        for place, piece in enumerate(self._chunks):
            if self._skip:
                self._skip -= 1
                continue
            self._take(place, piece)
        return self._finish()

    def _take(self, place: int, piece: Chunk) -> None:
        name = self._naming(place, piece)
        if name:
            return
        kind = piece.kind
        if kind in NATURE and self._opens_clause(piece):
            self._nature = True
        denied_here = piece.determiner == "no" and not self._negated
        self._negated = self._negated or denied_here
        if kind in WHO:
            self._mention(place, piece)
        elif kind in VERBS:
            self._verb(place, piece)
        else:
            reader = getattr(self, f"_on_{kind}", None)
            if reader:
                reader(place, piece)
        if kind not in ("prep", "plain", "function", "comma", "hyphen", "stop", "conj"):
            self._prep = ""
        if not self._negated and "dark" not in piece.text.lower():
            self._beat.moods += piece.moods
        if denied_here and kind not in VERBS:
            self._negated = self._denies_on(place)

    def _opens_clause(self, piece: Chunk) -> bool:
        """Whether a noun that nobody plays may be the subject: a clause begins and no preposition stands before."""
        free = not self._verb_seen or self._conj in ("and", ",", ".", "but")
        adjunct = piece.text.split(" ")[0].lower() in PREPOSITIONS
        return (
            free
            and not adjunct
            and not self._prep
            and not self._pending
            and self._mode not in ("wear", "ride", "camera")
        )

    def _on_prep(self, place: int, piece: Chunk) -> None:
        low = piece.text.lower()
        before = self._chunks[place - 1].text.lower() if place else ""
        self._prep = "out" if low == "of" and before == "out" else low
        if low == "without":
            self._negated = True
        self._simile = low == "like" and not self._be

    def _on_function(self, _: int, piece: Chunk) -> None:
        low = piece.text.lower()
        if low in NEGATIONS:
            self._negated = True

    def _on_conj(self, place: int, piece: Chunk) -> None:
        self._conj = piece.text.lower()
        if self._conj == "but" or (self._conj == "and" and not self._continues_denial(place)):
            self._negated = False

    def _denies_on(self, place: int) -> bool:
        """Whether "no rain" goes on with "or snow"."""
        return self._next_low(place) in ("or", "nor")

    def _continues_denial(self, place: int) -> bool:
        """ "No rain and no snow", "without music and voices": the next noun is denied too, a new verb is not."""
        following = self._chunks[place + 1] if place + 1 < len(self._chunks) else None
        return following is not None and following.kind not in VERBS and self._prep == "without"

    def _on_comma(self, place: int, _: Chunk) -> None:
        following = self._chunks[place + 1] if place + 1 < len(self._chunks) else None
        if self._negated and not (following and following.text.lower().startswith(("no ", "nor", "or"))):
            self._negated = False
        self._conj = ","
        self._mode = ""

    def _on_punct(self, _: int, __: Chunk) -> None:
        self._negated, self._conj, self._prep, self._mode = False, ".", "", ""
        self._be = False

    def _on_order(self, place: int, piece: Chunk) -> None:
        value = piece.value
        if value == "with":
            self._together = self._verb_seen or place == 0
        elif value in ("next", "jump", "cut"):
            self._together = value == "cut" and False
            if self._beat.deeds or value in ("jump", "cut"):
                self._open()
            if value == "jump":
                self._beat.jump = True
        elif value == "before" and self._verb_seen:
            self._together = False
        elif value == "after" and self._verb_seen:
            self._swap_before = True
        said = next((time for word, time in DAYTIMES if word in piece.text.lower()), "")
        self._beat.time = said or self._beat.time
        if piece.text.lower() in ("after", "before", "until", "as"):
            self._prep = piece.text.lower()

    def _on_quote(self, _: int, piece: Chunk) -> None:
        said = self._quotes[int(piece.text.strip("\x01"))]
        spoken = self._mode == "speech" or len(said.split()) > 1 or said[-1:] in ".!?…,"
        who = self._pending or (self._subject if self._verb_seen else [])
        if not spoken and (self._objects or who):
            self._cast.call((self._objects or who)[-1], said)
            return
        if not spoken and not self._tells:
            return
        goes_on = not who and len(self._chunks) - sum(c.kind == "punct" for c in self._chunks) == 1
        who = who or ([self._spoke] if goes_on and self._spoke else [])
        self._beat.lines.append(Speech(said.rstrip(","), who[0] if who else "narrator"))
        self._add_present(who[:1])
        self._mode = "said" if not who else ""

    def _verb(self, place: int, piece: Chunk) -> None:
        sense = piece.sense
        if sense is None:
            return
        low = piece.text.lower()
        before = self._chunks[place - 1].text.lower() if place else ""
        self._passive = piece.form == "past" and sense.kind != "still" and (self._be or self._next_low(place) == "by")
        if sense.kind == "still":
            self._still(piece)
            return
        self._be = False
        self._verb_before, self._text_of_verb = self._text_of_verb, low
        doers = self._pending or self._subject
        heard = sense.kind == "call" and self._beat.sounds and not self._pending
        if self._nature and not self._pending and not heard and self._verbs_of_nature(place):
            self._verb_seen = True
            return
        if heard:
            doers = []
        if before in ("to",) and self._objects and self._verb_seen and not self._pending:
            doers = self._subject
        if self._negated:
            self._add_present(doers)
            self._subject, self._pending, self._negated = doers, [], False
            self._verb_seen = True
            return
        self._mode = {"wearing": "wear", "ride": "ride", "speech": "speech"}.get(sense.kind, "")
        if self._mode == "speech" and self._pending and self._beat.lines and self._beat.lines[-1].speaker == "narrator":
            self._beat.lines[-1].speaker = self._pending[0]
        participle = piece.form == "ing"
        if participle and self._prep in ("of", "about", "for", "from", "like"):
            return
        if self._objects and self._controls(before):
            doers = list(self._objects)
        if self._beat.deeds and not self._together and not heard and not (participle and self._pending == []):
            self._open()
        if sense.kind == "call":
            self._call(piece, sense, doers)
        elif sense.kind == "verb":
            if FINDING & set(forms_of(low.split()[0])):
                self._beat.deeds += [Deed(who, "walk") for who in doers]
            together = participle or self._together
            self._deeds = [self._add_deed(who, sense.value, together or bool(i)) for i, who in enumerate(doers)]
            if sense.near and doers:
                self._notes.add(noun_of(low), sense.value, "not known, the nearest action")
            self._fast(low)
            self._mutual(sense.value, doers)
        elif doers:
            self._add_present(doers)
            if sense.kind == "ride":
                self._deeds = [self._add_deed(who, "run", self._together) for who in doers]
        self._aim(low)
        self._subject, self._pending, self._objects = doers or self._subject, [], []
        self._cast.topic = list(self._subject)
        self._verb_seen, self._together = True, False
        self._conj = ""

    def _verbs_of_nature(self, place: int) -> bool:
        """Whether the verb belongs to a noun that nobody plays: "a storm comes", "the sun warms"."""
        for piece in reversed(self._chunks[:place]):
            if piece.kind in WHO:
                return False
            if piece.kind in NATURE:
                return True
            if piece.kind not in ("function", "plain", "still", "comma", "conj", *VERBS):
                return False
        return False

    def _controls(self, before: str) -> bool:
        """ "She teaches him to fly", "he sees the owl fly": it is the object that does it."""
        return before in ("to", "him", "her", "them", "it") and bool(
            set(forms_of(self._verb_before.split()[0] if self._verb_before else "")) & CONTROL
        )

    def _fast(self, low: str) -> None:
        for deed in self._deeds:
            deed.fast = low.startswith(("dash", "sprint", "race", "bolt", "flee", "charge"))

    def _aim(self, low: str) -> None:
        for particle, direction in (("up", "up"), ("down", "down")):
            if low.endswith(" " + particle):
                for deed in self._deeds:
                    if deed.verb in ("fly", "look around", "rise", "land"):
                        deed.direction = direction

    def _mutual(self, verb: str, doers: list[str]) -> None:
        if verb in TARGETED and len(doers) >= 2:
            for deed in self._deeds[1:2]:
                self._beat.deeds.remove(deed)
            for deed in self._deeds[2:]:
                deed.verb = "run" if verb == "chase" else "stand"
            self._deeds = [self._deeds[0], *self._deeds[2:]]
            self._deeds[0].target = doers[1]
            self._pair = list(doers)

    def _still(self, piece: Chunk) -> None:
        low = piece.text.lower()
        self._be = low in (
            "is",
            "are",
            "was",
            "were",
            "be",
            "been",
            "am",
            "being",
            "'s",
            "'re",
            "look",
            "looks",
            "seems",
            "is to",
        )
        if self._pending:
            if self._beat.deeds and self._conj in (".", "and", ",", "but") and not self._together:
                self._open()
            self._add_present(self._pending)
            self._subject, self._pending = self._pending, []
        if low.startswith(("has", "have", "had")):
            self._be = False
            self._verb_seen = True

    def _call(self, piece: Chunk, sense: Sense, doers: list[str]) -> None:
        at_s = seconds_after(self._text[piece.end :])
        by = doers[0] if doers and not self._beat.sounds else ""
        if self._beat.sounds and not self._pending:
            sound, old, who = self._beat.sounds[-1]
            self._beat.sounds[-1] = (sound, at_s if at_s is not None else old, who)
            return
        sound = sense.value
        if sense.near:
            self._notes.add(piece.text, sense.says("shown"), "what cannot be drawn is heard")
        if by and piece.text.lower().startswith(
            ("sing", "sang", "call", "cry", "cries", "cried", "shout", "yell", "scream", "howl")
        ):
            sound = self._own_call(by) or sound
        self._beat.sounds.append((sound, at_s, by))
        act = sense.says("act")
        self._deeds = [self._add_deed(who, act, self._together) for who in doers] if act else []
        if not act:
            self._add_present(doers)

    def _own_call(self, who: str) -> str:
        from tools.vocabulary import SUBJECTS

        return SUBJECTS[self._cast.members[who].subject].call

    def _finish(self) -> list[Beat]:
        if self._each:
            self._tell_apart(self._cast.last_group)
        self._add_present([who for who in self._pending if who not in self._beat.cast])
        if self._pending:
            self._subject = self._pending
        spoke = [line.speaker for beat in self._beats for line in beat.lines if line.speaker != "narrator"]
        self._spoke = spoke[-1] if spoke else ""
        beats = [beat for beat in self._beats if beat.says_something or beat.camera or beat.framing]
        for beat in beats:
            beat.source = self._text
            beat.fragment = not self._verb_seen and not self._be
        beats = _passing(beats, self._since, self._until) if beats and self._until else beats
        if len(beats) > 1 and self._swap_before and len(beats) == 2:
            beats.reverse()
        _spread_back(beats)
        return beats


def _passing(beats: list[Beat], since: str, until: str) -> list[Beat]:
    """ "From dawn till night": one beat is seen at each time of day on the way, several share the day in order."""
    start = TIMES.index(since)
    steps = (TIMES.index(until) - start) % len(TIMES)
    times = [TIMES[(start + step) % len(TIMES)] for step in range(steps + 1)]
    if len(beats) == 1:
        return [
            beats[0],
            *(Beat(**{**beats[0].__dict__, "time": time, "sounds": [], "lines": []}) for time in times[1:]),
        ]
    for place, beat in enumerate(beats):
        own = beat.time if beat.time not in ("", since) else ""
        beat.time = own or times[round(place * (len(times) - 1) / (len(beats) - 1))]
    return beats


@cache
def _colours() -> dict[str, str]:
    named = [name.strip() for row in (*COLOURS.values(), *NEAR_COLOURS.values()) for name in row.split(",")]
    return {name: next(s.value for s in english().senses(name) if s.kind == "colour") for name in named}


def _spread_back(beats: list[Beat]) -> None:
    """What is said at the end of a sentence holds for all of it: "walks, jumps and sleeps at dusk"."""
    for field in ("time", "weather"):
        said = [getattr(beat, field) for beat in beats if getattr(beat, field)]
        if len(set(said)) == 1:
            for beat in beats:
                setattr(beat, field, said[0])
