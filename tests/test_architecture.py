"""The direction of the rooms, read from the sources: every import counts, lazy ones inside functions too."""

from __future__ import annotations

import ast
import importlib.metadata
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

MAY_IMPORT = {
    "storyboards": set(),
    "models": set(),
    "tools": {"storyboards", "models"},
    "agent": {"storyboards", "tools"},
    "evals": {"storyboards", "models", "tools", "agent"},
    "app": {"storyboards", "models", "tools", "agent", "evals"},
}
THIRD_PARTY = {
    "storyboards": {"pydantic"},
    "models": {"torch", "numpy", "safetensors", "einops"},
}
CODECS = {"av", "imageio", "imageio_ffmpeg"}
CODEC_PROGRAMS = {"ffmpeg", "ffprobe"}
HEAVY = {"torch", "openai", "langgraph", "moviepy", "av", "scipy", "sqlalchemy"}
SHAPELESS_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "handler", "misc"}
READS_AT_IMPORT = {"open", "os.getenv", "os.environ.get", "torch.load", "sqlalchemy.create_engine"}
READS_AT_IMPORT |= {"create_engine", "load_file", "safetensors.torch.load_file"}
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
LONG_ON_PURPOSE: set[str] = set()  # "room/file.py:function"; to stay empty


@dataclass(frozen=True)
class Source:
    """One python file: `path` relative to the repository, posix style."""

    path: str
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        return self.path.partition("/")[0]

    @property
    def is_media(self) -> bool:
        return self.path == "tools/media.py" or self.path.startswith("tools/media/")


def sources(root: Path, *folders: str) -> list[Source]:
    """Every python file under `folders` of `root`."""
    files = sorted(file for folder in folders for file in (root / folder).rglob("*.py"))
    texts = [(file.relative_to(root).as_posix(), file.read_text(encoding="utf-8")) for file in files]
    return [Source(path, text, ast.parse(text, filename=path)) for path, text in texts]


