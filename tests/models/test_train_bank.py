"""A bank draws the same tasks as examples asked one by one, and lays them out for the network alike."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch

from models.codec import Example
from models.conditions import Segment
from models.flow import size_shift, size_shifts
from models.objective import velocity_loss
from models.packing import pack
from models.text import NULL, PAD
from models.train import loop
from models.train.bank import Bank, joined, laid_flat, load_bank, meaning_of, save_bank
from models.train.batches import batch_of, totals
from models.train.draw import Drawn, draw
from models.train.feeds import BankFeed, laid
from models.train.loop import Sitting
from models.train.progress import read_log
from models.train.recipe import Batching, Checking
from models.train.tasks import WAYS, Habits, Mix, Task, draw_task
from models.transformer import Transformer, TransformerParams
from tests.models import toy

HABITS = Habits(no_text=0.2, spelled=0.0, no_references=0.3, no_given=0.25, bare_motion=0.5)
MEANING = meaning_of("toy", "1", toy.TOKENIZER)
DRAWS = 1500


def plain_examples(count: int, stills: bool = False) -> list[Example]:
    """Toy examples whose three references differ, without counts."""
    made = []
    for example in toy.ToySource(stills=stills).examples(range(count)):
        references = tuple(
            replace(each, clean_LC=each.clean_LC + number) for number, each in enumerate(example.references)
        )
        made.append(replace(example, counts=(), references=references))
    return made


def bank_of(examples: list[Example]) -> Bank:
    return laid_flat(examples, toy.SPECS, toy.TOKENIZER, HABITS)


def only(way: str) -> Mix:
    return Mix(**{name: float(name == way) for name in asdict(Mix())})


def drawn(bank: Bank, way: str, count: int, seed: int = 0) -> Drawn:
    index = torch.zeros(count, dtype=torch.long)
    return draw(bank, index, only(way), HABITS, torch.Generator().manual_seed(seed))


def tokens_of(part: Segment) -> list[tuple[float, ...]]:
    """Each token as place, value and mask."""
    rows = torch.cat([part.position_L3, part.clean_LC[:, :2], part.mask_L[:, None]], 1)
    return [tuple(round(float(value), 2) for value in row) for row in rows]


def signature(one: Task) -> tuple[tuple[float, ...], ...]:
    return tuple(sorted(token for part in one.sequence.segments for token in tokens_of(part)))


def signatures(bank: Bank, tasks: Drawn) -> list[tuple[tuple[float, ...], ...]]:
    value_BL2 = bank.latent_TC[tasks.token_BL][..., :2].float()
    rows_BL = torch.cat([tasks.position_BL3, value_BL2, tasks.mask_BL[..., None]], 2)
    made = []
    for row_L, keep_L in zip(rows_BL, tasks.keep_BL, strict=True):
        made.append(tuple(sorted(tuple(round(float(v), 2) for v in row) for row in row_L[keep_L].tolist())))
    return made


@pytest.mark.parametrize("way", [way for way in WAYS if way not in ("block", "inpainting", "frame_noise")])
def test_tasks_of_a_bank_are_those_of_its_examples(way: str) -> None:
    (example,) = plain_examples(1)
    example = replace(example, references=example.references[:2])
    generator = torch.Generator().manual_seed(1)
    one_by_one = Counter(
        signature(draw_task(example, only(way), HABITS, toy.TOKENIZER, generator)) for _ in range(DRAWS)
    )
    at_once = Counter(signatures(bank := bank_of([example]), drawn(bank, way, DRAWS)))
    often = {made for made, count in one_by_one.items() if count > DRAWS / 60}
    assert often
    assert often <= set(at_once)
    for made in often:
        assert at_once[made] == pytest.approx(one_by_one[made], abs=5 * one_by_one[made] ** 0.5)
    assert {made for made, count in at_once.items() if count > DRAWS / 60} <= set(one_by_one)


@pytest.mark.parametrize("way", ["block", "inpainting", "frame_noise"])
def test_masks_of_many_kinds_have_the_same_means(way: str) -> None:
    (example,) = plain_examples(1)
    generator = torch.Generator().manual_seed(2)
    tasks = [draw_task(example, only(way), HABITS, toy.TOKENIZER, generator) for _ in range(DRAWS)]
    clips = [
        torch.cat([part.mask_L for part in one.sequence.segments if part.role in ("ground", "cell")]) for one in tasks
    ]
    found = drawn(bank_of([example]), way, DRAWS)
    count = len(clips[0])
    kept = found.keep_BL[:, :count] if way != "inpainting" else found.keep_BL[:, :6]
    assert kept.all()
    torch.testing.assert_close(found.mask_BL[:, :count].mean(0), torch.stack(clips).mean(0), atol=0.06, rtol=0)
    assert found.mask_BL[:, :count].std(0).mean() == pytest.approx(float(torch.stack(clips).std(0).mean()), abs=0.04)


def test_stills_are_asked_for_as_pictures_whatever_the_mix() -> None:
    found = drawn(bank_of(plain_examples(1, stills=True)), "prefix", 50)
    assert set(found.way_B.tolist()) == {list(WAYS).index("picture")}
    assert bool((found.mask_BL == 1).all())


def test_captions_come_as_often_as_the_habits_say() -> None:
    (example,) = plain_examples(1)
    found = drawn(bank_of([example]), "picture", 4000)
    said = Counter(tuple(words[there].tolist()) for words, there in zip(found.words_BW, found.spoken_BW, strict=True))
    full, short, other = (tuple(toy.TOKENIZER.encode(text).tolist()) for text in example.captions)
    shares = {(NULL,): 0.2, full: 0.8 * 0.4, short: 0.8 * 0.3, other: 0.8 * 0.3}
    assert set(said) == set(shares)
    for words, share in shares.items():
        assert said[words] / 4000 == pytest.approx(share, abs=0.03)


def test_rows_say_to_the_network_what_packed_sequences_say() -> None:
    """The same tasks, laid by the bank and packed one by one: the same loss, token for token."""
    examples = plain_examples(6)
    torch.manual_seed(0)
    network = Transformer(TransformerParams.tiny(toy.SPECS, toy.TOKENIZER.size)).eval()
    for each in network.parameters():
        torch.nn.init.normal_(each, std=0.2)
    plain = Habits(no_text=0, short=0, wording=0, spelled=0, no_references=1, no_given=0)
    bank = bank_of(examples)
    found = draw(bank, torch.arange(6), only("first_frame"), plain, torch.Generator().manual_seed(3))
    batches = laid(bank, found, toy.SPECS, 10_000, 8)
    generator = torch.Generator().manual_seed(3)
    tasks = [draw_task(each, only("first_frame"), plain, toy.TOKENIZER, generator) for each in examples]
    packed = pack([one.sequence for one in tasks], toy.SPECS)
    wanted = velocity_loss(network, packed, packed.times(torch.full((6,), 0.5)), zeros(packed.clean))
    (batch,) = batches
    assert batch.packed.mask_BL.shape[1] % 16 == 0
    time_BL = batch.packed.times(torch.full((6,), 0.5))
    got = velocity_loss(network, batch.packed, time_BL, zeros(batch.packed.clean), batch.counts)
    assert got.keys() == wanted.keys()
    for name, loss in wanted.items():
        assert got[name].item() == pytest.approx(loss.item(), rel=2e-3)  # latents are kept in half precision
    assert totals(batches) == {
        name: float(value) for name, value in totals([batch_of(tasks, toy.SPECS, Batching())]).items()
    }


def zeros(clean: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: torch.zeros_like(value) for name, value in clean.items()}


def test_groups_hold_every_task_once_and_no_more_places_than_allowed() -> None:
    bank = bank_of(plain_examples(40))
    generator = torch.Generator().manual_seed(4)
    found = draw(bank, torch.arange(40), Mix.video(), HABITS, generator)
    batches = laid(bank, found, toy.SPECS, 300, 8)
    assert sum(len(batch.shift_S) for batch in batches) == 40
    assert all(batch.packed.mask_BL.numel() <= 300 for batch in batches)
    assert sum(int((batch.packed.mask_BL > 0).sum()) for batch in batches) == int((found.mask_BL > 0).sum())
    assert all(bool((batch.packed.caption_SW[:, 0] != PAD).all()) for batch in batches)
    for batch in batches:
        made = (batch.packed.mask_BL > 0).sum(1)
        assert batch.shift_S.tolist() == pytest.approx([size_shift(int(count)) for count in made])
    assert size_shifts(torch.tensor([1, 8, 32, 10_000])).tolist() == [1.0, 1.0, 2.0, 8.0]


def test_shards_joined_are_one_bank(tmp_path: Path) -> None:
    examples = plain_examples(7)
    whole = bank_of(examples)
    for number, part in enumerate((examples[:3], examples[3:])):
        save_bank(tmp_path / f"{number}.safetensors", bank_of(part), MEANING)
    again = joined([load_bank(tmp_path / f"{number}.safetensors", MEANING) for number in range(2)])
    for name, value in vars(whole).items():
        assert torch.equal(value, getattr(again, name)), name
    with pytest.raises(ValueError, match="holds tokens of toy 1"):
        load_bank(tmp_path / "0.safetensors", "toy 2")


def test_examples_that_a_bank_cannot_keep_are_refused() -> None:
    (example,) = toy.ToySource().examples([0])
    with pytest.raises(ValueError, match="counts"):
        bank_of([example])
    with pytest.raises(ValueError, match="not known"):
        laid_flat(plain_examples(1), toy.SPECS[:2], toy.TOKENIZER, HABITS)


def test_a_training_from_a_bank_learns_and_goes_on_where_it_was(tmp_path: Path) -> None:
    bank = tmp_path / "bank"
    save_bank(bank / "0.safetensors", bank_of(plain_examples(60)), MEANING)
    recipe = toy.recipe(checking=Checking(12, (0.3, 0.7)), batching=Batching(32, 1600))

    def sit(folder: str, steps: int) -> list[dict[str, float]]:
        loop.train(Sitting(toy.build, recipe, tmp_path / folder, steps=steps, bank=bank, say=lambda text: None))
        return [row for row in read_log(tmp_path / folder / "log.jsonl") if row["kind"] == "check"]

    (one,) = sit("whole", 60)
    sit("parts", 25)
    (_, two) = sit("parts", 35)
    assert one["loss"] == two["loss"]  # type: ignore[comparison-overlap]
    assert one["loss"]["val"]["mean"] < 0.9  # type: ignore[index]


def test_shards_that_come_later_join(tmp_path: Path) -> None:
    save_bank(tmp_path / "0.safetensors", bank_of(plain_examples(3)), MEANING)
    feed = BankFeed(tmp_path, MEANING, toy.SPECS, toy.recipe(), torch.device("cpu"))
    save_bank(tmp_path / "1.safetensors", bank_of(plain_examples(5)), MEANING)
    feed.refresh()
    assert feed.bank is not None
    assert len(feed.bank) == 8
    feed.most_bytes = 0
    save_bank(tmp_path / "2.safetensors", bank_of(plain_examples(5)), MEANING)
    with pytest.warns(UserWarning, match="1 shards of the bank no longer fit"):
        feed.refresh()
    assert len(feed.bank) == 8
    with pytest.raises(FileNotFoundError, match="bank_fill"):
        BankFeed(tmp_path / "none", MEANING, toy.SPECS, toy.recipe(), torch.device("cpu"), patience_s=0.1)
