"""Bodies as clients send them: JSON, urlencoded, or multipart with files and bracket names, all to one mapping."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException

from app.api.faults import BadField

MOST_FIELDS, MOST_FILES, MOST_DEPTH = 100, 8, 3
_KEY = re.compile(r"[A-Za-z0-9_.-]{1,64}(\[[A-Za-z0-9_.-]{0,64}\])*")


@asynccontextmanager
async def fields_of(request: Request) -> AsyncIterator[dict[str, Any]]:
    """The body as a mapping; files are :class:`starlette.datastructures.UploadFile`, on the disk when they are large.

    ``a[b]`` is a mapping in a mapping; ``a[]``, and ``a[0]``, ``a[1]`` and so on from 0, are lists. The files are
    closed at the end.

    Raises:
        BadField: it is none of these, or broken.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in ("multipart/form-data", "application/x-www-form-urlencoded"):
        try:
            form = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS, max_part_size=2_000_000)
        except (MultiPartException, ValueError, UnicodeDecodeError) as error:
            raise BadField(f"the form cannot be read: {error}.", "body", code="invalid_form") from error
        except Exception as error:
            if type(error).__name__ == "HTTPException":
                raise BadField("the form cannot be read.", "body", code="invalid_form") from error
            raise
        try:
            yield nested([(key, value) for key, value in form.multi_items()])
        finally:
            await form.close()
        return
    try:
        document = json.loads(await request.body() or b"{}")
    except (ValueError, RecursionError) as error:
        raise BadField("the body is not JSON.", "body", code="invalid_json") from error
    if not isinstance(document, dict):
        raise BadField("the body is a JSON object.", "body", code="invalid_json")
    yield document


def nested(items: list[tuple[str, Any]]) -> dict[str, Any]:
    """Flat names with brackets as nested mappings and lists.

    Raises:
        BadField: a name that is none, is too deep, or says two things at once.
    """
    document: dict[str, Any] = {}
    for key, value in items:
        if not _KEY.fullmatch(key) or key.count("[") > MOST_DEPTH:
            raise BadField("a field has a name that is none.", "body", code="invalid_form")
        steps = [step.rstrip("]") for step in key.split("[")]
        here = document
        for step in steps[:-1]:
            here = here.setdefault(step, {})
            if not isinstance(here, dict):
                raise BadField(f"{key!r} is given as one thing and as several.", steps[0], code="invalid_form")
        last = steps[-1] or str(len(here))
        if last in here:
            raise BadField(f"{key!r} is given twice.", steps[0], code="invalid_form")
        here[last] = value
    return {key: _listed(value) for key, value in document.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and sorted(value) == sorted(str(number) for number in range(len(value))):
        return [_listed(value[str(number)]) for number in range(len(value))]
    return {key: _listed(inner) for key, inner in value.items()}


def text_field(fields: Mapping[str, Any], name: str, default: str | None = None, most: int = 200_000) -> str:
    """A field of words.

    Raises:
        BadField: it is missing (and there is no default), no string, or longer than ``most``.
    """
    value = fields.get(name)
    if value is None or value == "":
        if default is None:
            raise BadField(f"{name} is required.", name, code="missing_required_parameter")
        return default
    if not isinstance(value, str) or len(value) > most:
        raise BadField(f"{name} is a string of at most {most:,} characters.", name, code="invalid_type")
    return value.encode("utf-8", "replace").decode()


def number_field(fields: Mapping[str, Any], name: str, least: float, most: float) -> float | None:
    """A field of a number, which may come as a string; None if it is missing.

    Raises:
        BadField: it is no number, or out of bounds.
    """
    value = fields.get(name)
    if value is None or value == "":
        return None
    try:
        number = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
    except (ValueError, OverflowError):
        number = None
    if number is None or not least <= number <= most:
        raise BadField(f"{name} is a number from {least:g} to {most:g}.", name)
    return number


def file_field(fields: Mapping[str, Any], name: str) -> UploadFile | None:
    value = fields.get(name)
    return value if isinstance(value, UploadFile) else None
