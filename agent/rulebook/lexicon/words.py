"""Word lists written as text."""

from __future__ import annotations


def word_set(text: str) -> frozenset[str]:
    """The words of a text as a set: lists of words read better as lines than as a column of quotation marks."""
    return frozenset(text.split())
