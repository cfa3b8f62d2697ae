"""The same clips before the measurements that the review loop uses (tiers T0 and T1), beside the reader's answers."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import torch

from evals.adherence_makers import bytes_of
from evals.adherence_scenes import FPS, Asked
from evals.adherence_score import Row

UNMEASURABLE = "unmeasurable"
KINDS = (
    "subject",
    "count",
    "colour",
    "direction",
    "relation",
    "framing",
    "camera",
    "time",
    "weather",
    "freeze",
    "flicker",
)
ENLARGED = 2
"""Clips are judged at twice their size, so that the encoder's blocks are small against what is shown."""


def measured_rows(asked: Asked, video_FCHW: torch.Tensor) -> list[Row]:
    """One row for each claim of the scene's plan about the picture; ``said`` is ``asked`` where the claim passed.

    Claims about sound are left out, and the focus of the camera, for which a plan has no word, is the first subject's.
    """
    from evals.scenes import board_of
    from storyboards.claims import shot_claims
    from storyboards.clock import FrameRate
    from tools.contract import Footage, request_for
    from tools.measure import Measurements
    from tools.media import FrameWriter

    height, width = video_FCHW.shape[-2] * ENLARGED, video_FCHW.shape[-1] * ENLARGED
    large = torch.nn.functional.interpolate(video_FCHW, size=(height, width), mode="bicubic", align_corners=False)
    board = board_of(replace(asked.scene, focus=0), width, height, FPS)
    shot = board.shots[0]
    claims = tuple(claim for claim in shot_claims(board, shot) if claim.kind in KINDS)
    rate = FrameRate(numerator=FPS)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "take.mp4"
        with FrameWriter(path, width, height, rate, crf=12) as writer:
            writer.write(bytes_of(large))
        verdicts = Measurements().judge(Footage(path, None, rate, len(large)), claims, request_for(board, shot))
    rows = []
    for claim, verdict in zip(claims, verdicts, strict=True):
        wanted = claim.expected or str(claim.number)
        said = {"pass": wanted, "unmeasurable": UNMEASURABLE}.get(verdict.outcome, f"not {wanted}: {verdict.measured}")
        rows.append(Row(asked.seed, "measured", claim.kind, wanted, said, round(verdict.confidence, 3)))
    return rows
