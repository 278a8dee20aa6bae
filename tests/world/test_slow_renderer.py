"""A renderer that anybody can read, one pixel at a time, agrees with the fast one."""

import math

import pytest
import torch

from utils.world import ShapesWorld, WorldConfig
from utils.world.shapes_world import render

CLASS_COUNT = 12


class SlowScene:
    """One scene, asked point by point; Python numbers only."""

    def __init__(self, scenes, i):
        self.scenes, self.i, self.count = scenes, i, scenes.label.shape[1]

    def pose(self, k, frame):
        """Center x, center y, angle, scale of shape k, or of the background for k = −1."""
        name = ("background" if k < 0 else "poses") + str(frame)
        poses = getattr(self.scenes, name)
        pick = (self.i,) if k < 0 else (self.i, k)
        x, y = poses.center.double()[pick].tolist()
        return x, y, float(poses.angle.double()[pick]), float(poses.scale.double()[pick])

    def own(self, k, frame, x, y):
        cx, cy, angle, scale = self.pose(k, frame)
        x, y = (x - cx) / scale, (y - cy) / scale
        return (
            x * math.cos(angle) + y * math.sin(angle),
            -x * math.sin(angle) + y * math.cos(angle),
        )

    def pixel(self, k, frame, u, v):
        cx, cy, angle, scale = self.pose(k, frame)
        x = u * math.cos(angle) - v * math.sin(angle)
        y = u * math.sin(angle) + v * math.cos(angle)
        return cx + scale * x, cy + scale * y

    def inside(self, k, u, v):
        """Membership, told without any distance."""
        bar, part, notched = self.pieces(k, u, v)
        return (bar or part) and not notched

    def pieces(self, k, u, v):
        """Is the point in the bar, in a part that stands out, in a notch?"""
        label = int(self.scenes.label[self.i, k])
        top, bottom = (float(t[self.i, k]) for t in (self.scenes.top, self.scenes.bottom))
        across, along = abs(u), abs(v)
        bar = across <= 0.95 and along <= 0.4
        if bar and across > 0.85 and along > 0.3:
            bar = math.hypot(across - 0.85, along - 0.3) <= 0.1
        kind = ("knob", "block", "spike", "notch")[label // 3]
        part = notched = False
        for place, edge, outward in ((top, -0.4, -1), (bottom, 0.4, 1)):
            x, height = u - place, (v - edge) * outward
            part |= kind == "knob" and math.hypot(x, height - 0.12) <= 0.2
            part |= kind == "block" and abs(x) <= 0.25 and 0 <= height <= 0.14
            part |= kind == "spike" and height >= 0 and abs(x) / 0.19 + height / 0.34 <= 1
            notched |= kind == "notch" and math.hypot(x, height) < 0.14
        return bar, part, notched

    def owner(self, frame, x, y):
        """The highest thing at a pixel: 0 the background, k + 1 shape k."""
        for k in reversed(range(self.count)):
            if self.inside(k, *self.own(k, frame, x, y)):
                return k + 1
        return 0

    def follow(self, x, y):
        """Where the thing at pixel (x, y) of frame 0 goes, and whether it is hidden there."""
        k = self.owner(0, x, y) - 1
        x1, y1 = self.pixel(k, 1, *self.own(k, 0, x, y))
        higher = range(k + 1, self.count)
        return x1, y1, any(self.inside(j, *self.own(j, 1, x1, y1)) for j in higher)

    def texture(self, k, u, v):
        surfaces = self.scenes.background if k < 0 else self.scenes.surfaces
        pick = (self.i,) if k < 0 else (self.i, k)
        waves = surfaces.waves[pick].tolist()
        total = sum(math.sin(fu * u + fv * v + phase) for fu, fv, phase in waves)
        bent = total * float(surfaces.sharpness[pick])
        amount = 0.5 + 0.5 * bent / (1 + abs(bent))
        first, second = surfaces.colors[pick].tolist()
        return [a + (b - a) * amount for a, b in zip(first, second, strict=True)]

    def near_an_edge(self, frame, x, y, reach):
        """Does any edge, hidden ones too, lie within about `reach` pixels?"""
        for k in range(self.count):
            seen = {
                self.pieces(k, *self.own(k, frame, x + dx * reach / 2, y + dy * reach / 2))
                for dx in range(-2, 3)
                for dy in range(-2, 3)
            }
            if len(seen) > 1:
                return True
        return False


@pytest.fixture(scope="module", params=[(96, 96), (64, 112)])
def case(request):
    config = WorldConfig(size=request.param)
    scenes = ShapesWorld(config, split="test").scenes(range(6))
    return scenes, render(scenes, size=request.param)


def some_pixels(size, count):
    h, w = size
    spots = torch.randint(0, h * w, (count,), generator=torch.Generator().manual_seed(0))
    return [divmod(spot, w) for spot in spots.tolist()]


def test_labels_and_instances(case):
    scenes, batch = case
    for i in range(6):
        slow = SlowScene(scenes, i)
        for y, x in some_pixels(batch.segmentation.shape[1:], 300):
            owner = slow.owner(0, x, y)
            assert int(batch.instance[i, y, x]) == owner
            assert int(batch.instance1[i, y, x]) == slow.owner(1, x, y)
            kind = int(scenes.label[i, owner - 1]) + 1 if owner else 0
            assert int(batch.segmentation[i, y, x]) == kind
            assert bool(batch.subject[i, y, x]) == (owner == int(scenes.subject[i]) + 1)


def test_flow_and_its_masks(case):
    scenes, batch = case
    _, _, h, w = batch.flow.shape
    hidden = out = 0
    for i in range(6):
        slow = SlowScene(scenes, i)
        for y, x in some_pixels((h, w), 300):
            x1, y1, occluded = slow.follow(x, y)
            flow = batch.flow[i, :, y, x].tolist()
            assert flow == pytest.approx([x1 - x, y1 - y], abs=1e-4)
            assert bool(batch.occluded[i, y, x]) == occluded
            outside = not (0 <= x1 <= w - 1 and 0 <= y1 <= h - 1)
            assert bool(batch.out_of_frame[i, y, x]) == outside
            hidden, out = hidden + occluded, out + outside
    assert hidden > 20  # or the test would have looked at nothing
    assert out > 20


@pytest.mark.parametrize("frame", [0, 1])
def test_colors_inside_and_outside(case, frame):
    """Where no edge and no outline is near: the texture's formula, in the thing's coordinates."""
    scenes, batch = case
    picture = (batch.frame0, batch.frame1)[frame]
    looked = set()
    for i in range(6):
        slow = SlowScene(scenes, i)
        for y, x in some_pixels(picture.shape[2:], 80):
            k = slow.owner(frame, x, y) - 1
            thickest = 0.09 * max(slow.pose(j, frame)[3] for j in range(slow.count)) + 1
            if slow.near_an_edge(frame, x, y, thickest):
                continue
            color = slow.texture(k, *slow.own(k, frame, x, y))
            assert picture[i, :, y, x].tolist() == pytest.approx(color, abs=2e-3)
            looked.add((i, k))
    assert len({i for i, k in looked if k >= 0}) > 3


def test_the_subject_alone_wears_stripes(case):
    """Black and white just inside the subject's edge; nothing white on any other outline."""
    scenes, batch = case
    for i in range(6):
        slow = SlowScene(scenes, i)
        subject = int(scenes.subject[i])
        for k in range(slow.count):
            scale = slow.pose(k, 0)[3]
            values = []
            for step in range(-30, 31):
                for edge in (-0.4 + 0.045, 0.4 - 0.045):
                    x, y = (round(t) for t in slow.pixel(k, 0, step / 36, edge))
                    h, w = batch.instance.shape[1:]
                    if 0 <= x < w and 0 <= y < h and slow.owner(0, x, y) == k + 1:
                        depth = 0.4 - abs(slow.own(k, 0, x, y)[1])
                        if abs(depth - 0.045) * scale < 0.4:
                            values.append(float(batch.frame0[i, :, y, x].mean()))
            if k == subject:
                assert min(values) < 0.25
                assert max(values) > 0.75
