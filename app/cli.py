"""The command line. Parses words into calls of the director and prints what came of it; decides nothing else.

Exit codes: 0 complete, 3 degraded (the film exists, the report says what failed), 2 bad input, 1 error.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from app.bringing import Backdrops, Clips, FirstFrames, References, VoiceOver, VoiceText, read_material
from app.dev_llm.command import dev_llm
from app.directing import direct, tool
from app.remembering import add_to as add_memory_commands
from app.serving import keys_app, mcp, serve
from app.talking import chat
from app.teaching import teach
from storyboards.errors import StoryreelError

if TYPE_CHECKING:
    from agent.director import Director, Film
    from app.screen import Watcher

    Job = Callable[[Director, Watcher], Coroutine[Any, Any, Film]]

DEGRADED_EXIT = 3
INTERRUPTED_EXIT = 130

app = typer.Typer(
    name="storyreel", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="A brief goes in, a finished cut comes out, and every shot has been checked against the plan.",
)  # fmt: skip

app.command("dev-llm")(dev_llm)
app.command()(direct)
app.command()(tool)
app.command()(serve)
app.command()(mcp)
app.add_typer(keys_app, name="keys")
app.command()(chat)
app.command()(teach)
add_memory_commands(app)

BriefText = Annotated[
    str, typer.Argument(metavar="BRIEF|@FILE", help="what the film shows; @file reads it, - is stdin")
]
Project = Annotated[str, typer.Argument(metavar="PROJECT", help="its name, as `storyreel projects` lists it")]
Home = Annotated[Optional[Path], typer.Option(help="where projects live (else $STORYREEL_HOME)")]  # noqa: UP045
AsJson = Annotated[bool, typer.Option("--json", help="print one JSON object for machines")]
Out = Annotated[Optional[Path], typer.Option("--out", "-o", help="the film to write, an .mp4")]  # noqa: UP045
Duration = Annotated[Optional[float], typer.Option(help="seconds, 1 to 600")]  # noqa: UP045
Aspect = Annotated[Optional[str], typer.Option(help="16:9, 9:16 or 1:1")]  # noqa: UP045
Size = Annotated[Optional[str], typer.Option(help="pixels, such as 1280x720")]  # noqa: UP045
Rate = Annotated[str, typer.Option("--fps", help="frames a second, such as 24 or 30000/1001")]
Seed = Annotated[int, typer.Option(help="the same brief and seed give the same film")]
Style = Annotated[Optional[str], typer.Option(help="storybook, watercolour, ink, papercut or pixel")]  # noqa: UP045
Backend = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        help="who films: reel (the generator; STORYREEL_REEL_SIZE names one of its sizes), "
        "animatic (an exact preview), openai-videos or diffusers (once they are set, see docs/backends.md); "
        "else who filmed the project before, reel in a new one (STORYREEL_BACKEND)"
    ),
]
MaxCost = Annotated[Optional[float], typer.Option(min=0, help="dollars the film may cost, all runs together")]  # noqa: UP045
Approve = Annotated[bool, typer.Option("--approve", help="show plan and price, ask before filming")]
Captions = Annotated[str, typer.Option(help="soft, burn or none")]
JudgeName = Annotated[str, typer.Option("--judge", help="t1 measures; examiner, critic and vlm look, too")]


@app.command()
def make(
    brief: BriefText, out: Out = None, duration: Duration = None, aspect: Aspect = None, size: Size = None,
    fps: Rate = "24", seed: Seed = 0, style: Style = None, backend: Backend = None, captions: Captions = "soft",
    project: Annotated[Optional[str], typer.Option(help="name of the project to make or go on with")] = None,  # noqa: UP045
    home: Home = None,
    max_takes: Annotated[int, typer.Option(help="takes a shot may cost")] = 3,
    takes_at_once: Annotated[int, typer.Option(help="takes filmed side by side, of which the best is kept")] = 1,
    policy: Annotated[str, typer.Option(help="how retakes are made: directed, random or first")] = "directed",
    max_cost: MaxCost = None, approve: Approve = False,
    reference: References = None, clip: Clips = None, first_frame: FirstFrames = None, backdrop: Backdrops = None,
    voice_over: VoiceOver = None, voice_text: VoiceText = "", as_json: AsJson = False,
) -> None:  # fmt: skip
    """Make a film from a brief."""

    def prepare() -> Job:
        from app.briefs import read_brief, read_pictures

        shown = read_pictures(reference or ())
        material = read_material(clip, first_frame, backdrop, voice_over, voice_text)
        asked = read_brief(
            brief, duration_s=duration, aspect=aspect, size=size, fps=fps, seed=seed, style=style, captions=captions,
            max_takes=max_takes, max_cost=max_cost, takes_at_once=takes_at_once, policy=policy,
        )  # fmt: skip
        return lambda director, watcher: director.make(
            asked, project=project, out=out, on_event=watcher.on_event, approve=watcher.ask if approve else None,
            references=shown, material=material,
        )  # fmt: skip

    _film(prepare, home, backend, project, as_json, out)


@app.command()
def plan(
    brief: BriefText, duration: Duration = None, aspect: Aspect = None, size: Size = None, fps: Rate = "24",
    seed: Seed = 0, style: Style = None, home: Home = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Print the storyboard of a brief without filming it."""

    def work() -> None:
        import asyncio

        from app.bootstrap import choose_planner
        from app.briefs import read_brief
        from app.screen import print_plan

        asked = read_brief(
            brief, duration_s=duration, aspect=aspect, size=size, fps=fps, seed=seed, style=style, captions="soft"
        )
        board = asyncio.run(choose_planner(_settings(home)).plan(asked))
        print_plan(board, as_json)

    _guarded(work, as_json)


