"""``storyreel serve`` and ``storyreel keys``: a server over a home, and who may use it."""

from __future__ import annotations

import faulthandler
import logging
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional, TextIO

import typer

if TYPE_CHECKING:
    from app.service.callers import Scope
    from app.service.keys import Keys

SWITCH_S = 0.0005
"""How long a thread that films keeps the interpreter from the one that answers, who needs it several times."""

keys_app = typer.Typer(no_args_is_help=True, help="API keys: who may use the server.")

HomeOption = Annotated[Optional[str], typer.Option("--home", help="where projects live (else $STORYREEL_HOME)")]  # noqa: UP045
Host = Annotated[str, typer.Option(help="address to listen on; another than this machine's own needs keys")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="port; 0 for any that is free")]


def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    backend: Annotated[Optional[str], typer.Option(help="films what nobody has filmed yet")] = None,  # noqa: UP045
    workers: Annotated[int, typer.Option(min=1, max=16, help="films made at once")] = 1,
    allow_host: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(metavar="NAME", help="another name the server goes by; repeatable"),
    ] = None,
    allow_target: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(metavar="HOST:PORT", help="of a webhook that is not on the public internet; repeatable"),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="log warnings only")] = False,
    home: HomeOption = None,
) -> None:
    """Serve the page, the OpenAI-compatible API and the studio's own."""
    from app.cli import _guarded

    names, targets = frozenset(name.lower() for name in allow_host or ()), frozenset(allow_target or ())
    _guarded(lambda: _serve(home, host, port, backend, workers, names, targets, quiet), False)


def _serve(
    home: str | None, host: str, port: int, backend: str | None, workers: int, names: frozenset[str],
    targets: frozenset[str], quiet: bool,
) -> None:  # fmt: skip
    import uvicorn

    from app.api.app import build_app
    from app.api.config import ServeConfig
    from app.api.parser import BoundedHttp
    from app.bootstrap import build_studio
    from app.settings import read_settings

    _log_to(sys.stderr, quiet)
    if hasattr(signal, "SIGUSR1"):
        # `kill -USR1` writes what every thread is doing to stderr: for a job that does not come to an end.
        faulthandler.register(signal.SIGUSR1, all_threads=True)
    sys.setswitchinterval(SWITCH_S)
    settings = read_settings(os.environ, Path(home) if home else None)
    config = ServeConfig(host=host, port=port, hosts=names, targets=targets)
    studio = build_studio(settings, backend, workers)
    app = build_app(studio, config)
    typer.echo(f"storyreel: http://{host}:{port}/ for people, http://{host}:{port}/v1 for the openai SDK", err=True)
    uvicorn.run(
        app, host=host, port=port, access_log=False, log_level="warning", server_header=False, date_header=True,
        timeout_keep_alive=20, timeout_graceful_shutdown=5, proxy_headers=False, http=BoundedHttp,
    )  # fmt: skip


def mcp(
    backend: Annotated[Optional[str], typer.Option(help="films what nobody has filmed yet")] = None,  # noqa: UP045
    home: HomeOption = None,
) -> None:
    """Serve the studio as MCP tools on standard input and output (a running server has them at /mcp)."""
    from app.cli import _guarded

    def work() -> None:
        from app.bootstrap import build_studio
        from app.mcp import run_stdio
        from app.settings import read_settings

        _log_to(sys.stderr, quiet=True)
        run_stdio(build_studio(read_settings(os.environ, Path(home) if home else None), backend))

    _guarded(work, False)


def _log_to(stream: TextIO, quiet: bool) -> None:
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    # At the root, so that no library that finds none there hangs up its own, which writes in colours and slowly.
    logging.getLogger().handlers[:] = [handler]
    logging.getLogger("storyreel").setLevel(logging.WARNING if quiet else logging.INFO)


def _keys(home: str | None) -> Keys:
    from app.bootstrap import open_memory
    from app.service.keys import Keys
    from app.settings import read_settings

    return Keys(open_memory(read_settings(os.environ, Path(home) if home else None)).database)


@keys_app.command("create")
def create_key(
    name: Annotated[str, typer.Argument(help="what it is for")],
    tenant: Annotated[str, typer.Option(help="whose films it sees; its own alone by default")] = "",
    read_only: Annotated[bool, typer.Option("--read-only", help="sees, makes nothing")] = False,
    jobs: Annotated[int, typer.Option(min=0, help="jobs under way at once")] = 8,
    seconds: Annotated[float, typer.Option(min=0, help="of film a day")] = 3600.0,
    usd: Annotated[float, typer.Option(min=0, help="dollars a day")] = 10.0,
    home: HomeOption = None,
) -> None:
    """Make a key and show it, this once."""
    from app.cli import _guarded
    from app.service.callers import KeyLimits

    def work() -> None:
        limits = KeyLimits(jobs_at_once=jobs, seconds_a_day=seconds, usd_a_day=usd)
        scopes: tuple[Scope, ...] = ("read",) if read_only else ("read", "make")
        view, secret = _keys(home).create(name, tenant, scopes, limits)
        typer.echo(f"{view.id} of {view.tenant}. The key, which is shown this once:", err=True)
        typer.echo(secret)

    _guarded(work, False)


@keys_app.command("list")
def list_keys(home: HomeOption = None) -> None:
    """List the keys, without their secrets."""
    from app.cli import _guarded

    def work() -> None:
        for key in _keys(home).listing():
            state = "revoked" if key.revoked_at_s else ",".join(key.scopes)
            typer.echo(f"{key.id}  {state:<10}  {key.tenant:<20}  {key.name}")

    _guarded(work, False)


@keys_app.command("revoke")
def revoke_key(
    key_id: Annotated[str, typer.Argument(help="its id, as `storyreel keys list` shows it")], home: HomeOption = None
) -> None:  # fmt: skip
    """Make a key worthless; a running server knows it within a second."""
    from app.cli import _guarded

    def work() -> None:
        typer.echo(f"{_keys(home).revoke(key_id).id} is revoked.")

    _guarded(work, False)
