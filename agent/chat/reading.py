"""Reading what is said by rule: from words to intents, with no network."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextvars import ContextVar
from typing import Protocol

from agent.chat.intents import (
    Branch,
    Cast,
    CompareCuts,
    CompareTakes,
    Cost,
    Decline,
    DropPicture,
    Edit,
    Export,
    Forget,
    GoAhead,
    GoTo,
    Help,
    Intent,
    Keep,
    Pick,
    Price,
    Redo,
    Remembered,
    Search,
    ShowLibrary,
    Status,
    Takes,
    Undo,
    Unpick,
    UsePicture,
    Versions,
    Why,
)  # fmt: skip

Match = re.Match[str]

_NUMBERS = {word: n for n, word in enumerate(
    ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), start=1)}  # fmt: skip
_ORDINALS = {word: n for n, word in enumerate(
    ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"), start=1
)}  # fmt: skip
_ORDINALS |= {"last": -1, "latest": -1, "newest": -1}

_N = rf"(?:\d{{1,3}}|{'|'.join(_NUMBERS)})"
_NTH = rf"(?:{'|'.join(_ORDINALS)})"
_SHOT = rf"(?:shot|scene)\s+(?:number\s+|#)?(?P<shot>{_N})"
_TAKE = rf"(?:take\s+(?:number\s+|#)?(?P<take>{_N})|(?:the\s+)?(?P<nth>{_NTH})\s+(?:take|one|version))"
_PLEASE = r"(?:please\s+|can you\s+|could you\s+|would you\s+|let'?s\s+|now\s+|ok(?:ay)?,?\s+)*"
_WANT = r"(?:i(?:'d| would)?\s+)?(?:prefer|like|use|keep|take|choose|pick|want|go with|love|rather have)"
_IT = r"(?:it|that|this|the (?:film|movie|video|edit|change|last (?:one|change|edit|thing)))"


Spending = Callable[[float, float], None]
"""Told the dollars and seconds of every answered call of a reader that costs something."""

spending: ContextVar[Spending | None] = ContextVar("spending", default=None)
"""Whose spending it is while a message is read; set by the conversation, whatever readers are wrapped in each other."""


class Reader(Protocol):
    """Turns what is said into intents.

    Raises from ``read``:
        StoryreelError: it cannot read at all, for example since its server does not answer.
    """

    async def read(self, text: str, situation: str) -> list[Intent]:
        """The intents of a message, in order; ``situation`` says in words what film it is about."""
        ...


class RulebookReader:
    """Reads by pattern. Whatever is none of them is an edit, which the rulebook of edits understands or refuses."""

    async def read(self, text: str, situation: str = "") -> list[Intent]:
        return read_intents(text)


def read_intents(text: str) -> list[Intent]:
    """The intents of a message, in order. Neighbouring edits are one edit."""
    whole = known_intent(text)
    if whole is not None:
        return [whole]
    intents: list[Intent] = []
    for sentence in _sentences(text):
        found = known_intent(sentence) or Edit(words=sentence)
        if isinstance(found, Edit) and intents and isinstance(intents[-1], Edit):
            intents[-1] = Edit(words=f"{intents[-1].words.rstrip('.!')}. {found.words}")
        else:
            intents.append(found)
    return intents


def known_intent(text: str) -> Intent | None:
    """The intent of these words as a whole; None if they are no pattern's."""
    words = re.sub(r"\s+", " ", text.replace("’", "'")).strip(" .!?,") or text.strip()
    for pattern, make in PATTERNS:
        found = pattern.fullmatch(words)
        if found is not None:
            return make(found)
    return None


def _sentences(text: str) -> list[str]:
    return [
        part.strip() for part in re.split(r"(?<=[.!?])\s+|;\s+|,?\s+(?:and )?then\s+", text) if part.strip(" .!?,;")
    ]


def _number(words: str | None, missing: int = 0) -> int:
    if not words:
        return missing
    low = words.lower()
    return _NUMBERS.get(low) or _ORDINALS.get(low) or int(low)


def _take(found: Match) -> int:
    return _number(found["take"] or found["nth"])


def _pick(found: Match) -> Intent:
    return Pick(shot=_number(found["shot"]), take=_take(found))


def _compared(found: Match) -> Intent:
    first, second = _number(found["a"], 1), _number(found["b"], 2)
    return CompareTakes(shot=_number(found["shot"]), first=first, second=second)


def _steps(found: Match) -> int:
    return max(1, _number(found["n"], 1))


def _version(found: Match) -> Intent:
    word = (found["v"] or found["nth"] or "before").lower()
    named = {"original": "first", "beginning": "first", "start": "first", "newest": "last", "latest": "last"}
    number = _NUMBERS.get(word) or (_ORDINALS.get(word) if word not in ("first", "last") else None)
    return GoTo(version=str(number) if number and number > 0 else named.get(word, word))


def _named(name: str) -> str:
    """A name without its article and quotation marks."""
    return re.sub(r"^(?:the|a|an|my|our)\s+", "", name.strip(" \"'“”.?!"), flags=re.IGNORECASE)


