"""What arms answer: kept by name beside the runs, and asked without disturbing the training."""

import numpy as np
import pytest
import torch
from torch import nn

from utils.figures.answers import paint
from utils.training.claims import CLAIMS, answer_claim, gmflow_questions, load_claim, run_claim
from utils.training.claims.answers import as_colors, enlarged, keep_answer, read_answers, say
from utils.training.claims.base import FOLDER, Claim, run_arm
from utils.training.loop import Settings

SHADES = np.arange(2 * 3 * 4 * 3, dtype=np.uint8).reshape(2, 3, 4, 3)


class Line(nn.Module):
    """A line behind a dropout, so that an answer in the wrong mode would use up chance."""

    def __init__(self, bias):
        super().__init__()
        self.drop, self.line = nn.Dropout(0.2), nn.Linear(1, 1, bias=bias)

    def forward(self, x):
        return self.line(self.drop(x))


@pytest.fixture
def small():
    x = torch.linspace(0, 1, 16)[:, None]

    def answer(model):
        return as_colors(model(x[:2]).reshape(2, 1, 1, 1).expand(2, 3, 1, 1))

    return Claim(
        name="line",
        question="?",
        source="school",
        task="fit a line",
        arms={"offset": lambda: Line(True), "none": lambda: Line(False)},
        settings=Settings(steps=12, warmup=2, weight_decay=0.0, ema=0.5, mixed=False),
        lrs=(0.3, 0.01),  # the better one first
        batch=lambda step, seed: (x, 0.5 * x + 0.2),
        loss=lambda model, data: (model(data[0]) - data[1]).square().mean(),
        score=lambda model, split: {"error": (model(x) - 0.5 * x - 0.2).abs().mean().item()},
        measure="error",
        unit="",
        higher_is_better=False,
        seeds=(0, 1),
        given=lambda: {"right answer": as_colors(torch.full((2, 3, 1, 1), 0.2))},
        answer=answer,
    )


def test_pictures_are_kept_by_name_and_replaced(tmp_path):
    path = tmp_path / "line.npz"
    assert read_answers(path) == {}
    keep_answer(path, "block, grid", SHADES)
    keep_answer(path, "other", SHADES + 1)
    keep_answer(path, "block, grid", SHADES + 2)
    kept = read_answers(path)
    assert list(kept) == ["block, grid", "other"]
    assert np.array_equal(kept["block, grid"], SHADES + 2)
    assert np.array_equal(kept["other"], SHADES + 1)


def test_cells_become_squares_and_what_nobody_knows_is_gray():
    cells = torch.arange(6.0).reshape(1, 1, 2, 3).expand(1, 3, 2, 3) / 10
    shown = enlarged(cells, side=2, unknown=1).values
    rows = [[128, 128, 26, 26, 51, 51]] * 2 + [[128, 128, 102, 102, 128, 128]] * 2
    assert shown[0, :, :, 0].tolist() == rows
    assert cells[0, 0, 0, 0] == 0  # the model's answer stays as it was


def test_asking_in_between_changes_nothing_of_the_run(small):
    quiet = run_arm(small, "offset", lr=0.3, seed=0)
    models, asked = [], []

    def ask(step, loss):
        asked.append(say(small.answer, models[-1]).values)
        assert models[-1].training

    loud = run_arm(small, "offset", lr=0.3, seed=0, on_step=ask, on_model=models.append)
    assert (loud["loss"], loud["test"]) == (quiet["loss"], quiet["test"])
    assert len(asked) == 12
    assert not np.array_equal(asked[0], asked[-1])


def test_the_kept_answer_is_that_of_the_best_rate_with_the_first_seed(small, tmp_path):
    assert run_claim(small, folder=tmp_path, paint=paint)
    stored = load_claim("line", folder=tmp_path)
    assert list(stored.answers) == ["right answer", "offset", "none"]
    for arm in small.arms:
        models, chosen = [], stored.arms[arm][0]
        run_arm(small, arm, lr=chosen["lr"], seed=0, on_model=models.append)
        assert np.array_equal(stored.answers[arm], say(small.answer, models[-1]).values)
    (tmp_path / "line.npz").unlink()  # they can be made from the runs again
    answer_claim(small, folder=tmp_path, paint=paint)
    again = load_claim("line", folder=tmp_path).answers
    assert all(np.array_equal(again[name], shown) for name, shown in stored.answers.items())


def test_where_nothing_can_be_painted_none_is_kept(small, tmp_path):
    assert run_claim(small, folder=tmp_path)
    assert load_claim("line", folder=tmp_path).answers == {}


def painted(shown):
    return paint(shown.kind, shown.values, shown.most)


@pytest.fixture
def few_pairs(monkeypatch):
    monkeypatch.setattr(gmflow_questions, "COUNTS", {"train": 64, "test": 64})
    gmflow_questions.pairs.cache_clear()
    yield
    gmflow_questions.pairs.cache_clear()


@pytest.mark.parametrize("name", list(CLAIMS))
def test_every_claim_shows_its_examples_and_an_untrained_answer(name, few_pairs):
    claim = CLAIMS[name]
    given = {name: painted(shown) for name, shown in claim.given().items()}
    torch.manual_seed(0)
    model = next(iter(claim.arms.values()))()
    shown = painted(say(claim.answer, model))
    assert {pictures.shape for pictures in given.values()} == {shown.shape}
    assert {pictures.dtype for pictures in (shown, *given.values())} == {np.dtype("uint8")}
    assert len({pictures.tobytes() for pictures in (shown, *given.values())}) == 1 + len(given)
    assert not set(given) & set(claim.arms)


def test_a_mirrored_pair_moves_the_other_way(few_pairs):
    frame0, frame1, flow, hidden, _ = gmflow_questions.batch(3, 0, count=24)
    for x, y in ((0, 0), (1, 0), (0, 1), (1, 1)):
        axes = [axis for axis, on in ((-1, x), (-2, y)) if on]
        back = [part.flip(axes) for part in (frame0, frame1, flow, hidden)]
        back[2] = back[2] * torch.tensor([1 - 2 * x, 1 - 2 * y]).reshape(2, 1, 1)
        found = [_places(back, sample) for sample in range(24)]
        assert any(found), (x, y)  # each of the four ways is met, and leads back to the pool
    assert hidden.dtype == torch.bool


def _places(parts, sample):
    pool = gmflow_questions.pairs("train")
    near = (pool[0] == parts[0][sample]).flatten(1).all(1).nonzero()
    return [int(i) for i in near if torch.equal(pool[2][i][0], parts[2][sample])]


def test_boundaries_stand_on_both_sides_of_a_jump():
    flow = torch.zeros(1, 2, 9, 11)
    flow[0, 1, 4:, :] = 2.0
    rows = gmflow_questions.boundaries(flow)[0].all(-1).tolist()
    assert rows == [False, True, True, True, True, True, True, False, False]
    assert not gmflow_questions.boundaries(0.5 * flow).any()  # a jump of a pixel is none


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.npz")), ids=lambda path: path.stem)
def test_the_stored_pictures_are_of_the_claims_examples_and_of_all_arms(path):
    claim, stored = CLAIMS[path.stem], read_answers(path)
    given = claim.given()
    assert list(stored) == [*given, *claim.arms]
    for name, shown in given.items():
        apart = np.abs(stored[name].astype(int) - painted(shown))
        assert apart.max() <= 2, name
    assert {pictures.shape for pictures in stored.values()} == {painted(shown).shape}
    assert len({pictures.tobytes() for pictures in stored.values()}) == len(stored)
