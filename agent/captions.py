"""From words with times to captions that can be read: short lines, split where the sentence breathes."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from storyboards.timeline import Caption
from tools.contract import Word

LINE_CHARACTERS = 42
LINES = 2
SHORTEST_S = 1.0
ENDS = (".", "!", "?", "…", "。", "！", "？", ".”", "!”", "?”", '."', '!"', '?"')
PAUSES = (",", ";", ":", "–", "—", "、", "，")


def captions_of(
    words: Sequence[Word], at_s: float, until_s: float, speaker: str, shot_id: str, estimated: bool
) -> tuple[Caption, ...]:
    """Captions of one spoken line.

    Each has at most two lines of 42 characters and lasts a second or longer where there is room for it; none overlaps
    the next, and none stands after ``until_s``.

    Args:
        words: with times from the beginning of the line, which is spoken at ``at_s`` of the film.
    """
    groups = _joined(_sentences(words))
    cues = []
    for index, group in enumerate(groups):
        start = at_s + group[0].start_s
        room = at_s + groups[index + 1][0].start_s if index + 1 < len(groups) else until_s
        end = min(max(at_s + group[-1].end_s, start + SHORTEST_S), room, until_s)
        if end > start:
            text = "\n".join(wrap(_text(group), LINE_CHARACTERS, break_long_words=True))
            cues.append(
                Caption(
                    start_s=round(start, 3),
                    end_s=round(end, 3),
                    text=text,
                    speaker=speaker,
                    shot_id=shot_id,
                    estimated=estimated,
                )
            )
    return tuple(cues)


def _sentences(words: Sequence[Word]) -> list[list[Word]]:
    groups: list[list[Word]] = [[]]
    for word in words:
        if groups[-1] and not _fits([*groups[-1], word]):
            groups[-1], rest = _broken(groups[-1])
            groups.append(rest)
        groups[-1].append(word)
        if word.text.endswith(ENDS):
            groups.append([])
    return [group for group in groups if group]


def _broken(group: list[Word]) -> tuple[list[Word], list[Word]]:
    """Cut a full group after its last pause, if that leaves something to read before it."""
    for index in range(len(group) - 1, 0, -1):
        if group[index - 1].text.endswith(PAUSES) and len(_text(group[:index])) >= LINE_CHARACTERS // 2:
            return group[:index], group[index:]
    return group, []


def _joined(groups: list[list[Word]]) -> list[list[Word]]:
    """Groups that would flash by, joined to a neighbour when both fit together."""
    kept: list[list[Word]] = []
    for group in groups:
        brief = bool(kept) and min(_length(kept[-1]), _length(group)) < SHORTEST_S
        if brief and _fits([*kept[-1], *group]):
            kept[-1] = [*kept[-1], *group]
        else:
            kept.append(group)
    return kept


def _fits(words: Sequence[Word]) -> bool:
    return len(wrap(_text(words), LINE_CHARACTERS, break_long_words=True)) <= LINES


def _length(words: Sequence[Word]) -> float:
    return words[-1].end_s - words[0].start_s


def _text(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)
