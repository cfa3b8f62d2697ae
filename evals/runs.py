"""A suite run: plan, film, score for every plan; killed at any point, the next run goes on where it stopped.

OUT/run.json        the manifest              OUT/films/NAME.mp4, .json   films and what they cost
OUT/claims.jsonl    every claim, every tier   OUT/verdicts/…              verdicts by film, plan and judge
OUT/summary.json    counts, shares, times     OUT/plans/NAME.json         everything the report shows of a plan
OUT/summary.csv     the same as a table       OUT/report.html             opens from the disk, no network
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals.edit_list import EditList
from evals.filming import Filmer, leave
from evals.manifest import judges_of, manifest_of
from evals.pictures import pictures_of
from evals.probes import FILMS, hold_probes
from evals.records import Cache, read_json, size_of, sweep, write_json
from evals.score import SCORE_VERSION, score_video
from evals.suites import Plan, Suite
from evals.tally import tally, with_tier_two
from storyboards.claims import compile_claims
from storyboards.errors import BadInput, StoryreelError
from storyboards.timeline import Timeline
from tools.faults import reached

if TYPE_CHECKING:
    from tools.contract import Judge

DISK_BYTES = 2 * 1024**3
PROBED_FILMS = 24
Document = dict[str, Any]
Watch = Callable[[str, int, int], None]
"""Called with what is being done, the number of the plan, and how many there are."""


@dataclass(frozen=True)
class Running:
    """A run in a folder.

    Attributes:
        looking: a judge of tier T2, or None.
        disk_bytes: films beyond this are removed once they are scored, oldest first.
    """

    suite: Suite
    filmer: Filmer
    out: Path
    looking: Judge | None = None
    disk_bytes: int = DISK_BYTES
    seed: int = 0

    @property
    def cache(self) -> Cache:
        return Cache(self.out / "verdicts")

    def film_path(self, plan: Plan) -> Path:
        return self.out / "films" / f"{plan.name}.mp4"


def run_suite(run: Running, watch: Watch = lambda what, number, count: None) -> Document:
    """Film and score every plan, write all results, and return the summary.

    Raises:
        BadInput: the folder holds a run of something else.
    """
    from evals.results import write_results

    manifest = manifest_of(run.suite, run.filmer, run.looking, run.seed)
    _claim_folder(run.out, manifest)
    sweep(run.out)
    count = len(run.suite.plans)
    for number, plan in enumerate(run.suite.plans, start=1):
        watch(f"{plan.name}: {len(plan.board.shots)} shots", number, count)
        record = _filmed(run, plan)
        reached("eval.filmed")
        _scored(run, plan, record)
        reached("eval.scored")
        _keep_small(run)
    write_json(run.out / "probes.json", _probed(run))
    return write_results(run.out)


def _claim_folder(out: Path, manifest: Document) -> None:
    """The manifest of this run, unless the folder has another one."""
    known = read_json(out / "run.json")
    fixed = ("score_version", "suite", "backend", "backend_version", "fresh_seed")
    if isinstance(known, dict):
        other = [name for name in fixed if known.get(name) != manifest[name]]
        if other:
            raise BadInput(
                f"{out} holds another run: {', '.join(f'{n} is {known.get(n)!r}' for n in other)}.",
                next_step="Choose another --out.",
            )
    write_json(out / "run.json", manifest)


def _filmed(run: Running, plan: Plan) -> Document:
    """What is known of the plan's film; it is made now unless it was before."""
    path, note = run.film_path(plan), run.out / "films" / f"{plan.name}.json"
    key = {"plan": plan.digest, "backend": run.filmer.name, "version": run.filmer.version}
    known = read_json(note)
    ready = isinstance(known, dict) and known.get("key") == key and bool(known.get("video_sha256"))
    if ready and (known.get("dropped") or _is_whole(path, known["video_sha256"])):
        return dict(known)
    home = run.out / "work" / plan.name
    record: Document = {"key": key, "video_sha256": "", "failure": ""}
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        from tools.store import file_sha256

        filmed = run.filmer.film(plan.board, path, home)
        reached("eval.film.made")
        record |= {
            "video_sha256": file_sha256(path), "timeline": filmed.timeline.model_dump(mode="json"),
            "wall_s": filmed.wall_s, "cost_usd": filmed.cost_usd, "takes": filmed.takes, "nodes": dict(filmed.nodes),
            "notes": list(filmed.notes),
        }  # fmt: skip
    except StoryreelError as error:
        record["failure"] = str(error)
    write_json(note, record)
    leave(home)
    return record


def _is_whole(path: Path, sha256: str) -> bool:
    from tools.store import file_sha256

    return path.exists() and file_sha256(path) == sha256


