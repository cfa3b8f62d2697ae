"""What is worn and carried."""

from __future__ import annotations

from agent.rulebook.cast import Member
from agent.rulebook.chunks import Chunk
from agent.rulebook.lexicon import Sense
from agent.rulebook.lexicon.film import NEAR_ACCESSORIES
from agent.rulebook.lexicon.forms import forms_of
from agent.rulebook.reading_state import (
    CARRIERS,
    noun_of,
)
from agent.rulebook.reading_where import WhereReader
from agent.rulebook.story import article
from tools.vocabulary import SUBJECTS


def _has_hands(member: Member) -> bool:
    return SUBJECTS[member.subject].group != "thing" or member.subject == "robot"


class ThingReader(WhereReader):
    """Chunks that name things in hands and on bodies."""

    def _carries(self, piece: Chunk) -> bool:
        """Something carried is held, not cast: "carries a lantern"."""
        if (
            piece.value not in CARRIERS
            or not self._deeds
            or self._deeds[-1].verb != "carry"
            or self._prep in ("to", "from")
        ):
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
        if who and not _has_hands(self._cast.members[who[-1]]):
            self._notes.add(
                article(noun_of(piece.text)), "left out", f"a {self._cast.members[who[-1]].subject} holds nothing"
            )
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
            self._notes.add(article(noun_of(piece.text)), shown, "not known, drawn as the nearest thing")
        if piece.colour and not sense.near:
            self._notes.add(
                piece.text, f"{article(piece.value)} in its own colour", "carried things have their own colour"
            )

    def _unheld(self, piece: Chunk) -> None:
        """A thing that can only be carried, with nobody to carry it yet: somebody is cast for it."""
        who = self._cast.pronoun("it") or self._cast.pronoun("she") or self._cast.pronoun("he")
        hands = [w for w in who if self._cast.members[w].is_person or self._cast.members[w].subject == "robot"]
        if not hands:
            hands = self._cast.resolve(Chunk("subject", "woman", 0, 0, Sense("subject", "woman")))
        deed = self._add_deed(hands[0], "carry")
        deed.thing = piece.value
        shown = f"a {piece.value} carried by a {self._cast.members[hands[0]].subject}"
        self._notes.add(article(noun_of(piece.text)), shown, "things like it are only seen when somebody carries them")

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
            word = noun_of(piece.text)
            if NEAR_ACCESSORIES & set(forms_of(word.split()[-1])):
                self._notes.add(article(word), article(piece.value), "not known, the nearest thing to wear")
        else:
            self._unheld(Chunk("carried", piece.text, piece.start, piece.end, Sense("carried", "box")))
