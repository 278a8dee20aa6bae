"""A change of a line on disk shows in the next cell, also in models that were built before it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from jupyter_client import KernelManager

from utils.cli._ground import kernel_environment

ROOT = Path(__file__).parents[2]
SCALED = "scores = q @ k.mT * (q.shape[-1] ** -0.5 if scale is None else scale)"
# As in a notebook, the cell that imports is not the last one before the change: IPython reads a
# file's text at the start of the cell after its import. (What is changed earlier than that, and
# then once more, keeps the first change wherever others have imported it.)
FIRST = """
%load_ext autoreload
%autoreload 2
import torch
from utils.models import create_model
from utils.ops import attention, shift_mask
torch.manual_seed(0)
model = create_model("swin_nano").eval()
picture = torch.randn(1, 3, 64, 64)
pair = torch.tensor([[[2.0, 0.0], [0.0, 2.0]]])
def numbers():
    with torch.no_grad():
        largest = attention(pair, pair, torch.eye(2)[None])[0, 0].max()
        lowest = shift_mask((4, 4), window_size=(2, 2), shift_size=(1, 1)).min()
        return [float(largest), float(model(picture).double().abs().sum()), float(lowest)]
"""
ASK = "print(*numbers())"


class Kernel:
    """A running kernel on a copy of `utils`; a cell's printed numbers are its answer."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.edits = 0
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(cwd=str(folder))
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=120)

    def run(self, cell: str) -> list[float]:
        said, errors = [], []

        def keep(message):
            kind, content = message["header"]["msg_type"], message["content"]
            if kind == "stream" and content["name"] == "stdout":
                said.append(content["text"])
            if kind == "error":
                errors.append("\n".join(content["traceback"]))

        self.client.execute_interactive(cell, timeout=120, output_hook=keep)
        assert not errors, errors[0]
        return [float(word) for word in "".join(said).split()]

    def edit(self, file: str, old: str, new: str) -> None:
        """Save a change as an editor would; the file's time moves on by whole seconds."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), encoding="utf-8")
        self.edits += 1
        later = path.stat().st_mtime + 5 * self.edits
        os.utime(path, (later, later))

    def stop(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def kernel(tmp_path_factory) -> Iterator[Kernel]:
    folder = tmp_path_factory.mktemp("changed")
    skipped = shutil.ignore_patterns("__pycache__", "shipped", "*.npz")
    shutil.copytree(ROOT / "utils", folder / "utils", ignore=skipped)
    with patch.dict(os.environ, kernel_environment(folder / "scratch"), clear=True):
        # an installed course puts its own `utils` before PYTHONPATH, unless it is told another root
        os.environ |= {"PYTHONPATH": str(folder), "COURSE_ROOT": str(folder)}
        running = Kernel(folder)
        try:
            running.run(FIRST)
            yield running
        finally:
            running.stop()


def test_a_changed_line_changes_the_next_cell_and_undoing_it_brings_the_numbers_back(kernel):
    before = kernel.run(ASK)
    assert before[0] == pytest.approx(0.9442, abs=1e-4)  # 1 / (1 + exp(−4 / √2))
    assert before[2] == -100.0

    kernel.edit("utils/ops/attention.py", SCALED, "scores = q @ k.mT")
    changed = kernel.run(ASK)
    assert changed[0] == pytest.approx(0.9820, abs=1e-4)  # 1 / (1 + exp(−4))
    assert changed[1] != pytest.approx(before[1], rel=1e-4)

    kernel.edit("utils/ops/attention.py", "scores = q @ k.mT", SCALED)
    assert kernel.run(ASK) == before


def test_what_was_cached_is_made_anew(kernel):
    before = kernel.run(ASK)
    kernel.edit("utils/ops/masks.py", "FORBIDDEN = -100.0", "FORBIDDEN = -7.0")
    changed = kernel.run(ASK)
    assert (before[2], changed[2]) == (-100.0, -7.0)
    assert changed[1] != pytest.approx(before[1], rel=1e-6)  # the model asks for its masks again
