"""Chunks of a sentence turned into beats: who does what, to whom, where and when."""

from __future__ import annotations

import re

from agent.rulebook.cast import Cast
from agent.rulebook.chunks import NEGATIONS, VERBS, Chunk, chunk
from agent.rulebook.lexicon import Lexicon, Sense
from agent.rulebook.lexicon.film import NEAR_ACCESSORIES
from agent.rulebook.lexicon.forms import forms_of
from agent.rulebook.performing import RIDDEN, TRAVEL
from agent.rulebook.story import Beat, Deed, Notes, Speech, article

WHO = frozenset({"subject", "people", "generic", "name", "pronoun"})
TARGETED = frozenset({"chase", "meet"})
_DAYTIMES = (("morning", "dawn"), ("night", "night"), ("evening", "dusk"))
CONTROL = frozenset({"teach", "ask", "tell", "help", "order", "allow", "invite", "lead", "see", "watch", "hear", "let", "make", "show", "push"})
NATURE = frozenset({"weather", "scenery", "light", "time", "sound", "season", "setting", "abstract", "part", "film", "word", "mood"})
FINDING = frozenset({"find", "discover", "reach"})
NEARNESS = frozenset({"of", "near", "by", "beside", "behind", "over", "above", "like", "as", "for", "about", "against"})
BESIDE = frozenset({"near", "by", "beside", "behind", "over", "above"})
CARRIERS = frozenset({"lantern", "ball", "balloon"})