def _scored(run: Running, plan: Plan, record: Document) -> None:
    """The plan's record for the report, from remembered verdicts where there are any."""
    if record["failure"]:
        card: Document = unmade(plan, record["failure"])
        pictures: Document = {"strips": {}, "evidence": {}, "wave": []}
    else:
        measured = _card(run, plan, record, None)
        looked = _card(run, plan, record, run.looking) if run.looking is not None else None
        card = with_tier_two(measured, looked)
        shown = {"pictures": 1, "video": record["video_sha256"], "card": _shown(card)}
        kept = run.cache.recall(shown)
        pictures = kept if kept is not None else pictures_of(_present(run, plan, record), card)
        if kept is None:
            run.cache.keep(shown, pictures)
    spend = {name: record.get(name) for name in ("wall_s", "cost_usd", "takes", "nodes", "notes", "failure")}
    document = {"name": plan.name, "plan": plan.board.document(), "card": card, "pictures": pictures, "spend": spend}
    write_json(run.out / "plans" / f"{plan.name}.json", document)


def _shown(card: Document) -> list[Any]:
    """What of a card decides which pictures are shown."""
    failed = [[a["claim"]["id"], a["outcome"]] for a in card["answers"] if a["outcome"] == "fail"]
    return [card["shots"], failed]


def _card(run: Running, plan: Plan, record: Document, looking: Judge | None) -> Document:
    """Remembered by film, plan, edit and judge."""
    edits = EditList.of(Timeline.model_validate(record["timeline"]))
    judge = judges_of(looking)[-1]
    question = {
        "score": SCORE_VERSION, "video": record["video_sha256"], "plan": plan.digest, "judge": judge,
        "edit": edits.model_dump(mode="json"),
    }  # fmt: skip
    known = run.cache.recall(question)
    if known is None:
        video = _present(run, plan, record)
        found = score_video(plan.board, video, edits=edits, looking=looking, measuring=looking is None)
        known = {**found.document(), "seconds": dict(found.seconds)}
        run.cache.keep(question, known)
    return dict(known)


def _present(run: Running, plan: Plan, record: Document) -> Path:
    """The film on the disk; one that was dropped is made again."""
    path = run.film_path(plan)
    if not _is_whole(path, record["video_sha256"]):
        run.filmer.film(plan.board, path, run.out / "work" / plan.name)
        leave(run.out / "work" / plan.name)
    return path


def unmade(plan: Plan, why: str) -> Document:
    """The card of a plan of which there is no film: every claim fails, and says why."""
    answers = []
    for claim in compile_claims(plan.board):
        verdict = {"claim_id": claim.id, "outcome": "fail", "tier": "T0", "measured": f"there is no film: {why}",
                   "confidence": 1.0, "judge": "", "evidence": {"note": "", "frame": None, "box": None,
                                                                "span_s": None}}  # fmt: skip
        answers.append({"claim": claim.model_dump(mode="json"), "outcome": "fail", "verdicts": [verdict]})
    shots = [{"shot": s.id, "start": 0, "end": 0, "edge": "given", "note": why} for s in plan.board.shots]
    return {
        "schema_version": "storyreel.score/1", "plan": plan.digest, "title": plan.board.title, "video_sha256": "",
        "frames": 0, "rate_hz": float(plan.board.rate.fraction), "judges": [], "shots": shots, "file": [],
        "answers": answers, "notes": [why], "seconds": {}, **tally(answers),
    }  # fmt: skip


def _keep_small(run: Running) -> None:
    """Remove the oldest films once all of them are larger than agreed; their scores stay."""
    films = sorted((run.out / "films").glob("*.mp4"), key=lambda path: path.stat().st_mtime)
    while films and size_of(run.out / "films") > run.disk_bytes:
        oldest = films.pop(0)
        note = oldest.with_suffix(".json")
        known = read_json(note)
        if isinstance(known, dict):
            write_json(note, {**known, "dropped": True})
        oldest.unlink()


def _probed(run: Running) -> list[Document]:
    """The hidden probes of the judge that looks, remembered by judge and films; empty without one."""
    if run.looking is None:
        return []
    whole: list[tuple[Plan, Document]] = []
    for plan in run.suite.plans:
        record = read_json(run.out / "films" / f"{plan.name}.json")
        if len(whole) == PROBED_FILMS or not isinstance(record, Mapping) or not record.get("video_sha256"):
            continue
        # What was dropped is made again only for the films that every probe is put to.
        if len(whole) < FILMS or not record.get("dropped"):
            whole.append((plan, dict(record)))
    question = {"probes": 2, "judge": judges_of(run.looking)[-1], "films": [r["video_sha256"] for _, r in whole]}
    known = run.cache.recall(question)
    if known is None:
        films = [(plan.board, _present(run, plan, record)) for plan, record in whole]
        known = [row.document() for row in hold_probes(run.looking, films)]
        run.cache.keep(question, known)
    return list(known)
