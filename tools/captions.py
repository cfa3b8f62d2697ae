"""Captions a person can read in time: at most two lines of 42 characters, long ones paged over their span."""

from __future__ import annotations

import textwrap

from storyboards.timeline import Caption

COLUMNS, LINES = 42, 2
"""Subtitle practice of the BBC guidelines and EBU-TT: two lines of about 42 characters."""


def paged(captions: tuple[Caption, ...], film_s: float, columns: int = COLUMNS) -> tuple[Caption, ...]:
    """The captions wrapped and, where they do not fit on one page, split in time by their share of the characters.

    Empty captions and those outside ``[0, film_s)`` are left out; what runs over the end is cut there.
    """
    pages: list[Caption] = []
    for caption in captions:
        text = " ".join(caption.text.split())
        start_s, end_s = max(0.0, caption.start_s), min(film_s, caption.end_s)
        if not text or end_s <= start_s:
            continue
        lines = _balanced(text, columns)
        groups = [lines[at : at + LINES] for at in range(0, len(lines), LINES)]
        total = sum(len(line) for line in lines)
        at_s = start_s
        for group in groups:
            length_s = (end_s - start_s) * sum(len(line) for line in group) / total
            page = {"start_s": at_s, "end_s": at_s + length_s, "text": "\n".join(group)}
            pages.append(caption.model_copy(update=page))
            at_s += length_s
    return tuple(pages)


def _balanced(text: str, columns: int) -> list[str]:
    """Wrapped lines; two of them are made about equally long, which reads better than a full and a short one."""
    lines = textwrap.wrap(text, columns)
    if len(lines) != 2:
        return lines
    narrower = (textwrap.wrap(text, width) for width in range(max(4, len(text) // 2), columns + 1))
    return next((pair for pair in narrower if len(pair) == 2), lines)