def dotted(node: ast.AST) -> str:
    """`os.environ.get` for the expression of that name; "" for anything that is not a plain dotted name."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=owner, attr=name) if dotted(owner):
            return f"{dotted(owner)}.{name}"
    return ""


def imports(source: Source) -> Iterator[tuple[int, str]]:
    """(line, full dotted name) of everything `source` imports, wherever in the file it stands."""
    package = source.path.split("/")[:-1]
    for node in ast.walk(source.tree):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                near = package[: len(package) - level + 1] if level else []
                origin = ".".join([*near, *([module] if module else [])])
                yield from ((node.lineno, f"{origin}.{alias.name}") for alias in names)
            case ast.Call(func=called, args=[ast.Constant(value=str(name)), *_]):
                if dotted(called) in {"__import__", "import_module", "importlib.import_module"}:
                    yield node.lineno, name


def wrong_directions(source: Source) -> Iterator[str]:
    """Imports that go uphill, or sideways."""
    for line, name in imports(source):
        room = name.partition(".")[0]
        if room in MAY_IMPORT and room != source.room and room not in MAY_IMPORT[source.room]:
            yield f"{source.path}:{line}: {source.room} must not import {name}"


def strangers(source: Source) -> Iterator[str]:
    """Third-party packages that a room is not allowed."""
    allowed = THIRD_PARTY.get(source.room)
    if allowed is None:
        return
    for line, name in imports(source):
        package = name.partition(".")[0]
        if package not in allowed | set(sys.stdlib_module_names) | set(MAY_IMPORT):
            yield f"{source.path}:{line}: {source.room} may use only {sorted(allowed)}, not {package}"


def codecs_outside_media(source: Source) -> Iterator[str]:
    """Codec libraries imported, or their programs named as a command, anywhere but in tools/media."""
    if source.is_media:
        return
    for line, name in imports(source):
        if name.partition(".")[0] in CODECS:
            yield f"{source.path}:{line}: only tools/media may import {name}"
    for node in ast.walk(source.tree):
        match node:
            case ast.Call(args=words) | ast.List(elts=words) | ast.Tuple(elts=words):
                for word in words:
                    if isinstance(word, ast.Constant) and Path(str(word.value)).name in CODEC_PROGRAMS:
                        yield f"{source.path}:{word.lineno}: only tools/media may run {word.value}"


def mocks(source: Source) -> Iterator[str]:
    """unittest.mock and what wraps it."""
    for line, name in imports(source):
        if name.startswith(("unittest.mock", "mock.", "pytest_mock")) or name == "mock":
            yield f"{source.path}:{line}: {name}; fakes are small real things"
    for node in ast.walk(source.tree):
        if isinstance(node, ast.arg) and node.arg == "mocker":
            yield f"{source.path}:{node.lineno}: mocker; fakes are small real things"


def too_long(source: Source) -> Iterator[str]:
    """Files and functions that do not fit their screen."""
    lines = source.text.count("\n")
    if lines > MAX_FILE_LINES and source.path not in LONG_ON_PURPOSE:
        yield f"{source.path}: {lines} lines, at most {MAX_FILE_LINES}"
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > MAX_FUNCTION_LINES and f"{source.path}:{node.name}" not in LONG_ON_PURPOSE:
                too_much = f"{length} lines, at most {MAX_FUNCTION_LINES}"
                yield f"{source.path}:{node.lineno}: {node.name} has {too_much}"


def shapeless_names(source: Source) -> Iterator[str]:
    """Files or folders that are named after nothing."""
    for part in source.path.removesuffix(".py").split("/"):
        if part in SHAPELESS_NAMES:
            yield f"{source.path}: name it after what is in it, not {part!r}"


def run_at_import(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """Every node that runs when the module is imported: not the bodies of functions, nor the main guard."""
    pending: list[ast.AST] = list(body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            pending += [*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)]
            continue
        if isinstance(node, ast.Lambda) or (isinstance(node, ast.If) and is_main_guard(node)):
            continue
        yield node
        pending += ast.iter_child_nodes(node)


def is_main_guard(node: ast.If) -> bool:
    return isinstance(node.test, ast.Compare) and dotted(node.test.left) == "__name__"


def work_at_import(source: Source) -> Iterator[str]:
    """Files, environment variables, engines and weights touched by merely importing a module."""
    for node in run_at_import(source.tree.body):
        if isinstance(node, ast.Call):
            called = dotted(node.func)
            method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            if called in READS_AT_IMPORT or method in {"read_text", "read_bytes", "mkdir", "write_text"}:
                yield f"{source.path}:{node.lineno}: {called or method}() runs at import"
        if isinstance(node, ast.Subscript) and dotted(node.value) == "os.environ":
            yield f"{source.path}:{node.lineno}: os.environ is read or set at import"


Rule = Callable[[Source], Iterator[str]]
ROOM_RULES: list[Rule] = [
    wrong_directions,
    strangers,
    codecs_outside_media,
    mocks,
    too_long,
    shapeless_names,
    work_at_import,
]
TEST_RULES: list[Rule] = [mocks, too_long]


@pytest.mark.parametrize("rule", ROOM_RULES, ids=lambda rule: rule.__name__)
def test_the_rooms_keep_the_rule(rule: Rule) -> None:
    rooms = sources(ROOT, *MAY_IMPORT)
    assert {source.room for source in rooms} == set(MAY_IMPORT), "a room is missing"
    assert [breach for source in rooms for breach in rule(source)] == []


@pytest.mark.parametrize("rule", TEST_RULES, ids=lambda rule: rule.__name__)
def test_the_tests_keep_the_rule(rule: Rule) -> None:
    assert [breach for source in sources(ROOT, "tests") for breach in rule(source)] == []


def test_nothing_is_long_on_purpose() -> None:
    assert set() == LONG_ON_PURPOSE


LONG_FUNCTION = "def endless() -> None:\n" + "    print()\n" * 60
PLANTED = [
    (wrong_directions, "models/net.py", "import storyboards.shot\n"),
    (wrong_directions, "storyboards/shot.py", "from tools import contract\n"),
    (wrong_directions, "agent/graph.py", "def plan():\n    from models.world import scene\n"),
    (wrong_directions, "tools/edit.py", "import importlib\nimportlib.import_module('agent.graph')\n"),
    (wrong_directions, "agent/plan.py", "class A:\n    async def a(self):\n        import evals\n"),
    (wrong_directions, "evals/run.py", "from app.bootstrap import build\n"),
    (wrong_directions, "tools/measure/colour.py", "if True:\n    from app import cli\n"),
    (strangers, "storyboards/brief.py", "def load():\n    import yaml\n"),
    (strangers, "models/blocks.py", "import scipy.signal\n"),
    (codecs_outside_media, "evals/bench.py", "def probe():\n    import av\n"),
    (codecs_outside_media, "tools/edit.py", "from imageio_ffmpeg import get_ffmpeg_exe\n"),
    (codecs_outside_media, "tools/speak.py", "import shutil\nshutil.which('ffmpeg')\n"),
    (codecs_outside_media, "app/cli.py", "command = ['/usr/bin/ffmpeg', '-i']\n"),
    (mocks, "agent/plan.py", "from unittest import mock\n"),
    (mocks, "agent/plan.py", "import unittest.mock as m\n"),
    (mocks, "agent/plan.py", "def test_it(mocker): ...\n"),
    (too_long, "agent/plan.py", "x = 1\n" * 401),
    (too_long, "agent/plan.py", LONG_FUNCTION),
    (shapeless_names, "tools/utils.py", ""),
    (shapeless_names, "tools/helpers/colour.py", ""),
    (work_at_import, "models/text.py", "WORDS = open('words.txt').read()\n"),
    (work_at_import, "models/text.py", "from pathlib import Path\nWORDS = Path('words.txt').read_text()\n"),
    (work_at_import, "app/settings.py", "import os\nHOME = os.environ['HOME']\n"),
    (work_at_import, "app/settings.py", "import os\ndef home(at=os.getenv('HOME')): ...\n"),
]


@pytest.mark.parametrize(("rule", "path", "text"), PLANTED)
def test_a_planted_breach_is_found(rule: Rule, path: str, text: str, tmp_path: Path) -> None:
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")
    breaches = [breach for source in sources(tmp_path, *MAY_IMPORT) for breach in rule(source)]
    assert len(breaches) == 1
    assert breaches[0].startswith(path)


INNOCENT = """\
from __future__ import annotations
import os
from models.world import scene
from storyboards.shot import Shot
SIZES = (1, 2)
def read(path: str) -> str:
    import av
    return open(path).read() + os.environ["HOME"] + "ffmpeg is only mentioned"