def _rows(
    *rows: tuple[str, Callable[[Match], Intent]],
) -> tuple[tuple[re.Pattern[str], Callable[[Match], Intent]], ...]:
    return tuple(
        (re.compile(_PLEASE + pattern + r"(?:,?\s+please)?\s*\??", re.IGNORECASE), make) for pattern, make in rows
    )


PATTERNS = _rows(
    (rf"(?:undo|revert|take back|roll back)(?:\s+(?:{_IT}|the last|my last))?(?:\s+(?P<n>{_N})\s+(?:steps?|"
     rf"changes?|edits?|"
     r"times))?(?:\s+(?:change|edit|step))?|take (?:that|it) back", lambda m: Undo(steps=_steps(m))),
    (rf"redo(?:\s+{_IT})?(?:\s+(?P<n>{_N})\s+(?:steps?|changes?|times))?|"
     rf"undo the undo", lambda m: Redo(steps=_steps(m))),
    (rf"(?:go|get|come|switch|change|return|"
     rf"revert)\s+(?:back\s+)?to\s+(?:the\s+)?(?:version\s+(?:number\s+)?(?P<v>{_N})|"
     rf"(?P<nth>{_NTH}|original|beginning)(?:\s+version|\s+plan)?|(?:version|one|plan|film)(?:\s+(?:from|we had|"
     rf"i had|of))?"
     r"\s+before|(?:previous|earlier)\s+(?:version|one)|how it was(?: before)?)|go back", _version),
    (r"(?:switch|go|change|return)\s+(?:back\s+)?to\s+(?:the\s+)?branch\s+(?P<name>[\w-]+)",
     lambda m: GoTo(version=m["name"].lower())),
    (r"(?:(?:start|make|begin|open|create)\s+(?:a\s+)?(?:new\s+)?)?branch\s+(?:called\s+|named\s+)?(?P<name>[\w-]+)",
     lambda m: Branch(name=m["name"].lower())),
    (rf"(?:{_WANT}\s+)?{_TAKE}\s+(?:of|in|for|from)\s+{_SHOT}(?:\s+(?:is\s+)?(?:better|best|nicer|more|"
     rf"instead))?", _pick),
    (rf"(?:in|for|of)\s+{_SHOT},?\s+{_WANT}\s+{_TAKE}(?:\s+(?:better|more|instead))?", _pick),
    (rf"(?:let|have)\s+the\s+judge\s+choose\s+(?:again\s+)?(?:for|in|of)\s+{_SHOT}|unpick\s+(?:the take of\s+)?"
     rf"(?:shot|scene)\s+(?P<other>{_N})", lambda m: Unpick(shot=_number(m["shot"] or m["other"]))),
    (rf"(?:why|how come)\s+(?:did|does|is|was|has)\s+{_SHOT}\s+(?:fail\w*|stale|red|missing|bad|wrong|degraded|"
     rf"out of date|"
     rf"not \w+|be \w+)|what(?:'s| is| went| was)\s+wrong\s+(?:with|in)\s+(?:shot|scene)\s+(?P<other>{_N})",
     lambda m: Why(shot=_number(m["shot"] or m["other"]))),
    (rf"(?:why|how come)\s+(?:did|is|was)\s+{_IT}\s+(?:fail\w*|degraded|not complete|incomplete|bad)|"
     rf"what (?:failed|is wrong|"
     rf"went wrong)(?:\s+with\s+{_IT})?", lambda m: Why()),
    (r"(?:how much|what)\s+would\s+(?:it|that|this)\s+cost\s+(?:to\s+|if (?:we|i|you)\s+|if\s+)(?P<words>.+)",
     lambda m: Price(words=m["words"])),
    (rf"(?:how much|what)\s+(?:would|will|does|is)\s+(?:{_IT}|the rest|everything)\s+(?:be|cost)?(?:\s+to film)?|"
     r"(?:the\s+|what is the\s+)?price", lambda m: Price()),
    (rf"(?:how much|what)\s+(?:did|has|have)\s+(?:{_IT}|all (?:this|that)|we|i|you)\s+(?:all\s+)?(?:cost|spent|"
     rf"spend|used)"
     r"(?:\s+(?:so far|until now|up to now|yet))?|(?:the\s+)?(?:costs?|spend(?:ing)?)(?: so far)?", lambda m: Cost()),
    (rf"(?:which|what|how many)\s+takes\s+(?:are there|do we have|have we|exist|were made)\s+(?:of|for|in)\s+{_SHOT}|"
     rf"(?:show|list)\s+(?:me\s+)?(?:all\s+)?(?:the\s+)?takes\s+(?:of|for|in)\s+(?:shot|scene)\s+(?P<other>{_N})",
     lambda m: Takes(shot=_number(m["shot"] or m["other"]))),
    (rf"compare\s+(?:takes?\s+(?P<a>{_N})\s+(?:and|with|to)\s+(?:take\s+)?(?P<b>{_N})|(?:the\s+)?(?:two\s+)?takes)\s+"
     rf"(?:of|in|for)\s+{_SHOT}", _compared),
    (r"compare\s+(?:(?:the\s+)?(?:last\s+)?two\s+(?:cuts|films|versions of the film)|(?:this|the)\s+(?:cut|"
     r"film)\s+(?:with|to)"
     r"\s+(?:the\s+)?(?:last|previous|one before|one from before|cut before|old)(?:\s+(?:one|cut))?|(?:the\s+)?cuts)",
     lambda m: CompareCuts()),
    (r"what do you (?:remember|know)(?: about me)?|what have you learn(?:ed|t)(?: about me)?|(?:show me |"
     r"list )?my preferences",
     lambda m: Remembered()),
    (r"forget (?:everything|all)(?: (?:you know )?about me)?", lambda m: Forget(everything=True)),
    (rf"forget (?:that|it|this|about (?:that|it))|forget (?:number |preference |#)?(?P<n>{_N})",
     lambda m: Forget(number=_number(m["n"]))),
    (r"(?:forget|remove|drop|stop using|don't use)\s+(?:the|my|that)\s+(?:picture|image|photo)\s+(?:of|"
     r"for)\s+(?P<who>.+)",
     lambda m: DropPicture(element=_named(m["who"]))),
    (r"(?:forget|remove|delete)\s+(?P<name>.+?)(?:\s+from (?:the|"
     r"my) library)", lambda m: Forget(name=_named(m["name"]))),
    (r"(?:cast|use|bring(?: in)?|take|put)\s+(?P<name>.+?)\s+from (?:the|my) library(?:\s+(?:as|for|instead of)\s+"
     r"(?P<who>.+))?|cast\s+(?P<other>.+?)\s+(?:as|instead of|for)\s+(?P<whom>.+)",
     lambda m: Cast(name=_named(m["name"] or m["other"]), instead_of=_named(m["who"] or m["whom"] or ""))),
    (r"cast\s+(?P<name>\w[\w' -]*)", lambda m: Cast(name=_named(m["name"]))),
    (r"(?:keep|save|put|add|remember)\s+(?P<what>.+?)\s+(?:in|to) (?:the|my) library(?:\s+as\s+(?P<name>.+))?|"
     r"(?:keep|save|remember)\s+(?P<other>.+?)\s+as\s+(?P<called>.+?)(?:\s+in (?:the|my) library)?",
     lambda m: Keep(what=_named(m["what"] or m["other"]), name=_named(m["name"] or m["called"] or ""))),
    (r"(?:what(?:'s| is)|who(?:'s| is)|show(?: me)?|list)\s+(?:in\s+)?(?:the|my)\s+library|who can (?:i|"
     r"we) cast|library",
     lambda m: ShowLibrary()),
    (r"(?:is there|find|do we have)\s+(?P<words>.+?)\s+in (?:the|"
     r"my) library", lambda m: ShowLibrary(words=_named(m["words"]))),
    (rf"export(?:\s+{_IT})?\s+(?:as|to|for)\s+(?:an?\s+)?\.?(?P<form>otioz|otio|edl|fcpxml|xml|srt|vtt)",
     lambda m: Export.model_validate({"form": m["form"].lower()})),
    (rf"export(?:\s+{_IT})?\s+(?:as|to|for)\s+(?:final cut(?: pro)?|premiere|resolve|davinci(?: resolve)?)",
     lambda m: Export(form="fcpxml" if "final" in m[0].lower() else "xml" if "premiere" in m[0].lower() else "otio")),
    (r"(?:use|take)\s+(?:this|the|my|that)\s+(?:picture|image|photo|drawing|file)\s+(?:for|as|of)\s+(?P<who>.+)|"
     r"(?P<whom>.+?)\s+"
     r"(?:should|must)\s+look\s+like\s+(?:this|that|in (?:this|the) (?:picture|image|photo))",
     lambda m: UsePicture(element=_named(m["who"] or m["whom"]))),
    (r"(?:search(?: for)?|find|where did (?:i|we|you) (?:say|"
     r"mention))\s+(?P<words>.+)", lambda m: Search(words=m["words"])),
    (r"(?:the )?(?:status|state)|where (?:are we|do we stand)|how (?:does it stand|is it going|far are we)|"
     r"what(?:'s| is) left|"
     r"show me the (?:film|shots|storyboard)", lambda m: Status()),
    (r"(?:(?:which|what|show(?: me)?|list) )?(?:the )?versions(?: are there)?|history|(?:show(?: me)? the )?history",
     lambda m: Versions()),
    (rf"(?:yes|yep|yeah|ok(?:ay)?|go|go ahead|do (?:it|that)|film {_IT}|make {_IT}|approved?|agreed|sure|fine|"
     rf"start|sounds good|"
     r"looks good|perfect|continue|carry on|go on|resume|yes,? (?:please|go(?: ahead)?|do (?:it|that)|film it|"
     r"make it))",
     lambda m: GoAhead()),
    (r"no|nope|never ?mind|cancel(?: (?:that|it))?|don't|leave it|not now|no,? (?:thanks|thank you|don't|leave it)",
     lambda m: Decline()),
    (r"help|/help|what can (?:you do|i say|i do)|\?", lambda m: Help()),
)  # fmt: skip
"""Tried in order; each must match the whole message, so that a pattern never swallows half an edit."""
