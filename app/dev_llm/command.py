"""``storyreel dev-llm``: the scripted model as a server for developers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from app.dev_llm.faults import FaultKind


def dev_llm(
    port: Annotated[int, typer.Option(min=0, max=65535, help="on this machine alone; 0 takes a free one")] = 8765,
    fault: Annotated[str, typer.Option(help="what goes wrong, in order and comma-separated; - is an answer")] = "",
    every: Annotated[int, typer.Option(min=0, help="repeat those faults every so many calls; 0 never")] = 0,
) -> None:
    """Serve a scripted OpenAI-compatible model that plans by the rulebook, with faults on request."""
    from app.dev_llm.mind import studio_mind
    from app.dev_llm.server import MODEL, DevServer, one_after_another

    listed = read_faults(fault)
    once = one_after_another(listed)
    server = DevServer(studio_mind, (lambda call: once((call - 1) % every + 1)) if every else once, port=port)
    typer.echo(f"export STORYREEL_LLM_BASE_URL={server.base_url} STORYREEL_LLM_MODEL={MODEL}")
    try:
        server.serve()
    except KeyboardInterrupt:
        return


def read_faults(words: str) -> list[FaultKind | None]:
    """The faults of a comma-separated list, None for ``-``.

    Raises:
        typer.BadParameter: with the faults there are.
    """
    from app.dev_llm.faults import FAULTS

    known: dict[str, FaultKind] = {name: name for name in FAULTS}
    named = [word.strip() for word in words.split(",") if word.strip()]
    strange = [word for word in named if word != "-" and word not in known]
    if strange:
        raise typer.BadParameter(f"{strange[0]!r} is no fault; there are {', '.join(FAULTS)}")
    return [None if word == "-" else known[word] for word in named]
