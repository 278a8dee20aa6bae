"""Whatever comes to a public function of files, worlds, figures and training ends in a sentence."""

import inspect
import random
from contextlib import AbstractContextManager

import numpy as np
import pytest
import torch

import utils.checkpoints
import utils.figures
import utils.figures.flow
import utils.io
import utils.training
import utils.world
from utils.errors import CourseError

VALUES = (
    lambda: None,
    lambda: "x",
    lambda: "",
    lambda: -1,
    lambda: 0,
    lambda: 2.5,
    lambda: float("nan"),
    lambda: 10**9,
    lambda: True,
    lambda: [],
    lambda: (0, 0),
    lambda: (64, 64),
    lambda: (10**9, 2),
    lambda: torch.zeros(3, 4, 5),
    lambda: torch.rand(1, 3, 8, 9),
    lambda: torch.zeros(2, 0, 4),
    lambda: torch.full((2, 4, 5), torch.nan),
    lambda: torch.zeros(2, 3, 4, dtype=torch.int64),
    lambda: torch.zeros(()),
    lambda: torch.zeros(2, 3, dtype=torch.complex64),
    lambda: np.zeros((4, 5)),
    lambda: b"abc",
    lambda: {"a": 1},
    object,
)
ROOMS = (utils.io, utils.checkpoints, utils.world, utils.training, utils.figures)
PUBLIC = {
    f"{room.__name__}.{name}": getattr(room, name)
    for room in ROOMS
    for name in room.__all__
    if inspect.isfunction(getattr(room, name)) and name != "styled"  # which decorates
} | {f"figures.flow.{name}": getattr(utils.figures.flow, name) for name in ("longest", "draw_maps")}


def drawn_call(function, draw: random.Random):
    """A call with arguments drawn from VALUES, some of those with defaults left out."""
    given, named = [], {}
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        if parameter.default is not parameter.empty and draw.random() < 0.5:
            continue
        value = draw.choice(VALUES)()
        if parameter.kind is parameter.KEYWORD_ONLY or named:
            named[parameter.name] = value
        else:
            given.append(value)
    return given, named


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", PUBLIC)
def test_bad_calls_end_in_a_sentence(name, plain_types, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    draw, refused = random.Random(name), 0
    for _ in range(12):
        given, named = drawn_call(PUBLIC[name], draw)
        try:
            made = PUBLIC[name](*given, **named)
            if isinstance(made, AbstractContextManager):
                with made:
                    pass
        except CourseError as error:
            refused += 1
            text = str(error)
        else:
            continue
        assert len(text) < 2500
    takes = {p.kind for p in inspect.signature(PUBLIC[name]).parameters.values()}
    assert refused or not takes or takes == {inspect.Parameter.VAR_POSITIONAL}
