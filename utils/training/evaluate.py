"""How well a model does on scenes and photographs that it has not seen."""

from collections.abc import Iterator
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from utils.errors import ConfigError
from utils.fast import fast
from utils.models.restormer import Eightfold
from utils.training.baselines import (
    best_against_blur,
    best_against_rain,
    best_denoiser,
    bm3d_denoiser,
    dis_flow,
    has_package,
    tvl1,
)
from utils.training.metrics import boundary_f, endpoint_error, mean_iou, psnr, ssim, top1
from utils.training.prepare import prepare
from utils.world import (
    ARRANGEMENTS,
    HELD_OUT,
    ShapesWorld,
    WorldConfig,
    degrade,
    held_out_middles,
    join_pairs,
    moved_photograph,
    stereo_pair,
)
from utils.world.degrade import motion_kernels

CHUNK = 250  # scenes that are painted and judged at a time
PAIRS = 16  # the same for pairs of frames, which need more memory
STANDS = ("background", "shape", "subject")  # the labels of the segmenters
PIECE = 256  # pixels: side of the middle of a held-out photograph on which restoration is tested
STEREO = "stereo_motorcycle"
SMALL_SHAPE = 120  # pixels of a 64x64 scene: what is smaller counts as a small shape


@torch.no_grad()
@fast()
def classify(
    model: nn.Module, world: WorldConfig, *, split: str = "test", count: int = 1000
) -> dict[str, float]:
    """Top-1 accuracy on the first scenes of a split: of the class, its part, its arrangement."""
    if not isinstance(model, nn.Module) or not isinstance(count, int) or count < 1:
        raise ConfigError(
            f"a {type(model).__name__} and count={str(count)[:40]} came",
            allowed="a model, and at least 1 scene",
            mend='load_shipped("swin_nano") gives a model',
        )
    scenes, device = ShapesWorld(world, split=split), next(model.parameters()).device
    was_training = model.training
    model.eval()
    logits, labels = [], []
    for chosen in _chunks(count):
        picture, label = scenes.pictures(chosen)
        logits.append(model(prepare(picture.to(device), model)).cpu())
        labels.append(label)
    model.train(was_training)
    chance, label = torch.cat(logits).softmax(-1), torch.cat(labels)
    shape = (len(label), -1, len(ARRANGEMENTS))
    return {
        "top1": top1(chance, label),
        "top1_part": top1(chance.reshape(shape).sum(2), label // len(ARRANGEMENTS)),
        "top1_arrangement": top1(chance.reshape(shape).sum(1), label % len(ARRANGEMENTS)),
    }


@torch.no_grad()
@fast()
def segment(
    model: nn.Module, world: WorldConfig, *, split: str = "test", count: int = 1000
) -> dict[str, float]:
    """Mean IoU over background, shape and subject; how many pixels of small and of large shapes
    are found; and the boundaries' F.
    """
    scenes, device = ShapesWorld(world, split=split), next(model.parameters()).device
    answers, truths, sizes = [], [], []
    for chosen in _chunks(count):
        everything = scenes.batch(chosen)
        logits = model(prepare(everything.frame0.to(device), model))
        answers.append(logits.argmax(1).cpu())
        truths.append(what_stands(everything.instance, everything.subject))
        sizes.append(_size_of_shape(everything.instance))
    answer, truth, size = torch.cat(answers), torch.cat(truths), torch.cat(sizes)
    small = size < SMALL_SHAPE
    return {
        "miou": mean_iou(answer, truth, classes=len(STANDS)),
        "accuracy_small": (answer == truth)[small].double().mean().item(),
        "accuracy_large": (answer == truth)[~small & (truth > 0)].double().mean().item(),
        "boundary_f": boundary_f(answer, truth),
    }


def what_stands(
    instance: Int[Tensor, "b h w"], subject: Bool[Tensor, "b h w"]
) -> Int[Tensor, "b h w"]:
    """At each pixel 0 for the background, 1 for any other shape, 2 for the subject (STANDS)."""
    return (instance > 0).long() + subject.long()


def _size_of_shape(instance: Tensor) -> Tensor:
    """At each pixel the number of pixels of the shape it belongs to; much for the background."""
    sizes = torch.stack(
        [torch.bincount(one.flatten(), minlength=int(instance.max()) + 1) for one in instance]
    )
    sizes[:, 0] = instance[0].numel()
    return sizes.gather(1, instance.flatten(1)).reshape(instance.shape)


@torch.no_grad()
@fast()
def flow_of_scenes(
    model: nn.Module, world: WorldConfig, *, split: str = "test", count: int = 1000
) -> dict[str, float]:
    """End-point error in pixels over all pixels, over the seen ones, and by size of motion."""
    scenes = ShapesWorld(world, split=split)
    flows, truths, hidden = [], [], []
    for chosen in _chunks(count, PAIRS):
        pairs = scenes.batch(chosen)
        flows.append(estimate_flow(model, pairs.frame0, pairs.frame1))
        truths.append(pairs.flow)
        hidden.append(pairs.occluded | pairs.out_of_frame)
    flow, truth = torch.cat(flows), torch.cat(truths)
    return {
        "mean_motion": truth.norm(dim=1).mean().item(),
        **{f"epe_{name}": value for name, value in endpoint_error(flow, truth).items()},
        "epe_seen": endpoint_error(flow, truth, seen=~torch.cat(hidden))["all"],
    }


@torch.no_grad()
@fast()
def flow_of_photographs(model: nn.Module, *, motion: float = 8.0, seeds: int = 8) -> dict[str, Any]:
    """Held-out photographs moved by homographies, fast ones too, and the real stereo pair."""
    report: dict[str, Any] = {}
    names = [name for name in HELD_OUT if name != STEREO]
    for title, distance in (("moved", motion), ("fast", 16.0)):
        pairs = join_pairs(
            moved_photograph(n, seed=s, motion=distance) for n in names for s in range(seeds)
        )
        far = pairs.flow.norm(dim=1) > 10
        report[title] = {"mean_motion": pairs.flow.norm(dim=1).mean().item()}
        for name, flow in _flows(model, pairs.frame0, pairs.frame1):
            report[title] |= {
                f"epe{name}": endpoint_error(flow, pairs.flow)["all"],
                f"epe_above_10{name}": endpoint_error(flow, pairs.flow, seen=far).get("all"),
            }
    pair = stereo_pair()
    report["stereo"] = {"mean_motion": pair.flow.norm(dim=1)[pair.known].mean().item()}
    for name, flow in _flows(model, pair.left, pair.right):
        report["stereo"][f"epe{name}"] = endpoint_error(flow, pair.flow, seen=pair.known)["all"]
    return report


def _flows(model: nn.Module, frame0: Tensor, frame1: Tensor) -> Iterator[tuple[str, Tensor]]:
    """The end of a measure's name, and its flow: the model, TV-L1, DIS where it is installed."""
    yield "", estimate_flow(model, frame0, frame1)
    yield "_tvl1", tvl1(frame0, frame1)
    if has_package("cv2"):
        yield "_dis", dis_flow(frame0, frame1)


def estimate_flow(
    model: nn.Module, frame0: Float[Tensor, "b rgb h w"], frame1: Float[Tensor, "b rgb h w"]
) -> Float[Tensor, "b 2 h w"]:
    """The model's flow between two frames in [0, 1], on the CPU. Units: pixels, (x, y)."""
    device = next(model.parameters()).device
    flows = []
    for portion in zip(frame0.split(PAIRS), frame1.split(PAIRS), strict=True):
        frames = (prepare(frame.to(device), model) for frame in portion)
        flows.append(model(*frames).flow.cpu())
    return torch.cat(flows)


@torch.no_grad()
@fast()
def restoration_of_photographs(model: nn.Module) -> dict[str, Any]:
    """PSNR and SSIM on the middles of held-out photographs, beside the best classical filters."""
    clean = held_out_middles(PIECE)
    device = next(model.parameters()).device
    report: dict[str, Any] = {}
    for kind, strength in (
        ("noise", 15.0),
        ("noise", 25.0),
        ("noise", 50.0),
        ("rain", 0.6),
        ("blur", 7.0),
    ):
        generator = torch.Generator().manual_seed(0)
        spoiled = degrade(clean, kind=kind, strength=strength, generator=generator)
        ours = torch.cat([model(one[None].to(device)).cpu() for one in spoiled]).clamp(0, 1)
        shown = spoiled.clamp(0, 1)
        entry: dict[str, float] = {
            "psnr_in": psnr(shown, clean),
            "psnr": psnr(ours, clean),
            "ssim_in": ssim(shown, clean),
            "ssim": ssim(ours, clean),
        }
        if (kind, strength) == ("noise", 25.0):
            entry |= best_denoiser(spoiled, clean)
            views = Eightfold(model)
            careful = torch.cat([views(one[None].to(device)).cpu() for one in spoiled]).clamp(0, 1)
            entry["psnr_eightfold"] = psnr(careful, clean)
        if kind == "noise" and has_package("bm3d"):
            entry |= bm3d_denoiser(spoiled, clean, sigma=strength)
        if kind == "rain":
            entry |= best_against_rain(shown, clean)
        if kind == "blur":
            kernels = motion_kernels([strength] * len(clean), torch.Generator().manual_seed(0))
            entry |= best_against_blur(spoiled, clean, kernels)
        report[f"{kind} {strength:g}"] = entry
    return report


def _chunks(count: int, size: int = CHUNK) -> Iterator[range]:
    for start in range(0, count, size):
        yield range(start, min(start + size, count))