@app.command()
def edit(
    project: Project,
    words: Annotated[str, typer.Argument(help='what to change, such as "make shot 3 darker"')],
    out: Out = None, backend: Backend = None, reference: References = None, clip: Clips = None,
    first_frame: FirstFrames = None, backdrop: Backdrops = None, voice_over: VoiceOver = None,
    voice_text: VoiceText = "", max_cost: MaxCost = None, approve: Approve = False, home: Home = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Change a film in words; only what changed is filmed again."""

    def prepare() -> Job:
        from app.briefs import read_pictures

        shown = read_pictures(reference or ())
        material = read_material(clip, first_frame, backdrop, voice_over, voice_text)
        return lambda director, watcher: director.edit(
            project, words, out=out, on_event=watcher.on_event, references=shown, material=material,
            approve=watcher.ask if approve else None,
        )  # fmt: skip

    _film(prepare, home, backend, project, as_json, out, max_cost)


@app.command()
def resume(
    project: Project, out: Out = None, backend: Backend = None, max_cost: MaxCost = None, approve: Approve = False,
    home: Home = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Go on with a film that was interrupted; nothing that is ready is made again."""

    def prepare() -> Job:
        return lambda director, watcher: director.resume(
            project, out=out, on_event=watcher.on_event, approve=watcher.ask if approve else None
        )

    _film(prepare, home, backend, project, as_json, out, max_cost)


@app.command()
def projects(home: Home = None, as_json: AsJson = False) -> None:
    """List the projects of this home."""

    def work() -> None:
        from app.bootstrap import open_memory
        from app.screen import print_projects

        print_projects(open_memory(_settings(home)).projects.listing(), as_json)

    _guarded(work, as_json)


@app.command()
def show(project: Project, backend: Backend = None, home: Home = None, as_json: AsJson = False) -> None:
    """Show a project: its shots, their status, and what was found."""

    def work() -> None:
        from app.bootstrap import build_director
        from app.screen import print_project

        print_project(build_director(_settings(home), backend, project).show(project), as_json)

    _guarded(work, as_json)


@app.command()
def export(
    project: Project,
    to: Annotated[str, typer.Option(help="otio, otioz, edl, xml, fcpxml, srt or vtt; edlz, xmlz, fcpxmlz with media")],
    out: Annotated[Optional[Path], typer.Option("--out", "-o", help="file to write")] = None,  # noqa: UP045
    home: Home = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Write the edit of a film for another program."""

    def work() -> None:
        from agent.deliver import export_edit
        from app.bootstrap import build_director
        from app.screen import print_export

        place = out or Path(f"{project}.{to}")
        director = build_director(_settings(home), project=project)
        notes = export_edit(director.film(project), director.crew.store, to, place)
        print_export(project, to, place, notes, as_json)

    _guarded(work, as_json)


@app.command()
def train(
    what: Annotated[str, typer.Argument(metavar="WHAT", help="codec, finisher, image, video or cache")],
    size: Annotated[str, typer.Option(help="tiny, nano or small")] = "nano",
    codec: Annotated[str, typer.Option(help="layers or grid")] = "layers",
    device: Annotated[str, typer.Option(help="auto, cpu or cuda")] = "auto",
    minutes: Annotated[float, typer.Option(help="of this sitting; of all sittings for codec and finisher")] = 30.0,
    fresh: Annotated[bool, typer.Option("--fresh/--resume", help="from nothing, or where the last one ended")] = False,
    processes: Annotated[int, typer.Option(help="of one thread each; 0 chooses by the cores")] = 0,
    optimiser: Annotated[str, typer.Option(help="muon (with AdamW) or adamw alone")] = "muon",
    land: Annotated[bool, typer.Option("--land", help="write the weights where the program looks for them")] = False,
    start: Annotated[Optional[Path], typer.Option("--from", help="card of weights to begin with")] = None,  # noqa: UP045
    anneal: Annotated[float, typer.Option(help="share of the sitting over which the rate falls at its end")] = 0.0,
    cached: Annotated[Optional[bool], typer.Option("--cached/--direct", help="examples from the cache, or made as "  # noqa: UP045
                                                   "needed (default: cached for grid)")] = None,
    cache_gb: Annotated[float, typer.Option(help="space that the cache may take")] = 8.0,
    clips: Annotated[int, typer.Option(help="seeds that the cache is filled from")] = 20_000,
    state: Annotated[Path, typer.Option(help="where state, logs, samples and caches are kept")] = Path(".state"),
    shortcut: Annotated[int, typer.Option(metavar="N", help="every N steps, from the half of the sitting on, learn "
                                          "long ones, so that few are needed to film; 0: never")] = 0,
) -> None:  # fmt: skip
    """Train the generator: its codec, finisher, and the network on pictures or clips; goes on where it stopped."""

    def work() -> None:
        from app.train import Asked
        from app.train import train as train_it

        train_it(
            Asked(
                what, size, codec, device, minutes, fresh, processes, optimiser, land, start, anneal, cached, cache_gb,
                clips, state, shortcut,
            )
        )  # fmt: skip

    _guarded(work, as_json=False)


@app.command()
def score(
    plan: Annotated[Path, typer.Option(help="the storyboard, .json or .yaml")],
    video: Annotated[Path, typer.Option(help="any film: mp4, mov, mkv or webm")],
    edit_list: Annotated[Optional[Path], typer.Option(help="who plays when, .json or .otio; else found")] = None,  # noqa: UP045
    captions: Annotated[Optional[Path], typer.Option(help="captions beside the film, .srt or .vtt")] = None,  # noqa: UP045
    judge: JudgeName = "t1",
    report: Annotated[Optional[Path], typer.Option(help="write a page that shows it, .html")] = None,  # noqa: UP045
    home: Home = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Score anybody's film against a plan, claim by claim."""

    def work() -> None:
        from app.evals import run_score

        run_score(_settings(home), plan, video, edit_list, captions, judge, report, as_json)

    _guarded(work, as_json)


@app.command("eval")
def evaluate(
    suite: Annotated[str, typer.Argument(metavar="SUITE", help="dev, test, stress or fresh")],
    out: Annotated[Optional[Path], typer.Option("--out", "-o", help="folder of the run")] = None,  # noqa: UP045
    limit: Annotated[Optional[int], typer.Option(min=1, help="only the first plans")] = None,  # noqa: UP045
    backend: Annotated[str, typer.Option(help="animatic, first-take, random or static")] = "animatic",
    takes: Annotated[int, typer.Option(min=1, max=10, help="takes a shot may cost")] = 3,
    policy: Annotated[str, typer.Option(help="how retakes are made: directed, random or first")] = "directed",
    judge: JudgeName = "t1", seed: Annotated[int, typer.Option(help="of the suite fresh")] = 0,
    disk_mb: Annotated[int, typer.Option(min=1, help="films kept, in megabytes")] = 2048,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="write the results again, ask nobody")] = False,
    home: Home = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Plan, film and score a suite; a run that was killed goes on where it stopped."""

    def work() -> None:
        from app.evals import run_eval

        place = out or Path("runs") / f"{suite}-{backend}"
        run_eval(_settings(home), suite, place, limit, backend, takes, policy, judge, seed, disk_mb, rebuild, as_json)

    _guarded(work, as_json)


@app.command()
def compare(
    first: Annotated[Path, typer.Argument(help="folder of a run")],
    second: Annotated[Path, typer.Argument(help="folder of another run of the same plans")],
    as_json: AsJson = False,
) -> None:
    """Compare two runs, claim by claim and clustered by plan."""

    def work() -> None:
        from app.evals import run_compare

        run_compare(first, second, as_json)

    _guarded(work, as_json)


@app.command()
def calibrate(
    out: Annotated[Path, typer.Option("--out", "-o", help="folder for rows and tables")],
    judge: JudgeName = "t1",
    scenes: Annotated[int, typer.Option(min=1, help="scenes of true and false claims")] = 200,
    others: Annotated[int, typer.Option(min=1, help="scenes of every other part")] = 24,
    seed: Annotated[int, typer.Option(min=0, help="of the first scene")] = 60_000,
    parts: Annotated[str, typer.Option(help="pairs,ladders,crosstalk,nulls,exploits; all if empty")] = "",
    home: Home = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Ask a judge about claims whose truth is known."""

    def work() -> None:
        from app.evals import run_calibrate

        run_calibrate(_settings(home), out, judge, scenes, others, seed, parts, as_json)

    _guarded(work, as_json)


def _film(
    prepare: Callable[[], Job],
    home: Path | None,
    backend: str | None,
    project: str | None,
    as_json: bool,
    out: Path | None,
    max_cost: float | None = None,
) -> None:
    """Check the input, then run one film-making call under a progress display; exit 3 when the film is degraded."""

    def run() -> None:
        import asyncio

        from agent.budget import allow_cost
        from app.bootstrap import build_director
        from app.outputs import writable_film
        from app.screen import Watcher, print_film

        if out is not None:
            writable_film(out)
        job = prepare()
        director = build_director(_settings(home), backend, project)
        if max_cost is not None and project is not None:
            allow_cost(director.crew, project, max_cost)
        with Watcher(silent=as_json) as watcher:
            film = asyncio.run(job(director, watcher))
        print_film(film, as_json)
        if film.status != "complete":
            raise typer.Exit(DEGRADED_EXIT)

    _guarded(run, as_json)


def _settings(home: Path | None) -> Any:
    import os

    from app.settings import read_settings

    return read_settings(os.environ, home)


def _guarded(work: Callable[[], None], as_json: bool) -> None:
    """Run ``work``; expected failures become one message and their exit code, bugs stay tracebacks."""
    try:
        work()
    except StoryreelError as error:
        from app.screen import print_error

        print_error(error, as_json)
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        typer.echo(
            "Stopped. Nothing that was ready is lost: `storyreel projects`, then `storyreel resume PROJECT`.", err=True
        )
        raise typer.Exit(INTERRUPTED_EXIT) from None


def main() -> None:
    """Entry point of the ``storyreel`` command."""
    app()


if __name__ == "__main__":
    main()
