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

    @property
    def number(self) -> str:
        """Two digits, as in the file's name."""
        return self.name[:2]


CHAPTERS = (
    Chapter(
        "00_start_here",
        "Start here",
        "a first look",
        "one click, eight answers",
        "one question asked in eight ways; the map of the course; is this machine ready",
    ),
    Chapter(
        "01_windows_and_masks",
        "Windows and masks",
        "the ground of all",
        "groups, the shift, its mask, relative position",
        "attention on four tokens; windows, the grid, the shift and why it needs a mask",
    ),
    Chapter(
        "02_swin",
        "Swin",
        "classification",
        "windows, and the shift that joins them",
        "classification with shifted windows, assembled from its blocks; where a trained one "
        "looks; what the shift is worth",
    ),
    Chapter(
        "03_maxvit",
        "MaxViT",
        "classification",
        "the same attention twice: neighbors, then a grid",
        "MBConv, then the same attention twice: near and far; three bugs to find",
    ),
    Chapter(
        "04_restormer",
        "Restormer",
        "restoration",
        "attention across channels instead of pixels",
        "attention between channels, a gate, a U of four levels; restore your own picture",
    ),
    Chapter(
        "05_gmflow",
        "GMFlow",
        "optical flow",
        "matching: attention whose values are coordinates",
        "optical flow as matching: attention whose values are coordinates",
    ),
    Chapter(
        "06_vit_adapter",
        "ViT-Adapter",
        "dense prediction",
        "a plain ViT and a side path that samples where it likes",
        "a plain ViT and a side path that samples where it likes; a class at every pixel",
    ),
    Chapter(
        "07_five_ways_to_attend",
        "Five ways to attend",
        "all",
        "the five beside each other",
        "all kinds of attention on one scene: who sees whom, how far, at what cost",
    ),
)
MODELS = CHAPTERS[2:7]  # one paper each
