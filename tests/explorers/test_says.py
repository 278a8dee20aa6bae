"""No model is looked into without seeing what it says: the answer beside the controls."""

import numpy as np
import pytest
import torch

from utils.explorers import explore
from utils.explorers.adapters import trained
from utils.figures.classes import class_colors
from utils.models import create_model
from utils.training import prepare


def shown(view):
    says = view.says
    return np.frombuffer(says["data"], np.uint8).reshape(says["shape"])


@pytest.mark.parametrize("name", ["gate", "mdta"])
def test_a_restorer_shows_the_picture_that_it_restored(name):
    view = explore(name)
    with torch.no_grad():
        restored = view.model(view.inputs()[0])[0].clamp(0, 1)
    want = (255 * restored).round().permute(1, 2, 0).numpy()
    assert np.abs(shown(view) - want).max() <= 1
    before = shown(view)
    if name == "gate":
        view.kind = "noise"  # another picture goes in
        assert np.abs(shown(view).astype(int) - before).mean() > 1


def test_a_segmenter_shows_its_classes_and_two_stand_side_by_side():
    view = explore("deformable")
    with torch.no_grad():
        classes = view.model(prepare(view.fed, view.model)).argmax(1)[0].numpy()
    assert np.array_equal(shown(view), class_colors(classes))
    both = shown(explore("pyramid"))
    assert np.array_equal(both[:, 64:], class_colors(classes))
    with torch.no_grad():
        plain = trained("vit_nano")
        own = plain(prepare(view.fed, plain)).argmax(1)[0].numpy()
    assert np.array_equal(both[:, :64], class_colors(own))


def test_a_backbone_alone_says_nothing():
    view = explore("deformable", model=create_model("vit_adapter_nano"))
    assert view.says == {}
    assert not view.error
