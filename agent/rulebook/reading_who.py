"""Who is meant, and what part a mention has in its clause: doer, object, companion, vehicle."""

from __future__ import annotations

import re

from agent.rulebook.cast import Cast
from agent.rulebook.chunks import VERBS, Chunk
from agent.rulebook.lexicon import Sense
from agent.rulebook.lexicon.forms import forms_of
from agent.rulebook.reading_rides import RideReader
from agent.rulebook.reading_state import (
    CARRIERS,
    TARGETED,
    WHO,
)
from agent.rulebook.story import Deed, article


class WhoReader(RideReader):
    """Noun phrases, names and pronouns."""

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
        if (
            self._prep
            or self._negated
            or piece.determiner in ("", "no")
            or not self._leads_verb(place)
            or self._next_kind(place) not in ("verb", "call")
        ):
            return False
        word = re.findall(r"[^\W\d_]+", piece.text)[-1].lower()
        looks: tuple[str, tuple[tuple[str, str], ...]] = ("dragon", (("size", "small"),))
        if word.endswith(("tron", "bot", "matic")):
            looks = ("robot", ())
        elif word.endswith(("er", "or", "ist", "ian", "man", "woman", "ess", "eer")):
            looks = ("person", ())
        piece.kind, piece.sense = "subject", Sense("subject", looks[0], True, looks[1])
        piece.spare = []
        self._mention(place, piece)
        return True

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
        if self._renames(place, piece):
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
        named = Chunk(
            "name", piece.text, piece.start, piece.end, piece.sense if piece.kind == "name" else None, count=1
        )
        named.name = piece.text.split()[-1]
        self._mention(place, named)
        self._prep = ""
        return True

    def _renames(self, place: int, piece: Chunk) -> bool:
        """ "Her brown dog, Toby, …": a name between commas belongs to whom it follows."""
        before = self._chunks[place - 2 : place] if place >= 2 else []
        if (
            len(before) != 2
            or before[1].kind != "comma"
            or before[0].kind not in ("subject", "generic")
            or before[0].count != 1
            or piece.kind not in ("word", "name")
            or not piece.text[:1].isupper()
            or " " in piece.text
            or self._next_kind(place) not in ("comma", "punct")
            or self._cast.named(piece.text)
            or len(self._last_np) != 1
        ):
            return False
        self._cast.call(self._last_np[0], piece.text)
        return True

    def _apposition(self, place: int) -> tuple[Chunk | None, int]:
        ahead = self._chunks[place + 1 : place + 4]
        steps = 0
        if (ahead and ahead[0].kind == "comma") or (
            ahead and ahead[0].kind == "still" and ahead[0].text.lower() in ("is", "was")
        ):
            steps = 1
        if (
            len(ahead) > steps
            and ahead[steps].kind in ("subject", "people")
            and (ahead[steps].determiner in ("a", "an", "the", "our", "my"))
            and ahead[steps].count == 1
        ):
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
            ids = self._cast.pronoun(
                piece.value, [d.who for d in self._deeds] if self._verb_seen and not self._leads_verb(place) else []
            )
        else:
            ids = self._cast.resolve(piece)
        if not ids:
            ids = self._unnamed(place, piece)
        if not ids:
            return
        self._last_np = ids
        if len(ids) > 1 and self._each:
            self._tell_apart(ids)
        self._shade_who(piece, ids)
        self._place_in_clause(place, piece, ids)

    def _unnamed(self, place: int, piece: Chunk) -> list[str]:
        """ "She wakes up", with nobody named before: somebody is cast, and it is said."""
        who = {"she": ["woman"], "he": ["man"], "they": ["woman", "man"], "i": ["woman"], "we": ["woman", "man"]}.get(
            piece.value, []
        )
        speaks = piece.value in ("i", "we")
        if piece.kind != "pronoun" or piece.value in ("it", "you") or self._cast.members or not self._leads_verb(place):
            return []
        if speaks and (
            self._next_kind(place) != "verb"
            or self._next_low(place) in ("want", "need", "love", "like", "wish", "hope")
        ):
            return []
        ids = [i for name in who for i in self._cast.resolve(Chunk("subject", name, 0, 0, Sense("subject", name)))]
        if ids:
            self._notes.add(piece.text, " and ".join(article(name) for name in who), "nobody says who it is")
        return ids

    def _is_expletive(self, place: int) -> bool:
        """ "It is dark", "it gets cold": nobody is meant."""
        ahead = [c for c in self._chunks[place + 1 : place + 5] if c.kind not in ("function", "plain")]
        return (
            bool(ahead)
            and ahead[0].kind == "still"
            and (len(ahead) < 2 or ahead[1].kind in ("time", "weather", "mood", "season", "punct", "light"))
        )

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
        if (
            self._mode in ("speech", "said")
            and not prep
            and self._beat.lines
            and self._beat.lines[-1].speaker == "narrator"
        ):
            self._beat.lines[-1].speaker = ids[0]
            self._add_present(ids)
            self._subject = list(ids)
            self._pending = list(ids) if leads else []
            return
        if prep == "by" and self._passive and self._deeds:
            self._undo_passive(ids)
        elif (
            prep in ("in", "on", "aboard", "into", "inside", "with") and self._can_ride(ids, prep) and self._verb_seen
        ) or self._mode == "ride":
            self._ride(ids)
        elif prep in ("in", "on", "aboard", "inside") and not self._verb_seen and self._boards(ids):
            self._board(self._pending, ids[0])
            # What is told next happens during the ride, not after it.
            self._together = True
        elif prep == "with" and self._holds(piece) and not self._verb_seen:
            self._add_deed(self._pending[-1], "carry", together=True).thing = piece.value
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

    def _holds(self, piece: Chunk) -> bool:
        """ "A knight with a lantern" has it in his hand."""
        if piece.value not in CARRIERS or piece.count != 1 or not self._pending:
            return False
        holder = self._cast.members[self._pending[-1]]
        return holder.is_person or holder.subject == "robot"

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
                if joined and self._verb_seen and piece.form in ("s", "past"):
                    return False
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
            if (
                piece.kind in ("prep", "setting", "scenery", "time", "wear", "carried", "weather", "light", "part")
                and not free
            ):
                return False
        return False

    def _object(self, ids: list[str]) -> None:
        self._objects = [*self._objects, *ids] if self._conj in ("and", ",") and self._objects else list(ids)
        others = [i for i in ids if all(i != deed.who for deed in self._deeds)]
        if self._deeds and not self._prep:
            self._take_along(others)
        if self._text_of_verb.startswith("rac") and not self._prep:
            self._beat.deeds += [Deed(who, "run", together=True) for who in others]
        if self._pair and others and not self._prep and not set(others) & set(self._pair):
            self._beat.deeds += [
                Deed(who, self._deeds[0].verb, target=others[0], together=True) for who in self._pair[1:2]
            ]
            self._deeds[0].target, self._pair = others[0], []
        for deed in self._deeds:
            if (
                deed.verb in TARGETED
                and others
                and not deed.target
                and self._prep in ("", "with", "to", "after", "into", "across")
            ):
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

    def _undo_passive(self, agents: list[str]) -> None:
        victims = [deed.who for deed in self._deeds]
        for deed in self._deeds:
            deed.who = agents[0]
            deed.target = victims[0] if deed.verb in TARGETED else ""
        self._add_present([*agents, *victims])
        self._passive = False


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
    apposed = (
        following.kind == "comma"
        and ahead is not None
        and ahead.kind == "subject"
        and ahead.determiner in ("a", "an", "the")
    )
    acts = (following.kind in VERBS and following.form in ("s", "past")) or following.text.lower() in (
        "is",
        "was",
        "and",
    )
    direct = following.kind == "subject" and following.determiner == "the"
    return apposed or acts or direct
