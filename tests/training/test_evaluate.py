"""Measures on whole splits, checked with models whose answers are known beforehand."""

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from utils.models.gmflow import Flow
from utils.training import baselines, evaluate, psnr
from utils.training.evaluate import (
    STANDS,
    classify,
    estimate_flow,
    flow_of_photographs,
    flow_of_scenes,
    restoration_of_photographs,
    segment,
    what_stands,
)
from utils.world import ShapesWorld, WorldConfig, degrade, held_out_middles, moved_photograph
from utils.world.degrade import motion_kernels

WORLD = WorldConfig(size=(40, 48), max_motion=6)


class Fixed(nn.Module):
    """Answers what the function says, whatever its weight."""

    def __init__(self, answer):
        super().__init__()
        self.weight, self.answer = nn.Parameter(torch.zeros(1)), answer
        self.config = SimpleNamespace(picture_max=1.0)

    def forward(self, *given):
        return self.answer(*given)


def knows(of):
    """A model that recognizes the scenes of the test split by their first pixels."""
    batch = ShapesWorld(WORLD, split="test").batch(range(6))

    def answer(picture, *_):
        rows = [(batch.frame0 - one).abs().amax((1, 2, 3)).argmin() for one in picture.cpu()]
        return of(batch)[torch.stack(rows)]

    return Fixed(answer), batch


def test_who_knows_all_classes_gets_full_marks():
    model, batch = knows(lambda batch: 9 * nn.functional.one_hot(batch.label, 12).float())
    assert classify(model, WORLD, count=6) == {
        "top1": 1.0,
        "top1_part": 1.0,
        "top1_arrangement": 1.0,
    }
    wrong = Fixed(lambda picture: model(picture).roll(4, dims=-1))  # the part is off, no order is
    marks = classify(wrong, WORLD, count=6)
    assert marks["top1"] == marks["top1_part"] == 0
    assert len(batch.label) == 6


def test_who_knows_what_stands_everywhere_gets_full_marks():
    model, batch = knows(
        lambda batch: (
            nn.functional.one_hot(what_stands(batch.instance, batch.subject), len(STANDS))
            .movedim(-1, 1)
            .float()
        )
    )
    marks = segment(model, WORLD, count=6)
    assert marks == {"miou": 1.0, "accuracy_small": 1.0, "accuracy_large": 1.0, "boundary_f": 1.0}
    blind = Fixed(lambda picture: torch.eye(3)[:1, :, None, None].expand(len(picture), 3, 40, 48))
    marks = segment(blind, WORLD, count=6)
    share = (batch.instance == 0).double().mean().item()
    assert marks["miou"] == pytest.approx(share / 3)
    assert marks["accuracy_small"] == marks["accuracy_large"] == 0


def still(*given):
    flow = torch.zeros(len(given[0]), 2, *given[0].shape[-2:])
    return Flow(flow, [flow])


def test_the_error_of_no_motion_is_the_motion():
    marks = flow_of_scenes(Fixed(still), WORLD, count=6)
    flow = ShapesWorld(WORLD, split="test").batch(range(6)).flow
    assert marks["mean_motion"] == pytest.approx(flow.norm(dim=1).mean().item())
    assert marks["epe_all"] == marks["mean_motion"]
    assert marks["epe_seen"] < marks["epe_all"]  # fast things leave the frame or get hidden


def test_many_pairs_are_estimated_in_portions_in_their_order(monkeypatch):
    monkeypatch.setattr(evaluate, "PAIRS", 2)
    seen = []

    def first_color(frame0, frame1):
        seen.append(len(frame0))
        flow = frame1[:, :2] - frame0[:, :2]
        return Flow(flow, [flow])

    frame0, frame1 = torch.rand(2, 5, 3, 4, 6, generator=torch.Generator().manual_seed(0))
    flow = estimate_flow(Fixed(first_color), frame0, frame1)
    assert seen == [2, 2, 1]
    torch.testing.assert_close(flow, (frame1 - frame0)[:, :2])


def test_tvl1_answers_x_before_y():
    pair = moved_photograph("coffee", seed=4, size=(48, 64), motion=4.0)
    found, truth = baselines.tvl1(pair.frame0, pair.frame1), pair.flow
    assert (truth[:, 0] - truth[:, 1]).abs().mean() > 1  # x and y differ, so a swap would show
    assert (found - truth).norm(dim=1).median() < 0.5
    assert (found.flip(1) - truth).norm(dim=1).median() > 1


def test_photographs_report_both_methods_and_the_stereo_pair(monkeypatch):
    monkeypatch.setattr(evaluate, "HELD_OUT", ("coffee", evaluate.STEREO))
    monkeypatch.setattr(evaluate, "tvl1", lambda a, b: torch.ones(len(a), 2, *a.shape[-2:]))
    report = flow_of_photographs(Fixed(still), seeds=2)
    pairs = [moved_photograph("coffee", seed=s, motion=8.0) for s in range(2)]
    truth = torch.cat([pair.flow for pair in pairs])
    assert report["moved"]["epe"] == report["moved"]["mean_motion"]
    assert report["moved"]["epe"] == pytest.approx(truth.norm(dim=1).mean().item())
    theirs = (truth - 1).norm(dim=1).mean().item()
    assert report["moved"]["epe_tvl1"] == pytest.approx(theirs)
    assert report["fast"]["epe_above_10"] > 10
    assert report["stereo"]["epe"] == report["stereo"]["mean_motion"] > 20


