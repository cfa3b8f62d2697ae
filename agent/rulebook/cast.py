"""Who is in the film: mentions become elements, pronouns and names find theirs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from agent.rulebook.chunks import Chunk
from agent.rulebook.lexicon import english
from agent.rulebook.lexicon.words import word_set
from agent.rulebook.story import Notes, article
from storyboards.shot import Element, Wear
from storyboards.storyboard import digest_of
from tools.vocabulary import SUBJECTS

MAX_TOGETHER = 3
WEAR_COLOURS = {
    "hat": "blue",
    "scarf": "red",
    "cape": "purple",
    "glasses": "black",
    "backpack": "green",
    "crown": "yellow",
    "bow": "pink",
}
PEOPLE = frozenset({"child", "woman", "man", "knight", "astronaut"})
HERS = word_set(
    "woman girl mother lady daughter sister grandmother grandma queen princess witch she her mum mom aunt "
    "wife granny vixen hen mare cow waitress actress bride heroine doe"
)  # fmt: skip
HIS = word_set(
    "man boy father son brother grandfather grandpa king prince wizard he him dad uncle husband knight "
    "rooster stallion stag bull cowboy pirate fisherman groom hero"
)  # fmt: skip


_SEXED = re.compile(r"\b(she|her|hers|he|his|him)\b")


@dataclass
class Member:
    """An element being built up as the brief says more about it."""

    id: str
    subject: str
    words: str
    colour: str = ""
    size: str = ""
    wears: dict[str, str] = field(default_factory=dict)
    name: str = ""
    gender: str = ""
    near: bool = False
    guessed: bool = False
    group: str = ""

    @property
    def is_person(self) -> bool:
        return self.subject in PEOPLE


class Cast:
    """The register of elements. ``text`` is the whole brief, looked at to tell he from she."""

    def __init__(self, text: str, seed: int, notes: Notes) -> None:
        self.members: dict[str, Member] = {}
        self.recent: list[str] = []
        self.last_group: list[str] = []
        self.topic: list[str] = []
        self.forbidden: set[str] = set()
        self._names: dict[str, str] = {}
        self._low, self._seed, self._notes = text.lower(), seed, notes

    # -- finding and making ----------------------------------------------------------------------------------------

    def resolve(self, chunk: Chunk) -> list[str]:
        """Element ids for a noun phrase; new ones where it introduces somebody."""
        if chunk.kind == "pronoun":
            return self.pronoun(chunk.value)
        if chunk.kind == "generic":
            return self._generic(chunk)
        if chunk.kind == "name" or (chunk.kind == "word" and self.named(chunk.text)):
            return self.name(chunk)
        if chunk.kind == "people":
            return self._people(chunk)
        return self._subject(chunk)

    def _subject(self, chunk: Chunk) -> list[str]:
        subject, words = self._who(chunk), _head_words(chunk)
        if subject in self.forbidden and chunk.determiner in ("the", ""):
            self.forbidden.discard(subject)
        known = [m for m in self.members.values() if m.subject == subject and self._fits(m, chunk, words)]
        wanted = self._count(chunk, subject, known)
        rest = [m.id for m in known if m.id not in self.topic] if "other" in chunk.text.lower().split() else []
        if rest and len(known) > len(rest):
            return self._seen(rest[:wanted])
        fresh = chunk.determiner in ("another", "other") or "second" in chunk.text.lower().split()
        if fresh:
            known = []
        group = [m.id for m in known][:wanted] if known else []
        if (
            chunk.determiner in ("a", "an")
            and known
            and chunk.colour
            and not any(m.colour == chunk.colour for m in known)
        ):
            group = []
        if chunk.plural and chunk.determiner in ("the", "these", "those", "both", "all") and len(known) >= 2:
            group = [m.id for m in known][:MAX_TOGETHER]
            wanted = len(group)
        while len(group) < wanted:
            group.append(self._new(subject, words, chunk).id)
        for member_id in group:
            self._learn(self.members[member_id], chunk)
        return self._seen(group)

    def _fits(self, member: Member, chunk: Chunk, words: str) -> bool:
        if chunk.colour and member.colour and chunk.colour != member.colour:
            return False
        if chunk.size and member.size and chunk.size != member.size and chunk.determiner in ("a", "an"):
            return False
        return _same_words(member.words, words) or (
            chunk.determiner in ("the", "this", "that", "his", "her", "its", "their")
            and not (member.near or (chunk.sense and chunk.sense.near))
            and not _both_named_apart(member.words, words)
        )

    def _who(self, chunk: Chunk) -> str:
        if chunk.value != "person":
            return chunk.value
        words = _head_words(chunk)
        for member in self.members.values():
            if _same_words(member.words, words):
                return member.subject
        return self._person(chunk.start, words)

    def _person(self, _: int, words: str) -> str:
        """A person whose sex nobody said: by the first he or she after the word, else by the word itself."""
        place = self._low.find(words.split()[-1][:5].lower()) if words else 0
        found = _SEXED.search(self._low, max(0, place), max(0, place) + 2000)
        if found:
            return "woman" if found.group().startswith(("she", "her")) else "man"
        return "woman" if int(digest_of(words.lower())[:4], 16) % 2 else "man"

    def _count(self, chunk: Chunk, subject: str, known: list[Member]) -> int:
        if chunk.count == 0:
            return max(2, min(MAX_TOGETHER, len(known))) if len(known) != 1 else 2
        if chunk.count > MAX_TOGETHER:
            self._notes.add(chunk.text, f"three of them ({subject})", "a shot holds three subjects at most")
        return min(chunk.count, MAX_TOGETHER)

    def _new(self, subject: str, words: str, chunk: Chunk) -> Member:
        same = [m for m in self.members.values() if m.subject == subject]
        member = Member(f"{subject}-{len(same) + 1}" if same else subject, subject, words)
        member.id = member.id.replace(" ", "-")
        sense = chunk.sense
        low = chunk.text.lower().split()
        member.gender = "she" if HERS & set(low) else "he" if HIS & set(low) else ""
        if sense:
            member.near = sense.near
            member.size, member.colour = sense.says("size"), sense.says("colour") if not chunk.colour else ""
            if sense.says("wears"):
                member.wears[sense.says("wears")] = WEAR_COLOURS[sense.says("wears")]
            looks = " ".join(w for w in (member.size, chunk.colour or member.colour, subject) if w)
            if sense.near:
                crowned = f" with a {sense.says('wears')}" if sense.says("wears") else ""
                self._notes.add(article(words), article(looks) + crowned, "not known, drawn as the nearest thing")
            elif sense.value == "person":
                self._notes.add(article(words), article(subject), "a person is drawn as a woman, a man or a child")
        self.members[member.id] = member
        return member

    def _learn(self, member: Member, chunk: Chunk) -> None:
        if chunk.colour:
            member.colour = chunk.colour
            if chunk.colour_near:
                self._notes.add(f"{chunk.colour_near} {member.words}", f"{chunk.colour} {member.subject}",
                                f"the colour {chunk.colour_near} is not known")  # fmt: skip
        if chunk.size:
            member.size = chunk.size
        if chunk.name:
            self.call(member.id, chunk.name)

    def _people(self, chunk: Chunk) -> list[str]:
        ids: list[str] = []
        value = chunk.value
        alive = [m for m in self._by_recency() if self._is_alive(m)]
        if "every" in chunk.text.lower() and len(alive) >= 2:
            return self._seen(list(reversed(alive[:MAX_TOGETHER])))
        kin = self._kin(chunk)
        if kin:
            return self._seen(kin)
        if chunk.count > 1 and ":" in value:
            value = f"{value.partition(':')[0]}:{min(chunk.count, MAX_TOGETHER)}"
        for who in value.split("+"):
            subject, _, count = who.partition(":")
            for turn in range(int(count or 1)):
                picked = ("woman", "man", "child")[turn % 3] if subject == "person" else subject
                known = [m.id for m in self.members.values() if m.subject == picked and m.id not in ids]
                ids.append(known[0] if known else self._new(picked, picked, _plain(picked)).id)
        if chunk.count > MAX_TOGETHER or chunk.value.startswith("person:3"):
            self._notes.add(chunk.text, "three people", "a shot holds three subjects at most")
        return self._seen(ids)

    def _kin(self, chunk: Chunk) -> list[str]:
        """ "Its family" of an animal is of its kind, not people."""
        owner = next((m for m in (*self.topic, *self._by_recency()) if m in self.members), "")
        if chunk.determiner not in ("its", "their", "her", "his") or not owner or self.members[owner].is_person:
            return []
        subject = self.members[owner].subject
        known = [m.id for m in self.members.values() if m.subject == subject and m.id != owner][:2]
        while len(known) < 2:
            known.append(self._new(subject, subject, _plain(subject)).id)
        return known

    def _generic(self, chunk: Chunk) -> list[str]:
        kind = "they" if chunk.plural else chunk.value
        animals = [m for m in self._by_recency() if SUBJECTS[self.members[m].subject].group == "animal"]
        people = [m for m in self._by_recency() if self.members[m].is_person]
        things = [m for m in self._by_recency() if SUBJECTS[self.members[m].subject].group == "thing"]
        pool = {"animal": animals, "person": people, "thing": things, "it": self._by_recency()}.get(kind)
        if kind == "they":
            return self._seen(self._group(chunk.count if chunk.count > 1 else 0))
        if pool:
            return self._seen(pool[:1])
        stand_in = {"animal": "rabbit", "person": "person", "thing": "robot"}.get(chunk.value, "child")
        made = _plain(stand_in if stand_in != "person" else self._person(0, chunk.text))
        if chunk.determiner in ("the", "his", "her", "their", "its") and chunk.value in ("it", "they"):
            return []
        member = self._new(made.value, _head_words(chunk), made)
        self._notes.add(chunk.text, article(member.subject), "not said which kind")
        return self._seen([member.id])

    # -- names and pronouns ----------------------------------------------------------------------------------------

    def named(self, word: str) -> str:
        return self._names.get(word.lower(), "")

    def call(self, member_id: str, name: str) -> None:
        member = self.members[member_id]
        if not member.name:
            member.name = name[:1].upper() + name[1:]
        self._names[name.lower()] = member_id

    def name(self, chunk: Chunk, guess: str = "") -> list[str]:
        """The element of this name, made as a person if nobody has said what it is."""
        word = chunk.text.split()[-1] if chunk.kind != "name" else _name_in(chunk)
        word = word.capitalize() if word.isupper() and len(word) > 3 else word
        known = self.named(word)
        if known:
            return self._seen([known])
        who = guess or chunk.value or "person"
        subject = self._person(0, word) if who == "person" else who
        member = self._new(subject, word, _plain(subject))
        member.guessed = True
        self.call(member.id, word)
        if not chunk.value:
            self._notes.add(word, article(subject), "nobody says what it is, taken for a person")
        return self._seen([member.id])

    def retype(self, member_id: str, chunk: Chunk) -> None:
        """Somebody known by name only turns out to be a fox."""
        member = self.members[member_id]
        subject = self._who(chunk)
        member.guessed = False
        if subject != member.subject:
            fresh = self._new(subject, _head_words(chunk), chunk)
            fresh.name = member.name
            for name, owner in list(self._names.items()):
                if owner == member_id:
                    self._names[name] = fresh.id
            self._rename(member_id, fresh)
            member = fresh
        self._learn(member, chunk)

    def _rename(self, old: str, fresh: Member) -> None:
        del self.members[old]
        self.recent = [fresh.id if r == old else r for r in self.recent]
        self.renamed = {**getattr(self, "renamed", {}), old: fresh.id}

    def pronoun(self, kind: str, doing: list[str] | None = None) -> list[str]:
        """Whom a pronoun means: the last fitting element, or group. ``doing`` are those whose deed it completes."""
        order = [m for m in self._by_recency() if m not in (doing or [])] or self._by_recency()
        if len(self.topic) == 1 and self.topic[0] in order:
            order = [self.topic[0], *(m for m in order if m != self.topic[0])]
        if kind in ("they", "we"):
            return self._seen(self._group())
        if kind in ("i", "you"):
            return []
        if kind in ("he", "she"):
            for wanted in ({kind}, {""}):
                found = [m for m in order if self._gender(m) in wanted and self._is_alive(m)]
                if found:
                    self.members[found[0]].gender = kind
                    return self._seen(found[:1])
            return self._seen(order[:1]) if order and len(order) == 1 else []
        things = [m for m in order if not self.members[m].is_person] or order
        return self._seen(things[:1])

    def _gender(self, member_id: str) -> str:
        member = self.members[member_id]
        if member.gender:
            return member.gender
        return {"woman": "she", "man": "he", "knight": "he"}.get(member.subject, "")

    def _is_alive(self, member_id: str) -> bool:
        return SUBJECTS[self.members[member_id].subject].group != "thing" or self.members[member_id].subject == "robot"

    def _group(self, count: int = 0) -> list[str]:
        if (
            len(self.last_group) >= 2
            and not count
            and all(self._is_alive(m) for m in self.last_group if m in self.members)
        ):
            return [m for m in self.last_group if m in self.members]
        alive = [m for m in self._by_recency() if self._is_alive(m)] or self._by_recency()
        return list(reversed(alive[: count or 2]))

    def _by_recency(self) -> list[str]:
        return list(dict.fromkeys(m for m in reversed(self.recent) if m in self.members))

    def _seen(self, ids: list[str]) -> list[str]:
        self.recent = [*self.recent, *ids][-40:]
        if len(ids) >= 2:
            self.last_group = list(ids)
        return ids

    def together(self, ids: list[str]) -> None:
        """Several elements met in one clause: "they" means them from now on."""
        alive = [i for i in dict.fromkeys(ids) if self._is_alive(i)]
        if len(alive) >= 2 or (not self.last_group and len(set(ids)) >= 2):
            self.last_group = (alive if len(alive) >= 2 else list(dict.fromkeys(ids)))[:MAX_TOGETHER]

    # -- finishing -------------------------------------------------------------------------------------------------

    def wear(self, ids: list[str], what: str, colour: str) -> None:
        for member_id in ids:
            member = self.members[member_id]
            own = member.colour or SUBJECTS[member.subject].natural
            plain = WEAR_COLOURS[what] if WEAR_COLOURS[what] != own else ("blue" if own != "blue" else "red")
            member.wears[what] = colour or member.wears.get(what) or plain

    def element(self, member_id: str) -> Element:
        """The finished element; its identity depends on the seed and its id alone."""
        member = self.members[member_id]
        natural = SUBJECTS[member.subject].natural
        return Element(
            id=member.id,
            kind="prop" if SUBJECTS[member.subject].group == "thing" and member.subject != "robot" else "character",
            subject=member.subject,
            colour=member.colour or natural,
            size=member.size or "medium",
            wears=tuple(Wear(name=name, colour=colour) for name, colour in member.wears.items()),
            name=member.name,
            described_as=article(member.words) if member.near else "",
            identity=int(digest_of([self._seed, member.id])[:7], 16),
            voice={"she": "woman", "he": "man"}.get(self._gender(member.id), "") if self._is_alive(member.id) else "",
        )


def _head_words(chunk: Chunk) -> str:
    """The noun itself, without article and adjectives that the element carries anyway."""
    words = list(re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", chunk.text))
    drop = {chunk.determiner, chunk.colour, chunk.colour_near, chunk.size}
    kept = [w for w in words if w.lower() not in drop]
    for size in range(min(4, len(kept)), 1, -1):
        if english().senses(" ".join(kept[-size:])):
            return " ".join(kept[-size:])
    return kept[-1] if kept else chunk.text


def _same_words(a: str, b: str) -> bool:
    from agent.rulebook.lexicon.forms import forms_of

    return bool(set(forms_of(a.split()[-1])) & set(forms_of(b.split()[-1])))


def _both_named_apart(a: str, b: str) -> bool:
    """ "The boy" is never "the girl", though both are drawn as a child."""
    return bool(({a.lower()} & HERS and {b.lower()} & HIS) or ({a.lower()} & HIS and {b.lower()} & HERS))


def _name_in(chunk: Chunk) -> str:
    return chunk.name or chunk.text.split()[-1]


def _plain(subject: str) -> Chunk:
    from agent.rulebook.lexicon import Sense

    return Chunk("subject", subject, 0, 0, Sense("subject", subject))
