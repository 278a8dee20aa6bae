"""The readings in JavaScript: the same arrays and the same sentences as Python's, word for word."""

import json
import random

import pytest
import torch

from tests.site.cases import write_cases
from tests.site.node import needs_node, passes
from utils.explorers import explorer_class, list_explorers
from utils.explorers.arrays import as_json, pack
from utils.explorers.pair import OWN_MOTION, moved_pair
from utils.explorers.picture import fill, picture_of
from utils.explorers.restormers import seen_through
from utils.site.readings.facts import STILLS, facts_for, has_reading, is_plain
from utils.world import Motion

pytestmark = needs_node
QUICK = ("attend", "attention", "claim", "cost", "deformable")
WITH_READING = [name for name in list_explorers() if has_reading(name)]
HEAVY = {"flow": 4}  # every n-th of its sweep: each case is a pass of its own


def test_every_view_answers_in_the_page_or_says_why_not():
    for name in list_explorers():
        assert [has_reading(name), is_plain(name), name in STILLS].count(True) == 1, name


@pytest.mark.parametrize("name", QUICK)
def test_the_reading_says_what_python_says(name, tmp_path):
    passes("readings_equal.mjs", write_cases(name, tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in WITH_READING if name not in QUICK])
def test_the_reading_says_what_python_says_over_the_whole_sweep(name, tmp_path):
    passes("readings_equal.mjs", write_cases(name, tmp_path, every=HEAVY.get(name, 1)))


def test_numbers_are_written_as_python_writes_them(tmp_path):
    roll = random.Random(0)
    values = [roll.uniform(-3000, 3000) for _ in range(200)]
    values += [roll.randrange(-4000, 4000) / 16 for _ in range(400)]  # many lie in the middle
    values += [0.0, -0.0, 0.5, 1.5, 2.5, -0.5, 0.125, 0.375, 1e-9, -1e-9, 999.95, 1234567.25]
    forms = {"fixed": ".{}f", "signed": "+.{}f", "grouped": ",.{}f", "percent": ".0%"}
    cases = [
        {"form": form, "value": v, "digits": d, "text": format(v, spec.format(d))}
        for v in values
        for d in range(4)
        for form, spec in forms.items()
    ]
    steps = [x / 100 for x in range(1, 2000, 7)]
    cases += [{"form": "general", "value": v, "digits": 0, "text": f"{v:g}"} for v in steps]
    path = tmp_path / "words.json"
    path.write_text(json.dumps(cases))
    passes("words_equal.mjs", path)


def test_pictures_are_made_as_python_makes_them(tmp_path):
    picture = picture_of(None, size=(48, 80))
    weathers = [("noise", 25.0), ("rain", 0.6), ("rain", 1.2), ("blur", 4.5), ("blur", 0.0)]
    spoiled = [
        {"kind": kind, "strength": s, "want": pack(seen_through(picture[None], kind, s)[0].numpy())}
        for kind, s in weathers
    ]
    sizes = [{"size": s, "fills": True, "want": fill(picture, size=s)} for s in SIZES]
    sizes += [{"size": s, "fills": False, "want": _resized(picture, s)} for s in SIZES]
    sizes = [{**one, "want": pack(one["want"].numpy())} for one in sizes]
    motions = [OWN_MOTION, Motion(dx=-3, dy=11, turn=-30, zoom=0.8)]
    cases = {
        "picture": pack(picture.numpy()),
        "weather": facts_for("restore")["weather"],
        "spoiled": spoiled,
        "sizes": sizes,
        "moved": [_moved(picture, motion) for motion in motions],
    }
    path = tmp_path / "pictures.json"
    path.write_text(json.dumps(as_json(cases)))
    passes("pictures_equal.mjs", path)


SIZES = [(48, 80), (96, 96), (24, 31), (64, 20), (7, 200)]


def _resized(picture, size):
    return torch.nn.functional.interpolate(
        picture[None], size, mode="bilinear", antialias=True, align_corners=False
    )[0]


def _moved(picture, motion):
    pair = moved_pair(picture, motion)
    values = {"frame1": pair.frame1[0], "flow": pair.flow[0], "hidden": pair.hidden[0].byte()}
    words = {"dx": motion.dx, "dy": motion.dy, "turn": motion.turn, "zoom": motion.zoom}
    return {"motion": words, **{key: pack(value.numpy()) for key, value in values.items()}}


def test_the_facts_are_those_of_the_modules_that_own_them():
    assert facts_for("attention")["lattice"] == explorer_class("attention").maths.LATTICE
    assert facts_for("windows") == {}
