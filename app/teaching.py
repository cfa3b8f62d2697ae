"""``storyreel teach``: a camera's move, a style or a figure from a person's own clips or pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from storyboards.errors import BadInput


def teach(
    name: Annotated[str, typer.Argument(help="what it is called in a brief")],
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="3 to 10 clips, or PNG or JPEG pictures")],
    kind: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="camera, style or character; left out, clips that move alike teach a camera's move"),
    ] = None,
    figure: Annotated[
        str, typer.Option("--as", help='what a figure is, such as "green fox"; else it is looked at')
    ] = "",
    minutes: Annotated[float, typer.Option(min=0.1, help="of the processor, at most")] = 2.0,
    home: Annotated[Optional[Path], typer.Option(help="where projects live (else $STORYREEL_HOME)")] = None,  # noqa: UP045
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object for machines")] = False,
) -> None:
    """Teach the generator a camera's move, a style or a figure; a brief then uses it by its name."""
    from app.cli import _guarded, _settings

    def work() -> None:
        import torch

        from agent.concepts import learn
        from app.bootstrap import build_director
        from tools.teach import KINDS, Lesson

        if kind is not None and kind not in KINDS:
            raise BadInput(f"{kind!r} cannot be taught.", next_step=f"Choose one of {', '.join(KINDS)}.")
        torch.set_num_threads(1)
        lesson = Lesson(name, tuple(files), kind, minutes, figure)
        crew = build_director(_settings(home)).crew
        say = (lambda words: None) if as_json else (lambda words: typer.echo(f"{words}…"))
        item = learn(crew, lesson, say)
        _tell({"id": item.id, "name": item.name, "kind": item.kind, "concept": item.origin["concept"],
               "bytes": item.origin["bytes"], "card": item.origin["card"]}, as_json)  # fmt: skip

    _guarded(work, as_json)


USES = {
    "camera": "A red fox runs through a meadow with the {name} move.",
    "style": "A red fox runs through a meadow, in the style of {name}.",
    "character": "{name} runs through a meadow.",
}
"""How a brief uses it, by kind."""
WORDS = {"camera": "move of the camera", "style": "style", "character": "character"}


def _tell(document: dict[str, Any], as_json: bool) -> None:
    if as_json:
        from app.screen import print_json

        print_json(document)
        return
    card = document["card"]
    what = f" ({card['colour']} {card['subject']})" if "subject" in card else ""
    used = USES[document["kind"]].format(name=document["name"])
    typer.echo(
        f"{document['name']} is a {WORDS[document['kind']]}{what}: {document['bytes'] / 1000:.0f} kB, "
        f"{card['cpu_minutes']:g} processor minutes.\nSay “{used}” with --backend reel."
    )
