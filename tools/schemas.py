"""JSON schemas as language model servers want them: closed objects, every field required, no defaults."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import BaseModel

UNSENT = frozenset({"default", "title", "minLength", "maxLength"})
"""Keywords that strict servers refuse; whoever reads the reply holds it to them all the same."""


@cache
def strict_schema(form: type[BaseModel]) -> dict[str, Any]:
    """The schema of a form for a strict ``response_format`` or a strict function tool; not to be changed."""
    closed = _closed(form.model_json_schema())
    assert isinstance(closed, dict), "the schema of a model is an object"
    return closed


def _closed(node: Any) -> Any:
    if isinstance(node, list):
        return [_closed(child) for child in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return {"$ref": node["$ref"]}
    kept: dict[str, Any] = {}
    for name, child in node.items():
        if name in ("properties", "$defs"):
            kept[name] = {field: _closed(schema) for field, schema in child.items()}
        elif name not in UNSENT:
            kept[name] = _closed(child)
    if kept.get("type") == "object":
        kept["additionalProperties"] = False
        kept["required"] = list(kept.setdefault("properties", {}))
    return kept
