"""What `restore` can be asked for: the authors' tasks by their names, and where pictures go."""

from dataclasses import dataclass
from pathlib import Path

ENDINGS = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp")


@dataclass(frozen=True)
class Task:
    """The network of a task, and the weight file that the authors publish for it."""

    model: str
    file: str


TASKS = {
    "deraining": Task("restormer_derain", "deraining.pth"),
    "motion_deblurring": Task("restormer_derain", "motion_deblurring.pth"),
    "single_image_defocus_deblurring": Task(
        "restormer_derain", "single_image_defocus_deblurring.pth"
    ),
    "dual_pixel_defocus_deblurring": Task(
        "restormer_dual_pixel", "dual_pixel_defocus_deblurring.pth"
    ),
    "gaussian_gray_denoising": Task("restormer_denoise_gray", "gaussian_gray_denoising_blind.pth"),
    "gaussian_color_denoising": Task("restormer_denoise", "gaussian_color_denoising_blind.pth"),
    "real_denoising": Task("restormer_denoise", "real_denoising.pth"),
}
DUAL = "dual_pixel_defocus_deblurring"


def task_name(text: str) -> str:
    """A task as people write it: `Motion_Deblurring`, `motion-deblurring`.

    >>> task_name("Motion-Deblurring")
    'motion_deblurring'
    """
    return text.strip().casefold().replace("-", "_").replace(" ", "_")


def tasks_and_files() -> str:
    """All tasks with the files that the authors publish for them, as text."""
    return "; ".join(f"{name} ({task.file})" for name, task in TASKS.items())


def targets(names: list[str], *, png: bool) -> dict[str, str]:
    """The name of each picture's result: its own where that can be written, else one in .png.

    Two names never meet: the ending stays in the name where it has to.

    >>> targets(["a.jpg", "b.tif", "b.png"], png=False)
    {'a.jpg': 'a.jpg', 'b.tif': 'b.tif.png', 'b.png': 'b.png'}
    """
    from utils.io.images import WRITABLE

    plain = {}
    for name in names:
        keeps = Path(name).suffix.lower() in (WRITABLE if not png else (".png",))
        plain[name] = name if keeps else Path(name).with_suffix(".png").name
    counts: dict[str, int] = {}
    for target in plain.values():
        counts[target.casefold()] = counts.get(target.casefold(), 0) + 1
    return {
        name: target if target == name or counts[target.casefold()] == 1 else f"{name}.png"
        for name, target in plain.items()
    }
