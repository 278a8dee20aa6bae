"""Our trace of Swin-T beside source document 002: the same tensors in the same order."""

import hashlib
import re

import pytest
import torch
from einops import rearrange

from tests.tracing import swin_document as document
from utils.models import create_model
from utils.tracing import trace


def in_order(call):
    """(start or end, call, line) as they happen: a line is over after what it called."""
    yield "start", call, None
    for line in call.lines:
        for inner in line.calls:
            yield from in_order(inner)
        yield "end", call, line
    yield "end", call, None


@pytest.fixture(scope="module")
def runs():
    """Two traces of one model, as a notebook types it; the model has run before."""
    model = create_model("swin_t").eval()
    x = torch.rand(1, 3, 224, 224)
    model(x)
    return [trace(model, x) for _ in range(2)]


def calls_of(scope, name):
    """The calls in a scope that a place means."""
    if name in ("block", "stage", "Swin"):
        return [scope]
    found = [scope]
    for part in name.split("/"):
        part, _, which = part.partition("#")
        inside = [call for one in found for call in beside_the_mask(one)]
        ends = re.compile(rf"(^|\.){re.escape(part)}$")
        found = [c for c in inside if ends.search(c.path if c.kind == "module" else c.name)]
        found = found[int(which or 0) : int(which or 0) + 1]
    return found


def beside_the_mask(call):
    """The call and all inside of it, but not what the making of a mask calls."""
    yield call
    for line in call.lines:
        for inner in line.calls:
            if inner.name != "shift_mask":
                yield from beside_the_mask(inner)


def look_up(scope, place):
    """The tensor of a place, and when it was there."""
    events = list(in_order(scope))
    if place.startswith("line "):
        begin, name = place.removeprefix("line ").rsplit(": ", 1)
        beside = {id(call) for call in beside_the_mask(scope)}
        for at, (_, call, line) in enumerate(events):
            if line is not None and line.text.startswith(begin) and id(call) in beside:
                return at, next(v.facts for v in line.values if v.name == name)
        raise AssertionError(f"no line {begin!r} ran")
    name, sign, argument = re.fullmatch(r"(\S+) ([<>]) ?(\w*)", place).groups()
    (call,) = calls_of(scope, name)
    when = "start" if sign == "<" else "end"
    at = next(i for i, e in enumerate(events) if e[0] == when and e[1] is call and e[2] is None)
    values = call.given if sign == "<" else call.returned
    return at, next(v.facts for v in values if v.facts and argument in ("", v.name))


def test_the_table_is_the_document():
    """Every shape that it prints, none left out, in its order."""
    shapes = [
        document.shape_of(step.theirs, document.sizes(stage))
        for _, stage, steps in document.parts()
        for step in steps
    ]
    assert len(shapes) == document.PRINTED
    text = "\n".join(",".join(map(str, shape)) for shape in shapes)
    assert hashlib.sha256(text.encode()).hexdigest().startswith(document.DIGEST)


@pytest.mark.parametrize(
    ("path", "stage", "steps"),
    [pytest.param(*part, id=f"{i}-{part[0] or 'ends'}") for i, part in enumerate(document.parts())],
)
def test_every_tensor_of_the_document_is_in_our_trace(runs, path, stage, steps):
    """Its size through the expected rearrangement, in order, block by block."""
    scope = runs[0].module(path) if path else runs[0].root
    size = document.sizes(stage)
    before = -1
    for step in steps:
        assert step.place or step.reason, step
        if not step.place:
            continue
        at, facts = look_up(scope, step.place)
        theirs = torch.empty(document.shape_of(step.theirs, size), device="meta")
        axes = {a: size[a] for a in set(re.findall(r"[a-zA-Z_]+", f"{step.theirs} {step.ours}"))}
        ours = rearrange(theirs, f"{step.theirs} -> {step.ours}", **axes)
        assert facts.shape == tuple(ours.shape), step
        if not step.reason:
            assert at >= before, f"{step} stands earlier here than in the document"
            before = at


def test_the_differences_are_those_that_are_listed(runs):
    """Stage 4: their 16 partitions are 12 and one mask per stage that shifts, in every run."""

    def counts(run):
        names = [call.name for call in run.calls()]
        kinds = ("partition_windows", "merge_windows", "PatchMerging", "SwinBlock", "DropPath")
        return {kind: names.count(kind) for kind in kinds}

    same = {"merge_windows": 12, "PatchMerging": 3, "SwinBlock": 12, "DropPath": 24}
    for run in runs:
        assert counts(run) == {"partition_windows": 12 + 3, **same}
    for stage, depth in enumerate(document.DEPTHS):
        for at in range(depth):
            block = runs[0].module(f"stages.{stage}.blocks.{at}")
            masks = [v for _, _, line in block.walk() for v in (line.values if line else ())]
            masks = [v.facts for v in masks if v.name == "mask" and v.facts is not None]
            assert bool(masks) == (at % 2 == 1 and stage < 3)
            for mask in masks:
                assert (mask.moments.low, mask.moments.high) == (-100, 0)
                assert {-100, 0} <= set(mask.shown.corner.ravel().tolist())
                assert mask.shown.at.startswith(f"[{mask.shape[0] - 1}, {mask.shape[1] - 1}, ")
    reasons = {step.reason for _, _, steps in document.parts() for step in steps if step.reason}
    assert reasons == {*document.REASONS.values(), document.EARLY, document.SOONER}


def test_every_block_shows_its_scores_their_softmax_and_its_weights(runs):
    for stage, depth in enumerate(document.DEPTHS):
        size = document.sizes(stage)
        shape = document.shape_of("b nh nw heads i j", size)
        for at in range(depth):
            block = runs[0].module(f"stages.{stage}.blocks.{at}")
            lines = [line for _, _, line in block.walk() if line is not None]
            soft = [line for line in lines if "softmax(" in line.text]
            assert len(soft) == 1
            named = {v.name: v.facts.shape for line in lines for v in line.values if v.facts}
            assert named["scores"] == named["weights"] == shape
            weights = next(v.facts for v in soft[0].values if v.name == "weights")
            assert weights.moments.mean == pytest.approx(1 / 49, rel=1e-3)  # rows sum to 1


def test_two_runs_are_the_same_lines(runs):
    from utils.tracing import diff

    assert [x.text for x in runs[0].lines()] == [x.text for x in runs[1].lines()]
    assert diff(*runs) is None
