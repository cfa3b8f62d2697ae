"""The comparison with diffusers, as far as it goes without diffusers: our own row, the tables, the missing extra."""

from __future__ import annotations

import importlib.util
import math
from dataclasses import replace

import pytest
import torch

from evals import bench_peers
from evals.bench_generator import asked
from evals.bench_peers import PEERS, Cost, Size, measure, medians, our_forward, table
from tests.models.tiny_reel import tiny_reel

SIZE = Size(384, 10, 6, 83, 29)
OURS = Cost("ours", 24_000_000, 0.10, 83, 0.10, 1.5, 98, 3.0, 3.0)
WAN = Cost("Wan", 25_000_000, 0.12, 7616, 9.0, 300.0, 65, 302.0, 450.0)
absent = pytest.mark.skipif(importlib.util.find_spec("diffusers") is not None, reason="diffusers is installed")


@absent
def test_without_diffusers_it_says_how_to_install_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench_peers.main([]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "pip install 'diffusers>=0.42'" in said.err
    assert "[peers]" in said.err


def test_an_unknown_peer_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        bench_peers.main(["--only", "sora"])
    assert refused.value.code == 2
    assert "wan" in capsys.readouterr().err


def test_our_size_counts_the_tokens_of_the_clip_and_the_words_apart() -> None:
    reel, ask = tiny_reel(), asked()
    size, forward = our_forward(reel, ask)
    assert (size.width, size.depth, size.heads) == (64, 2, 2)
    assert size.words == len(reel.tokenizer.encode(ask.caption))
    parts = reel.codec.blank(ask.canvas, 1, ask.along())
    assert size.tokens == sum(len(part) for part in parts) + 13
    said = forward()
    assert isinstance(said, torch.Tensor)
    assert bool(said.isfinite().all())


def test_our_own_row_needs_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_peers, "asked", lambda: asked(5))
    size, (ours,) = measure(tiny_reel(), [], rounds=1)
    assert (ours.name, ours.frames, ours.own_tokens) == ("ours", 10, size.tokens)
    assert 0 < ours.forward_s < ours.clip_s
    assert ours.decode_s < ours.clip_s == ours.own_clip_s


def test_calls_take_turns_after_one_that_is_not_counted() -> None:
    order: list[str] = []
    calls = {name: (lambda name=name: order.append(name)) for name in ("a", "b")}
    assert set(medians(calls, 3)) == {"a", "b"}
    assert order == ["a", "b"] * 4


@pytest.mark.parametrize(("forward_s", "forward", "clip_s", "clip"), [
    (0.12, "met", 15.0, "met"), (0.119, "SHORT", 15.0, "met"), (0.12, "met", 14.9, "SHORT"),
])  # fmt: skip
def test_the_table_says_which_goal_is_met(forward_s: float, forward: str, clip_s: float, clip: str) -> None:
    said = table(SIZE, [OURS, replace(WAN, forward_s=forward_s, clip_s=clip_s)]).splitlines()
    assert [line.split()[-1] for line in said[-2:]] == [forward, clip]


def test_the_table_shows_both_ways_of_counting() -> None:
    said = table(SIZE, [OURS, WAN])
    assert "83 tokens + 29 words" in said
    for number in ("25.0M", "0.1200", "300.00", "65", "302.00", "7616", "9.000", "450.00"):
        assert number in said


def test_peers_need_the_tokens_that_their_codecs_leave_of_four_seconds() -> None:
    wan, ltx = PEERS["wan"], PEERS["ltx"]
    assert (wan.frames, math.prod(wan.own)) == (1 + 4 * (wan.own[0] - 1), 17 * 16 * 28)
    assert (ltx.frames, math.prod(ltx.own)) == (1 + 8 * (ltx.own[0] - 1), 13 * 8 * 14)
    assert wan.frames / 16 == pytest.approx(4.0, abs=0.1)
    assert ltx.frames / 24 == pytest.approx(4.0, abs=0.1)


def test_inputs_have_so_many_tokens_and_words() -> None:
    wan, ltx = (PEERS[name].inputs((83, 1, 1), SIZE) for name in ("wan", "ltx"))
    assert wan["hidden_states"].shape == (1, 16, 83, 2, 2)
    assert ltx["hidden_states"].shape == (1, 83, 128)
    assert {each["encoder_hidden_states"].shape for each in (wan, ltx)} == {(1, 29, 384)}