run(["ffmpeg", "-nostdin"])
if __name__ == "__main__":
    print(open("x"))
"""


def test_innocent_sources_pass(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "media.py").write_text(INNOCENT, encoding="utf-8")
    (innocent,) = sources(tmp_path, "tools")
    assert [breach for rule in ROOM_RULES for breach in rule(innocent)] == []


def test_no_other_distribution_brings_our_folder_names() -> None:
    owners = importlib.metadata.packages_distributions()
    assert {room: set(owners.get(room, [])) - {"storyreel"} for room in MAY_IMPORT} == {
        room: set() for room in MAY_IMPORT
    }


def modules_loaded_by(statement: str) -> set[str]:
    """Top-level packages in sys.modules after running `statement` in a fresh interpreter."""
    script = f"import sys\n{statement}\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_the_command_line_starts_light() -> None:
    assert modules_loaded_by("import app.cli") & HEAVY == set()


def test_the_probe_for_lightness_sees_weight() -> None:
    assert "av" in modules_loaded_by("import av")


def test_the_film_on_paper_stays_light() -> None:
    names = sorted(source.path.removesuffix(".py").replace("/", ".") for source in sources(ROOT, "storyboards"))
    modules = ", ".join(name.removesuffix(".__init__") for name in names)
    assert modules_loaded_by(f"import {modules}") & (HEAVY | {"tools", "agent", "models"}) == set()