class SentenceReader:
    """Reads one sentence. State is what a listener keeps in mind: who is spoken of, what was last done, what was denied."""

    def __init__(self, lexicon: Lexicon, cast: Cast, notes: Notes, quotes: list[str]) -> None:
        self._lexicon, self._cast, self._notes, self._quotes = lexicon, cast, notes, quotes
        self._subject: list[str] = []
        self._last_travel: dict[str, str] = {}
        self.unknown: list[str] = []

    def read(self, text: str, sentence: int) -> list[Beat]:
        """The beats of a sentence, in the order told."""
        self._text, self._chunks = text, chunk(text, self._lexicon)
        self._beats = [Beat(sentence=sentence)]
        self._pending: list[str] = []
        self._objects: list[str] = []
        self._deeds: list[Deed] = []
        self._prep = self._mode = self._conj = self._text_of_verb = self._verb_before = ""
        self._pair: list[str] = []
        self._last_np: list[str] = []
        self._tells = any(piece.kind in ("speech", "call") for piece in self._chunks)
        self._negated = self._passive = self._together = self._be = self._simile = False
        self._verb_seen = False
        self._group = 0
        self._swap_before = False
        self._skip = 0
        self._nature = False
        for place, piece in enumerate(self._chunks):
            if self._skip:
                self._skip -= 1
                continue
            self._take(place, piece)
        return self._finish()

    @property
    def _beat(self) -> Beat:
        return self._beats[-1]

    def _take(self, place: int, piece: Chunk) -> None:
        name = self._naming(place, piece)
        if name:
            return
        kind = piece.kind
        if kind in NATURE and not self._prep and not self._pending and self._mode not in ("wear", "ride", "camera"):
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
        if kind not in ("prep", "plain", "function", "comma", "hyphen", "stop"):
            if kind not in ("conj", "pronoun") or kind == "pronoun":
                self._prep = "" if kind != "conj" else self._prep
        if not self._negated and "dark" not in piece.text.lower():
            self._beat.moods += piece.moods
        if denied_here and kind not in VERBS:
            self._negated = self._denies_on(place)

    # -- small words -----------------------------------------------------------------------------------------------

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
        said = next((time for word, time in _DAYTIMES if word in piece.text.lower()), "")
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
        self._beat.lines.append(Speech(said.rstrip(","), who[0] if who else "narrator"))
        self._add_present(who[:1])
        self._mode = "said" if not who else ""

    # -- places, times, weather ------------------------------------------------------------------------------------

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
        if going and self._verb_seen and not self._beat.deeds and not self._beat.present and self._subject and len(self._beats) > 1:
            self._deeds = [self._add_deed(who, self._last_travel.get(who, "walk")) for who in self._subject]
        looking = bool(self._deeds) and self._deeds[-1].verb == "look around" and self._prep in ("at", "for", "to", "")
        if self._prep in NEARNESS or looking or (self._prep == "for" and self._verb_seen):
            self._beat.hint = self._beat.hint or piece.value
        elif self._prep in ("from", "out", "off") or (self._deeds and self._text_of_verb.startswith(("leav", "left", "depart"))):
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
            self._notes.add(article(_noun(piece.text)), article(piece.value), "not known, the nearest place")

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
        self._beat.weather, self._beat.seasonal = self._beat.weather or piece.sense.says("weather"), not self._beat.weather

    def _on_weather(self, _: int, piece: Chunk) -> None:
        if self._negated:
            self._beat.weather, self._beat.denied = "clear", True
            self._cast.forbidden.add(piece.value)
            return
        if not self._simile:
            self._beat.weather = piece.value

    def _on_scenery(self, _: int, piece: Chunk) -> None:
        if self._negated or self._simile:
            return
        if piece.text.lower().endswith("snow"):
            self._beat.weather = self._beat.weather or "snow"
        self._beat.hint = self._beat.hint or piece.value
        self._shade(piece)
        self._pending = self._pending if self._prep else []

    # -- film words ------------------------------------------------------------------------------------------------

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
        at_s = _seconds_after(self._text[piece.end :])
        self._beat.sounds.append((piece.value, at_s, ""))
        self._pending = []

    def _on_mood(self, _: int, piece: Chunk) -> None:
        if "dark" in piece.text.lower():
            self._beat.exposure = -0.5 if self._beat.time != "night" and not self._negated else 0.0
        elif not self._negated:
            self._beat.moods.append(piece.value)

    def _on_colour(self, place: int, piece: Chunk) -> None:
        who = self._pending or self._subject
        if self._be and who and not self._negated:
            for member in who:
                self._cast.members[member].colour = piece.value
        elif self._objects or who:
            before = self._chunks[place - 1].kind if place else ""
            if before in WHO:
                self._cast.members[(self._objects or who)[-1]].colour = piece.value

    def _on_size(self, _: int, piece: Chunk) -> None:
        who = self._pending or self._subject
        if self._be and who and not self._negated:
            for member in who:
                self._cast.members[member].size = piece.value

    def _on_group(self, _: int, piece: Chunk) -> None:
        self._group = max(piece.count if piece.count > 1 else 0, int(piece.value)) if piece.sense else 0

    def _on_word(self, place: int, piece: Chunk) -> None:
        if self._stands_in(place, piece):
            return
        for word in re.findall(r"[^\W\d_]+", piece.text):
            if not self._lexicon.knows(word):
                self.unknown.append(word)

    def _stands_in(self, place: int, piece: Chunk) -> bool:
        """An unknown somebody who does something is played by the nearest thing there is to "a creature"."""
        if self._prep or self._negated or piece.determiner in ("", "no") or not self._leads_verb(place) or self._next_kind(place) not in ("verb", "call"):
            return False
        word = re.findall(r"[^\W\d_]+", piece.text)[-1].lower()
        looks = ("robot", ()) if word.endswith(("or", "tron", "bot", "matic")) else ("dragon", (("size", "small"),))
        piece.kind, piece.sense = "subject", Sense("subject", looks[0], True, looks[1])
        piece.spare = []
        self._mention(place, piece)
        return True

    def _next_kind(self, place: int) -> str:
        return self._chunks[place + 1].kind if place + 1 < len(self._chunks) else ""

    # -- who -------------------------------------------------------------------------------------------------------

    def _naming(self, place: int, piece: Chunk) -> bool:
        """Names: "Mira, a small fox", "a fox named Mira", "Mira is a fox"; True if the piece was used up."""
        low = piece.text.lower()
        if low in ("named", "called", "name", "names") and place + 1 < len(self._chunks) and place:
            following = self._chunks[place + 1]
            who = self._objects or self._pending or self._subject
            if following.kind in ("word", "name") and following.text[:1].isupper() and who:
                self._cast.call(who[-1], following.text.split()[0])
                self._skip = 1
                return True
        if not _is_name(place, piece, self._chunks, self._cast):
            return False
        kind_of, used = self._apposition(place)
        if kind_of is not None:
            known = self._cast.named(piece.text)
            if known:
                self._cast.retype(known, kind_of)
            else:
                kind_of.name = piece.text.split()[-1]
                self._cast.resolve(kind_of)
            self._skip = used
        named = Chunk("name", piece.text, piece.start, piece.end, piece.sense if piece.kind == "name" else None, count=1)
        named.name = piece.text.split()[-1]
        self._mention(place, named)
        self._prep = ""
        return True

    def _apposition(self, place: int) -> tuple[Chunk | None, int]:
        ahead = self._chunks[place + 1 : place + 4]
        steps = 0
        if (ahead and ahead[0].kind == "comma") or (ahead and ahead[0].kind == "still" and ahead[0].text.lower() in ("is", "was")):
            steps = 1
        if len(ahead) > steps and ahead[steps].kind in ("subject", "people") and (
            ahead[steps].determiner in ("a", "an", "the", "our", "my")) and ahead[steps].count == 1:
            if ahead[steps].determiner == "the" and steps:
                return None, 0
            return ahead[steps], steps + 1
        return None, 0

    def _mention(self, place: int, piece: Chunk) -> None:
        if piece.determiner == "no" or self._negated:
            self._deny(piece)
            return
        if self._simile:
            self._simile = False
            return
        if self._group and self._prep == "of":
            piece.count, self._group = self._group, 0
        if self._carries(piece):
            return
        if self._be and (self._pending or self._subject) and piece.kind in ("subject", "people") and not self._prep:
            return self._complement(piece)
        if piece.text.lower() == "it" and self._is_expletive(place):
            return
        if piece.text.lower() in ("each other", "one another"):
            return
        if piece.kind == "pronoun":
            ids = self._cast.pronoun(piece.value, [d.who for d in self._deeds] if self._verb_seen and not self._leads_verb(place) else [])
        else:
            ids = self._cast.resolve(piece)
        if not ids:
            return
        self._last_np = ids
        self._shade_who(piece, ids)
        self._place_in_clause(place, piece, ids)

    def _is_expletive(self, place: int) -> bool:
        """ "It is dark", "it gets cold": nobody is meant."""
        ahead = [c for c in self._chunks[place + 1 : place + 5] if c.kind not in ("function", "plain")]
        return bool(ahead) and ahead[0].kind == "still" and (len(ahead) < 2 or ahead[1].kind in ("time", "weather", "mood", "season", "punct", "light"))

    def _complement(self, piece: Chunk) -> None:
        who = self._pending or self._subject
        if len(who) == 1 and self._cast.members[who[0]].guessed:
            self._cast.retype(who[0], piece)
            self._follow_renames()

    def _follow_renames(self) -> None:
        renamed: dict[str, str] = getattr(self._cast, "renamed", {})
        self._pending = [renamed.get(i, i) for i in self._pending]
        self._subject = [renamed.get(i, i) for i in self._subject]
        for beat in self._beats:
            beat.present = [renamed.get(i, i) for i in beat.present]

    def _shade_who(self, piece: Chunk, ids: list[str]) -> None:
        if piece.setting:
            self._beat.hint = self._beat.hint or piece.setting
        if piece.weather:
            self._beat.weather = self._beat.weather or piece.weather
        for sense in piece.deeds:
            if sense.kind == "verb":
                self._beat.deeds += [Deed(who, sense.value, together=True) for who in ids]
        for word in piece.spare:
            if not self._lexicon.knows(word):
                self.unknown.append(word)

    def _place_in_clause(self, place: int, piece: Chunk, ids: list[str]) -> None:
        prep = self._prep
        leads = self._leads_verb(place)
        if self._mode in ("speech", "said") and not prep and self._beat.lines and self._beat.lines[-1].speaker == "narrator":
            self._beat.lines[-1].speaker = ids[0]
            self._add_present(ids)
            self._subject = list(ids)
            self._pending = list(ids) if leads else []
            return
        if prep == "by" and self._passive and self._deeds:
            self._undo_passive(ids)
        elif (prep in ("in", "on", "aboard", "into", "inside", "with") and self._can_ride(ids, prep) and self._verb_seen) or self._mode == "ride":
            self._ride(ids)
        elif prep == "with" and not self._verb_seen and self._pending:
            self._pending += ids
        elif prep == "with" and self._deeds and not leads:
            self._accompany(ids)
        elif leads or (not self._verb_seen and not prep):
            joined = bool(self._pending) and self._conj in ("and", ",", "or") and not self._objects
            self._pending = self._pending + ids if joined else list(ids)
            self._objects = []
            if not leads:
                self._add_present(ids)
        else:
            self._object(ids)

    def _leads_verb(self, place: int) -> bool:
        """Whether this noun phrase is the subject of a verb that follows."""
        free = not self._verb_seen or self._conj in ("and", "but", ",", ".", "then") or self._together
        joined = False
        for index in range(place + 1, min(place + 9, len(self._chunks))):
            piece = self._chunks[index]
            before = self._chunks[index - 1].kind
            if piece.kind in VERBS and piece.text.lower() in ("called", "named"):
                return False
            if piece.kind in VERBS:
                if before == "comma" and piece.form == "ing":
                    return not self._verb_seen
                if before in ("conj",) and not joined:
                    return not self._verb_seen
                return not (piece.form == "past" and self._next_low(index) == "by" and self._verb_seen)
            if piece.kind in ("punct", "quote", "order"):
                return False
            if piece.kind == "conj" or piece.kind == "comma":
                following = self._chunks[index + 1] if index + 1 < len(self._chunks) else None
                joined = following is not None and following.kind in (WHO | {"function"}) - {"pronoun"}
                if following is not None and following.kind == "pronoun":
                    return False
                if not joined and not free:
                    return False
                continue
            if piece.kind in ("prep", "setting", "scenery", "time", "wear", "carried", "weather", "light", "part") and not free:
                return False
        return False

    def _next_low(self, place: int) -> str:
        return self._chunks[place + 1].text.lower() if place + 1 < len(self._chunks) else ""

    def _object(self, ids: list[str]) -> None:
        self._objects = [*self._objects, *ids] if self._conj in ("and", ",") and self._objects else list(ids)
        others = [i for i in ids if all(i != deed.who for deed in self._deeds)]
        if self._deeds and not self._prep:
            self._take_along(others)
        if self._text_of_verb.startswith("rac") and not self._prep:
            self._beat.deeds += [Deed(who, "run", together=True) for who in others]
        if self._pair and others and not self._prep and not set(others) & set(self._pair):
            self._beat.deeds += [Deed(who, self._deeds[0].verb, target=others[0], together=True) for who in self._pair[1:2]]
            self._deeds[0].target, self._pair = others[0], []
        for deed in self._deeds:
            if deed.verb in TARGETED and others and not deed.target and self._prep in ("", "with", "to", "after", "into", "across"):
                deed.target = others[0]
        self._add_present(ids)
        self._cast.together([*[d.who for d in self._deeds], *ids])

    def _take_along(self, others: list[str]) -> None:
        """ "Walks his dog": both walk. "Flies a kite": the kite flies."""
        verb = set(forms_of(self._text_of_verb.split()[0])) if self._text_of_verb else set()
        if "walk" in verb:
            self._beat.deeds += [Deed(who, "walk", together=True) for who in others]
        elif "fly" in verb and others:
            self._beat.deeds += [Deed(who, "fly", together=True) for who in others]
            for deed in self._deeds:
                deed.verb = "stand"

    def _deny(self, piece: Chunk) -> None:
        if piece.kind in ("subject", "people"):
            self._cast.forbidden.add(piece.value)
        elif piece.kind in ("pronoun", "name"):
            self._add_present(self._cast.resolve(piece))

    def _carries(self, piece: Chunk) -> bool:
        """Something carried is held, not cast: "carries a lantern"."""
        if piece.value not in CARRIERS or not self._deeds or self._deeds[-1].verb != "carry" or self._prep in ("to", "from"):
            return False
        if self._deeds[-1].thing:
            return False
        for deed in self._deeds:
            deed.thing = piece.value
        return True

    def _on_carried(self, place: int, piece: Chunk) -> None:
        if self._negated:
            return
        sense, who = piece.sense, self._pending or self._subject
        if sense is None:
            return
        carrying = bool(self._deeds) and self._deeds[-1].verb == "carry"
        if carrying or (self._prep == "with" and who):
            doing = self._deeds if carrying else [self._add_deed(who[-1], "carry", together=True)]
            for deed in doing:
                deed.thing = deed.thing or piece.value
            shown = f"{article(piece.value)} that is carried"
        elif who and (self._verb_seen or self._prep):
            deed = self._add_deed(who[-1], "carry", together=True)
            deed.thing = piece.value
            shown = f"a {piece.value} that is carried"
        else:
            self._beat.moods = self._beat.moods
            self._unheld(piece)
            return
        if sense.near:
            self._notes.add(article(_noun(piece.text)), shown, "not known, drawn as the nearest thing")
        if piece.colour and not sense.near:
            self._notes.add(piece.text, f"{article(piece.value)} in its own colour", "carried things have their own colour")

    def _unheld(self, piece: Chunk) -> None:
        """A thing that can only be carried, with nobody to carry it yet: somebody is cast for it."""
        who = self._cast.pronoun("it") or self._cast.pronoun("she") or self._cast.pronoun("he")
        hands = [w for w in who if self._cast.members[w].is_person or self._cast.members[w].subject == "robot"]
        if not hands:
            hands = self._cast.resolve(Chunk("subject", "woman", 0, 0, Sense("subject", "woman")))
        deed = self._add_deed(hands[0], "carry")
        deed.thing = piece.value
        shown = f"a {piece.value} carried by a {self._cast.members[hands[0]].subject}"
        self._notes.add(article(_noun(piece.text)), shown, "things like it are only seen when somebody carries them")

    def _on_wear(self, place: int, piece: Chunk) -> None:
        who = [w for w in (self._pending or self._subject) if w in self._cast.members]
        if self._mode != "wear" and self._last_np:
            who = [w for w in self._last_np if w in self._cast.members]
        if self._negated:
            for member in who:
                self._cast.members[member].wears.pop(piece.value, None)
            return
        if who:
            self._cast.wear(who, piece.value, piece.colour)
            word = _noun(piece.text)
            if NEAR_ACCESSORIES & set(forms_of(word.split()[-1])):
                self._notes.add(article(word), article(piece.value), "not known, the nearest thing to wear")
        else:
            self._unheld(Chunk("carried", piece.text, piece.start, piece.end, Sense("carried", "box")))

    def _add_present(self, ids: list[str]) -> None:
        self._beat.present += [i for i in ids if i not in self._beat.present]

    # -- verbs -----------------------------------------------------------------------------------------------------

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
                self._notes.add(_noun(low), sense.value, "not known, the nearest action")
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
            set(forms_of(self._verb_before.split()[0] if self._verb_before else "")) & CONTROL)

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
        self._be = low in ("is", "are", "was", "were", "be", "been", "am", "being", "'s", "'re", "look", "looks", "seems", "is to")
        if self._pending:
            if self._beat.deeds and self._conj in (".", "and", ",", "but") and not self._together:
                self._open()
            self._add_present(self._pending)
            self._subject, self._pending = self._pending, []
        if low.startswith(("has", "have", "had")):
            self._be = False
            self._verb_seen = True

    def _call(self, piece: Chunk, sense: Sense, doers: list[str]) -> None:
        at_s = _seconds_after(self._text[piece.end :])
        by = doers[0] if doers and not self._beat.sounds else ""
        if self._beat.sounds and not self._pending:
            sound, old, who = self._beat.sounds[-1]
            self._beat.sounds[-1] = (sound, at_s if at_s is not None else old, who)
            return
        sound = sense.value
        if by and piece.text.lower().startswith(("sing", "sang", "call", "cry", "cries", "cried", "shout", "yell", "scream", "howl")):
            sound = self._own_call(by) or sound
        self._beat.sounds.append((sound, at_s, by))
        act = sense.says("act")
        self._deeds = [self._add_deed(who, act, self._together) for who in doers] if act else []
        if not act:
            self._add_present(doers)

    def _own_call(self, who: str) -> str:
        from tools.vocabulary import SUBJECTS

        return SUBJECTS[self._cast.members[who].subject].call

    def _add_deed(self, who: str, verb: str, together: bool = False) -> Deed:
        deed = Deed(who, verb, together=together)
        if verb in TRAVEL:
            self._last_travel[who] = verb
        self._beat.deeds.append(deed)
        return deed

    def _undo_passive(self, agents: list[str]) -> None:
        victims = [deed.who for deed in self._deeds]
        for deed in self._deeds:
            deed.who = agents[0]
            deed.target = victims[0] if deed.verb in TARGETED else ""
        self._add_present([*agents, *victims])
        self._passive = False

    def _can_ride(self, ids: list[str], prep: str) -> bool:
        subject = self._cast.members[ids[0]].subject
        return len(ids) == 1 and subject in RIDDEN and bool(self._subject) and prep != "with" and ids[0] not in self._subject

    def _ride(self, ids: list[str]) -> None:
        """Riders travel with what carries them, at its pace."""
        mount = self._cast.members[ids[0]].subject
        verb = RIDDEN.get(mount, "walk")
        riders = [deed.who for deed in self._deeds] or self._subject
        for deed in [d for d in self._beat.deeds if d.who in riders and d.verb in TRAVEL | {"stand"}]:
            self._beat.deeds.remove(deed)
        kept = [who for who in riders if who not in ids]
        self._deeds = [self._add_deed(ids[0], verb), *(self._add_deed(who, "ride", together=True) for who in kept)]
        for deed in self._deeds[1:]:
            deed.target = ids[0]
        for who in kept:
            asked = f"{article(self._cast.members[who].words)} in or on {article(self._cast.members[ids[0]].words)}"
            self._notes.add(asked, "both travel side by side", "riding is not known")
        self._mode = ""
        self._cast.together([*kept, *ids])

    def _accompany(self, ids: list[str]) -> None:
        last = self._deeds[-1]
        if last.verb in TARGETED and not last.target:
            last.target = ids[0]
            self._add_present(ids)
        elif last.verb in TRAVEL | {"jump", "spin", "sleep", "stand", "bounce"}:
            for who in ids:
                self._add_deed(who, last.verb, together=True)
        else:
            self._add_present(ids)
        self._cast.together([last.who, *ids])

    # -- beats -----------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        self._beats.append(Beat(sentence=self._beat.sentence))
        self._deeds = []

    def _finish(self) -> list[Beat]:
        self._add_present([who for who in self._pending if who not in self._beat.cast])
        if self._pending:
            self._subject = self._pending
        beats = [beat for beat in self._beats if beat.says_something or beat.camera or beat.framing]
        for beat in beats:
            beat.source = self._text
            beat.fragment = not self._verb_seen and not self._be
        if len(beats) > 1 and self._swap_before and len(beats) == 2:
            beats.reverse()
        _spread_back(beats)
        return beats


