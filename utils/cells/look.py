"""One look for figures, views and pages: the colors and matplotlib's settings, written once."""

import re
from pathlib import Path
from typing import Any

COLORS_CSS = Path(__file__).with_name("colors.css").read_text(encoding="utf-8")
# name -> hex: "query", "masked", "window", "grid", "frame0", "frame1", "sample", "line", "paper"
COLORS = dict(re.findall(r"--course-(\w+): (#[0-9A-F]{6});", COLORS_CSS))

SEQUENTIAL = "cividis"  # weights: dark is little
DPI = 100  # figure sizes are written in pixels of 1/100 inch

STYLE: Any = {  # matplotlib types every single key
    "font.family": "sans-serif",
    "font.size": 9.5,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.titlepad": 8,
    "axes.labelsize": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "legend.frameon": False,
    "hatch.linewidth": 0.7,
    "figure.dpi": DPI,
    "svg.fonttype": "none",
    "svg.hashsalt": "course",  # the same figure gives the same file
}
