"""Seats: the world's own riders sit where the table says, and a sampled clip keeps them there."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from models.checkpoint import CheckpointMissing
from models.codec import Canvas
from models.layers.codec import LayersCodec, LayersNetwork, LayersParams
from models.layers.compose import compose
from models.layers.parts import CAMERA, LOOK, POSE, RIMMED, SPRITE
from models.layers.seats import VALUES, Ride, Seats, all_seated, seated
from models.reel import Ask, Reel
from models.train.seats import rim_of, rows_of, scene_of
from models.transformer import Transformer, TransformerParams
from tests.models.tiny_reel import QUICK, TOKENIZER, stir, tiny_codec

SEATS = Seats.load()
MEDIUM = ("medium", "medium")
ALONG, ABOVE, LOG_SIDE, WATER = (VALUES.index(name) for name in ("along", "above", "log_side", "water"))


def standing(x: float, y: float, side: float, facing: float = 1.0, lean: float = 0.0) -> torch.Tensor:
    row = torch.zeros(1, len(POSE))
    for name, value in (("x", x), ("y", y), ("log_side", math.log(side)), ("facing", facing), ("water", -1.0),
                        ("sin_lean", math.sin(lean)), ("cos_lean", math.cos(lean)), ("shadow", 0.6)):  # fmt: skip
        row[:, POSE.index(name)] = value
    return row


@pytest.mark.parametrize(("rider", "carrier"), [("fox", "boat"), ("knight", "horse"), ("child", "balloon")])
def test_the_table_puts_riders_where_the_world_does(rider: str, carrier: str) -> None:
    true_FP, carrier_FP = rows_of(scene_of(rider, carrier, 0, MEDIUM, 990_001), 0)
    away_FP = true_FP.clone()
    away_FP[:, :3] += 1.0
    put_FP = seated(away_FP, carrier_FP, SEATS.find(rider, carrier, MEDIUM), torch.ones(len(true_FP)))
    side_F = true_FP[:, 2].exp()
    assert float(((put_FP[:, :2] - true_FP[:, :2]).norm(dim=1) / side_F).mean()) < 0.12
    torch.testing.assert_close(put_FP[:, 2], true_FP[:, 2], atol=0.02, rtol=0)


def test_a_seat_turns_and_leans_with_its_carrier() -> None:
    seat_V = torch.zeros(len(VALUES))
    seat_V[ALONG], seat_V[ABOVE], seat_V[LOG_SIDE] = 0.2, 0.1, -0.5
    free, share = standing(5.0, 5.0, 1.0), torch.ones(1)
    ahead = seated(free, standing(1.0, 0.0, 2.0), seat_V, share)
    assert ahead[0, :3].tolist() == pytest.approx([1.4, 0.2, math.log(2.0) - 0.5])
    back = seated(free, standing(1.0, 0.0, 2.0, facing=-1.0), seat_V, share)
    assert back[0, :2].tolist() == pytest.approx([0.6, 0.2])
    upright = seated(free, standing(1.0, 0.0, 2.0, lean=math.pi / 2), seat_V, share)
    assert upright[0, :2].tolist() == pytest.approx([0.8, 0.4], abs=1e-6)


def test_who_is_on_its_way_is_half_there_and_who_is_not_aboard_stays() -> None:
    seat_V = SEATS.find("fox", "boat", MEDIUM)
    free, below = standing(2.0, 0.0, 0.5).repeat(3, 1), standing(0.0, 0.0, 1.0).repeat(3, 1)
    made = seated(free, below, seat_V, torch.tensor([0.0, 0.5, 1.0]))
    assert torch.equal(made[0], free[0])
    assert float(made[1, 0]) == pytest.approx(0.5 * (float(free[1, 0]) + float(made[2, 0])))


def test_carriers_are_placed_before_their_riders() -> None:
    rows = [standing(9.0, 9.0, 1.0), standing(7.0, 7.0, 1.0), standing(0.0, 0.0, 2.0)]
    knight, horse = SEATS.find("knight", "horse", MEDIUM), SEATS.find("horse", "boat", MEDIUM)
    rides = [Ride(0, 1, knight, torch.ones(1)), Ride(1, 2, horse, torch.ones(1))]
    made = all_seated(rows, rides)
    assert torch.equal(made[1], seated(rows[1], rows[2], horse, torch.ones(1)))
    assert torch.equal(made[0], seated(rows[0], made[1], knight, torch.ones(1)))
    assert torch.equal(made[2], rows[2])


def test_a_ride_is_told_from_a_later_moment() -> None:
    ride = Ride(0, 1, torch.zeros(len(VALUES)), torch.tensor([0.0, 0.0, 1.0, 1.0]))
    assert ride.later(2).share(3).tolist() == [1.0, 1.0, 1.0]
    assert ride.later(-1).share(5).tolist() == [0.0, 0.0, 0.0, 1.0, 1.0]
    assert ride.over(0, 7).share(7).tolist() == [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0]
    assert ride.over(2, 3).share(3).tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("carrier", ["boat", "balloon", "car", "train", "rocket"])
def test_whoever_sits_inside_is_hidden_below_the_rim(carrier: str) -> None:
    seat_V = SEATS.find("child", carrier, MEDIUM)
    rim = rim_of(carrier, float(seat_V[ALONG]))
    assert rim is not None
    assert rim_of("horse", 0.0) is None
    wanted = (rim - float(seat_V[ABOVE])) / math.exp(float(seat_V[LOG_SIDE]))
    assert float(seat_V[WATER]) == pytest.approx(max(-0.85, min(0.85, wanted)), abs=2e-3)
    assert float(seat_V[-1]) == RIMMED


def test_a_rim_hides_what_is_below_and_is_dry() -> None:
    sprite, look = torch.ones(1, 1, 4, SPRITE, SPRITE), torch.zeros(len(LOOK))
    look[12:15] = torch.tensor([1.0, 0.0, 0.0])
    plate, camera = torch.zeros(4, 64, 112), torch.zeros(1, len(CAMERA))

    def seen(shadow: float) -> torch.Tensor:
        pose = standing(0.0, 0.0, 0.5)
        pose[:, POSE.index("water")], pose[:, POSE.index("shadow")] = 0.0, shadow
        return compose(plate, (0, 0), sprite, pose[None], camera, look, 64, 112)[0].float()

    dry, wet = seen(RIMMED), seen(0.0)
    assert float(dry[20:30, 56].min()) > 250
    assert float(dry[34:, 56].max()) < 5
    assert float((dry[..., 0] - dry[..., 1]).abs().max()) == 0.0, "no foam where it is dry"
    assert float((wet[..., 0] - wet[..., 1]).max()) > 50


def test_a_sampled_rider_sits_in_every_frame() -> None:
    codec = tiny_codec("layers")
    assert isinstance(codec, LayersCodec)
    rows = codec.network.pose
    # A code that holds everything, so that where the rider is can be compared exactly.
    whole = LayersNetwork(replace(LayersParams.tiny(), pose=4 * rows.row))
    whole.pose.mean_P.copy_(rows.mean_P)
    codec, rows = LayersCodec(whole), whole.pose
    network = Transformer(TransformerParams.tiny(tuple(codec.specs), TOKENIZER.size))
    stir(network, 1)
    reel, share = Reel(network, TOKENIZER, codec, QUICK), torch.ones(13)
    ride = Ride(0, 1, SEATS.find("fox", "boat", MEDIUM), share)
    ask = Ask("a red fox", Canvas(13, 64, 112), 2)
    free, made = reel.clip(ask, 3), reel.clip(replace(ask, rides=(ride,)), 3)
    told = [rows.decode(codec.ungraded(part).clean_LC) for part in made.parts if part.role == "pose"]
    torch.testing.assert_close(told[0], seated(told[0], told[1], ride.seat_V, share), atol=1e-4, rtol=1e-4)
    loose = [rows.decode(codec.ungraded(part).clean_LC) for part in free.parts if part.role == "pose"]
    assert not torch.allclose(loose[0], seated(loose[0], loose[1], ride.seat_V, share), atol=0.05)


def test_unknown_riders_and_missing_tables_are_named(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(KeyError, match="no seat is known for a medium lantern on a large boat"):
        SEATS.find("lantern", "boat", ("medium", "large"))
    with pytest.raises(CheckpointMissing):
        Seats.load(tmp_path / "seats.json")