def _spread_back(beats: list[Beat]) -> None:
    """What is said at the end of a sentence holds for all of it: "walks, jumps and sleeps at dusk"."""
    for field in ("time", "weather"):
        said = [getattr(beat, field) for beat in beats if getattr(beat, field)]
        if len(set(said)) == 1:
            for beat in beats:
                setattr(beat, field, said[0])


def _is_name(place: int, piece: Chunk, chunks: list[Chunk], cast: Cast) -> bool:
    """A known name, or an unknown capitalised word in the place of one."""
    if cast.named(piece.text.split()[-1]) and piece.text[:1].isupper():
        return True
    if piece.kind == "name":
        return piece.text[:1].isupper()
    if piece.kind != "word" or not piece.text[:1].isupper() or piece.text.isupper() or len(piece.text.split()) > 1:
        return False
    following = chunks[place + 1] if place + 1 < len(chunks) else None
    if following is None:
        return False
    ahead = chunks[place + 2] if place + 2 < len(chunks) else None
    apposed = following.kind == "comma" and ahead is not None and ahead.kind == "subject" and ahead.determiner in ("a", "an", "the")
    acts = (following.kind in VERBS and following.form in ("s", "past")) or following.text.lower() in ("is", "was", "and")
    direct = following.kind == "subject" and following.determiner == "the"
    return apposed or acts or direct


def _seconds_after(text: str) -> float | None:
    found = re.search(r"\b(?:at|after)\s+(\d+(?:[.,]\d+)?)\s*(?:s|sec|secs|seconds?)\b", text[:60], re.IGNORECASE)
    return float(found.group(1).replace(",", ".")) if found else None


def _noun(text: str) -> str:
    return re.sub(r"^(?:a|an|the|his|her|its|their|my|our|your|some|this|that|these|those)\s+", "", text.strip(), flags=re.IGNORECASE)
