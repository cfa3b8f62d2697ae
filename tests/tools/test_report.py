"""The report holds every claim with its verdict, escapes what people wrote, and needs nothing but itself."""

import io

import numpy as np
import pytest
from PIL import Image

from storyboards.claims import compile_claims
from storyboards.clock import FrameSpan
from storyboards.critique import Evidence, Verdict
from storyboards.storyboard import Storyboard, read_storyboard
from storyboards.timeline import Caption, Clip, Timeline
from tools.report import PEAKS, ReportContent, Still, render_report, wave_path


def _still(frame: int, box: tuple[float, float, float, float] | None = None) -> Still:
    buffer = io.BytesIO()
    Image.new("RGB", (16, 9), (200, 90, 40)).save(buffer, format="JPEG")
    return Still(buffer.getvalue(), frame, box)


@pytest.fixture
def board() -> Storyboard:
    return read_storyboard(
        {
            "title": "<script>alert(1)</script>",
            "rate": "24",
            "width": 320,
            "height": 180,
            "elements": [{"id": "fox", "subject": "fox", "colour": "orange"}],
            "shots": [
                {
                    "id": "s1",
                    "duration_s": 2,
                    "setting": "forest",
                    "parts": [{"element": "fox"}],
                    "prompt": "A fox & co",
                }
            ],
            "substitutions": [{"asked": "a unicorn", "drawn": "drawn as a deer", "why": "not known"}],
        }
    )


@pytest.fixture
def content(board: Storyboard) -> ReportContent:
    clip = Clip(
        shot_id="s1", take_key="k", video_sha256="v",
        source=FrameSpan(start=0, end=48), record=FrameSpan(start=0, end=48),
    )  # fmt: skip
    captions = (Caption(start_s=0.5, end_s=1.5, text="Hello"),)
    timeline = Timeline(title="t", rate=board.rate, width=320, height=180, picture=(clip,), captions=captions)
    purple = Verdict(
        claim_id="s1.colour.fox", outcome="fail", tier="T1", measured="purple", evidence=Evidence(frame=3)
    )  # fmt: skip
    return ReportContent(
        board=board, timeline=timeline, status="degraded", claims=compile_claims(board), verdicts=(purple,),
        takes={}, kept={}, stills={"s1": (_still(24),)}, film_name="a film?.mp4",
        evidence={"s1.colour.fox": _still(3, (0.25, 0.5, 0.75, 1.0))}, notes=("nobody could speak",),
        wave=np.sin(np.linspace(0, 900, 48_000)).astype(np.float32),
    )  # fmt: skip


def test_every_claim_is_there_and_silence_is_unmeasurable(content):
    page = render_report(content)
    assert all(claim.id in page for claim in content.claims)
    assert page.count('none">unmeasurable<') == len(content.claims) - 1
    assert "purple" in page
    assert "nobody could speak" in page
    assert "a unicorn" in page


def test_words_of_a_brief_cannot_become_code(content):
    page = render_report(content)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "A fox &amp; co" in page


def test_the_page_needs_only_itself_and_the_film(content):
    page = render_report(content)
    assert 'src="a%20film%3F.mp4"' in page
    assert page.count('src="') == page.count('src="data:image/jpeg') + 1
    assert "left:25.00%;top:50.00%;width:50.00%;height:50.00%" in page


def test_the_same_content_gives_the_same_bytes(content):
    assert render_report(content) == render_report(content)


def test_the_waveform_is_as_high_as_the_sound():
    loud = np.zeros(PEAKS * 10, np.float32)
    loud[: PEAKS * 5] = 0.5
    path = wave_path(loud)
    assert path.startswith("M0 -0.500 1 -0.500")
    assert f"{PEAKS - 1} -0.004" in path
    assert wave_path(None) == ""
