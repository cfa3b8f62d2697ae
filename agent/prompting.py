"""Prompts as files: jinja2 in a sandbox, where a missing word is an error and text of the user stays text."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment


@cache
def _environment() -> SandboxedEnvironment:
    from jinja2 import PackageLoader, StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    return SandboxedEnvironment(
        loader=PackageLoader("agent", "prompts"), undefined=StrictUndefined, autoescape=False, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=False,
    )  # fmt: skip


def render(name: str, **words: object) -> str:
    """The prompt ``agent/prompts/<name>.j2`` with its words filled in.

    Raises:
        jinja2.UndefinedError: a word of the template was not given.
    """
    return _environment().get_template(f"{name}.j2").render(**words)


def fenced(text: str) -> str:
    """Text of a user as data between marks that it cannot close itself."""
    return "<brief>\n" + text.replace("</brief", "</ brief").replace("<brief", "< brief") + "\n</brief>"
