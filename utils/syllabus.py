"""The course's order, once: the README, the map in notebook 00 and the tests read it from here."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Chapter:
    """One notebook; the lesson of the same name belongs to it (00 has none)."""

    name: str  # of the notebook, without its ending, and of the lesson's folder
    title: str
    task: str
    idea: str  # the one thing to see, in a few words
    learn: str  # for the README: what a reader gets
    seconds: int  # from top to bottom on two cores, as `course.py bench course --all` measures
    gigabytes: float  # of memory, at most

    @property
    def number(self) -> str:
        """Two digits, as in the file's name."""
        return self.name[:2]

    @property
    def cost(self) -> str:
        """What the notebook asks of a machine, in words.

        >>> chapter("00").cost
        'This notebook takes about 9 s and 0.6 GB on a laptop with two cores.'
        """
        return (
            f"This notebook takes about {self.seconds} s and {self.gigabytes:g} GB on a laptop "
            "with two cores."
        )


CHAPTERS = (
    Chapter(
        "00_start_here",
        "Start here",
        "a first look",
        "one click, eight answers",
        "one question asked in eight ways; the map of the course; is this machine ready",
        seconds=9,
        gigabytes=0.6,
    ),
    Chapter(
        "01_windows_and_masks",
        "Windows and masks",
        "the ground of all",
        "groups, the shift, its mask, relative position",
        "attention on four tokens; windows, the grid, the shift and why it needs a mask",
        seconds=10,
        gigabytes=0.5,
    ),
    Chapter(
        "02_swin",
        "Swin",
        "classification",
        "windows, and the shift that joins them",
        "classification with shifted windows, assembled from its blocks; where a trained one "
        "looks; what the shift is worth",
        seconds=20,
        gigabytes=1.3,
    ),
    Chapter(
        "03_maxvit",
        "MaxViT",
        "classification",
        "the same attention twice: neighbors, then a grid",
        "MBConv, then the same attention twice: near and far; three bugs to find",
        seconds=24,
        gigabytes=1.8,
    ),
    Chapter(
        "04_restormer",
        "Restormer",
        "restoration",
        "attention across channels instead of pixels",
        "attention between channels, a gate, a U of four levels; restore your own picture",
        seconds=40,
        gigabytes=1.3,
    ),
    Chapter(
        "05_gmflow",
        "GMFlow",
        "optical flow",
        "matching: attention whose values are coordinates",
        "optical flow as matching: attention whose values are coordinates",
        seconds=30,
        gigabytes=1.2,
    ),
    Chapter(
        "06_vit_adapter",
        "ViT-Adapter",
        "dense prediction",
        "a plain ViT and a side path that samples where it likes",
        "a plain ViT and a side path that samples where it likes; a class at every pixel",
        seconds=42,
        gigabytes=1.0,
    ),
    Chapter(
        "07_five_ways_to_attend",
        "Five ways to attend",
        "all",
        "the five beside each other",
        "all kinds of attention on one scene: who sees whom, how far, at what cost",
        seconds=14,
        gigabytes=0.6,
    ),
)
MODELS = CHAPTERS[2:7]  # one paper each


def chapter(number: str) -> Chapter:
    """The chapter with these two digits. Raises: KeyError where there is none."""
    return {one.number: one for one in CHAPTERS}[number]
