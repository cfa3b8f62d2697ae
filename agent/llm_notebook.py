"""Usable replies of language models in the store, by what was asked: paid for once, also by a run that was killed."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from storyboards.errors import ContentMissing


class Shelf(Protocol):
    """The part of :class:`tools.store.Store` that is needed."""

    def put_bytes(self, content: bytes, suffix: str) -> str: ...

    def verify(self, sha256: str) -> Path: ...

    def remember(self, key: str, sha256: str) -> None: ...

    def recall(self, key: str) -> str | None: ...


class StoreNotebook:
    """A :class:`agent.llm_client.Notebook` over the content store. A reply that is damaged is forgotten."""

    def __init__(self, store: Shelf) -> None:
        self._store = store

    def recall(self, key: str) -> str | None:
        sha256 = self._store.recall(key)
        if sha256 is None:
            return None
        try:
            return self._store.verify(sha256).read_text(encoding="utf-8")
        except ContentMissing:
            return None

    def remember(self, key: str, text: str) -> None:
        self._store.remember(key, self._store.put_bytes(text.encode(), ".json"))
