"""The map of the course on the scene: every answer is what a model of the course really gives."""

import numpy as np
import torch
from einops import rearrange
from jaxtyping import Float, UInt8
from torch import Tensor

from utils.cells.show import Shown
from utils.checkpoints import load_shipped
from utils.figures.classes import class_colors, class_keys
from utils.figures.course_map import Row, draw_course_map
from utils.figures.flow import flow_colors
from utils.syllabus import MODELS
from utils.training.evaluate import STANDS
from utils.training.prepare import prepare
from utils.world import CLASSES, degrade, scene

SIZE = (64, 64)  # what the small models learned on
SIGMA = 40.0  # noise in gray levels: strong enough to be seen in a small picture


def course_map() -> Shown:
    """Five rows, one per model, with its words."""
    seen = scene(SIZE)
    clean, frame1 = seen.frame0, seen.frame1
    noisy = degrade(clean, kind="noise", strength=SIGMA, generator=torch.Generator().manual_seed(0))
    answers = _answers(clean, frame1, noisy)
    given = {
        "02": (clean,),
        "03": (clean,),
        "04": (noisy,),
        "05": (clean, frame1),
        "06": (clean,),
    }
    ways = {"02": "windows", "03": "grid", "04": "channels", "05": "matching", "06": "points"}
    rows = [
        Row(
            chapter.title,
            chapter.task,
            tuple(_pixels(picture) for picture in given[chapter.number]),
            ways[chapter.number],
            answers[chapter.number],
            class_keys(STANDS)[1:] if chapter.number == "06" else (),
        )
        for chapter in MODELS
    ]
    said = ", ".join(f"{c.title}: {c.task}, {c.idea}" for c in MODELS)
    return Shown(draw_course_map(rows), f"The five models of the course. {said}.")


@torch.no_grad()
def _answers(clean: Tensor, frame1: Tensor, noisy: Tensor) -> dict[str, str | np.ndarray]:
    """What each of the course's own models says, by the number of its notebook."""

    def ask(name: str, *pictures: Tensor):
        model = load_shipped(name)
        return model(*(prepare(picture, model) for picture in pictures))

    classes = ask("vit_adapter_nano_segmenter", clean)[0].argmax(dim=0)
    return {
        "02": CLASSES[int(ask("swin_nano", clean).argmax())],
        "03": CLASSES[int(ask("maxvit_nano", clean).argmax())],
        "04": _pixels(ask("restormer_nano", noisy)),
        "05": flow_colors(ask("gmflow_nano", clean, frame1).flow[0]),
        "06": class_colors(classes.numpy()),
    }


def _pixels(picture: Float[Tensor, "1 rgb h w"]) -> UInt8[np.ndarray, "h w rgb"]:
    return rearrange((255 * picture.clamp(0, 1)).byte(), "1 rgb h w -> h w rgb").numpy()