def test_restoring_nothing_gains_nothing(monkeypatch):
    monkeypatch.setattr(evaluate, "PIECE", 24)
    monkeypatch.setattr(evaluate, "best_denoiser", lambda noisy, clean: {"psnr_best": 1.0})
    report = restoration_of_photographs(Fixed(lambda picture: picture))
    assert list(report) == ["noise 15", "noise 25", "noise 50", "rain 0.6", "blur 7"]
    for entry in report.values():
        assert entry["psnr"] == entry["psnr_in"]
        assert entry["ssim"] == entry["ssim_in"]
    assert report["noise 15"]["psnr"] > report["noise 25"]["psnr"] > report["noise 50"]["psnr"]
    assert report["noise 25"]["psnr_best"] == 1.0
    assert {"psnr_median", "psnr_opening"} < set(report["rain 0.6"])
    # Told the true kernels, a classical method undoes a blur; told others, it would lose.
    blur = report["blur 7"]
    assert blur["psnr_richardson_lucy_told_the_blur"] > blur["psnr"] + 1


def test_the_best_classical_filters_beat_the_noise_and_are_the_best_of_their_settings():
    clean = torch.linspace(0.2, 0.8, 24 * 24).reshape(1, 1, 24, 24).expand(1, 3, 24, 24)
    noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(1))
    noisy = clean + 25 / 255 * noise
    best = baselines.best_denoiser(noisy, clean)
    assert set(best) == {"psnr_non_local_means", "psnr_bilateral", "psnr_total_variation"}
    assert min(best.values()) > psnr(noisy.clamp(0, 1), clean) + 3
    median = baselines.best_against_rain(noisy, clean)["psnr_median"]
    wide = np.pad(noisy.clamp(0, 1).numpy(), ((0, 0), (0, 0), (3, 3), (3, 3)), mode="symmetric")
    seven = torch.from_numpy(wide).unfold(2, 7, 1).unfold(3, 7, 1).flatten(-2).median(-1).values
    assert median == pytest.approx(psnr(seven, clean))  # on so smooth a picture the widest is best


def test_streaks_are_taken_away_and_a_blur_is_undone():
    clean = held_out_middles(48)[:2]
    rainy = degrade(clean, kind="rain", strength=0.6, generator=torch.Generator().manual_seed(3))
    best = baselines.best_against_rain(rainy, clean)
    assert min(best.values()) > psnr(rainy, clean) + 2
    lengths = [5.0, 9.0]
    kernels = motion_kernels(lengths, torch.Generator().manual_seed(4))
    generator = torch.Generator().manual_seed(4)
    blurred = degrade(clean, kind="blur", strength=lengths, generator=generator)
    best = baselines.best_against_blur(blurred, clean, kernels)
    assert best["psnr_unsharp_mask"] > psnr(blurred, clean)
    assert best["psnr_richardson_lucy_told_the_blur"] > psnr(blurred, clean) + 2
    exchanged = baselines.best_against_blur(blurred, clean, kernels.flip(0))
    name = "psnr_wiener_told_the_blur"
    assert exchanged[name] < best[name] - 1


@pytest.fixture
def package(monkeypatch):
    """A stand-in for a package that the course does not install."""

    def stand(name, **members):
        module = ModuleType(name)
        vars(module).update(members)
        monkeypatch.setitem(sys.modules, name, module)

    return stand


def test_dis_gets_gray_bytes_and_its_channels_come_first(package):
    seen = []

    def calc(first, second, flow):
        seen.append((first, second))
        return np.stack([first, second], -1).astype(np.float32)  # (h, w, 2), as OpenCV answers

    made = SimpleNamespace(calc=calc)
    package("cv2", DISOpticalFlow_create=lambda preset: made, DISOPTICAL_FLOW_PRESET_MEDIUM=2)
    frame0 = torch.zeros(1, 3, 2, 3)
    frame0[0, 1, 1, 2] = 1.0  # a green pixel: 0.7152 of white, by Rec. 709
    flow = baselines.dis_flow(frame0, torch.full((1, 3, 2, 3), 0.2))
    assert [gray.dtype for gray in seen[0]] == [np.uint8] * 2
    assert flow[0, 0].tolist() == [[0, 0, 0], [0, 0, 182]]
    assert flow[0, 1].unique().tolist() == [51]


def test_bm3d_is_told_the_noise_in_units_of_one(package):
    told = []

    def bm3d_rgb(picture, sigma):
        told.append((picture.shape, sigma))
        return picture + 0.1

    package("bm3d", bm3d_rgb=bm3d_rgb)
    clean = torch.full((2, 3, 4, 5), 0.5)
    found = baselines.bm3d_denoiser(clean, clean, sigma=25.0)
    assert told == [((4, 5, 3), 25 / 255)] * 2
    assert found["psnr_bm3d"] == pytest.approx(20.0, abs=1e-4)
