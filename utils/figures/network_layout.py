"""A network as boxes, arrows and lanes in pixels: laid out from what a pass gave.

A lane is a size of map, large ones above; boxes go from left to right in the order of the pass.
One layout serves the still and the live view.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from torch import Tensor

from utils.figures.network_plans import Kind, kind_of, network_of
from utils.tracing.dataflow import Dataflow, Part

WIDTH, LEFT, RIGHT = 720, 66, 22  # of the drawing; of the lanes' names; of what comes out
LANE, TOP, BOX = 40, 26, 25  # heights: a lane, the room above the first one, a box
WIDEST = 52  # a box
FOLDED = 30  # columns; with more, equal neighbors become one box
Lane = tuple[str, int, int]  # a stream's name or "", rows, columns; 0 and 0: a vector


@dataclass(frozen=True)
class Box:
    """One box: `parts` are the numbers of the parts that it stands for (one, unless folded)."""

    parts: tuple[int, ...]
    path: str
    kind: Kind
    shapes: tuple[tuple[int, ...], ...]
    lanes: tuple[int, int]  # the first and the last that it reaches
    column: int = 0


@dataclass(frozen=True)
class Layout:
    """Everything in pixels; boxes and arrows as plain dicts, for a painter of any kind."""

    height: int
    boxes: list[dict[str, Any]]  # x, y, w, h, mark, channels, both, attends, path, parts
    frames: list[dict[str, Any]]  # x, y, w, h, title
    arrows: list[dict[str, Any]]  # source, target (numbers of boxes; −1 …: pictures), path, far
    lanes: list[dict[str, Any]]  # y, name, size
    pictures: list[dict[str, Any]]  # x, y, w, h


def lay_out(flow: Dataflow, model: Any) -> Layout:
    """The drawing of a model after one pass."""
    network = network_of(model)
    kinds = [kind_of(network, part.path, part.module) for part in flow.parts]
    lanes = _lanes(flow, kinds)
    boxes = _columns(list(_boxes(flow.parts, kinds, lanes)))
    if boxes[-1].column >= FOLDED:
        boxes = _columns(list(_folded(boxes)))
    grid = _Grid(lanes, boxes[-1].column + 1)
    names = [_lane_words(lane, int(flow.inputs[0].shape[2])) for lane in lanes]
    return Layout(
        height=TOP + LANE * len(lanes),
        boxes=[grid.box(box) for box in boxes],
        frames=list(grid.frames(boxes)),
        arrows=list(grid.arrows(flow, boxes, lanes)),
        lanes=[
            {"y": grid.y(at), "name": name, "size": size} for at, (name, size) in enumerate(names)
        ],
        pictures=[asdict(grid.picture(n, len(flow.inputs))) for n in range(len(flow.inputs))],
    )


def _lane_of(x: Tensor, stream: str = "") -> Lane:
    """Of a map (b, h, w, c), a picture (b, rgb, h, w) where `stream` is "picture", a vector."""
    if x.ndim < 4:
        return ("vector", 0, 0)
    h, w = x.shape[2:] if stream == "picture" else x.shape[1:3]
    return ("" if stream == "picture" else stream, int(h), int(w))


def _end_of(flow: Dataflow) -> Lane:
    """Where the result stands: with the part that gave it as it is, or as a picture."""
    last = flow.outputs[0]
    given = (x for number in flow.sources if number >= 0 for x in flow.parts[number].outputs)
    return _lane_of(last, "" if any(x.shape == last.shape for x in given) else "picture")


def _lanes(flow: Dataflow, kinds: Sequence[Kind]) -> list[Lane]:
    found = {_lane_of(flow.inputs[0], "picture"), _end_of(flow)}
    for part, kind in zip(flow.parts, kinds, strict=True):
        found |= {_lane_of(x, kind.stream) for x in part.outputs}
    return sorted(found, key=lambda lane: (bool(lane[0]), lane[0] == "vector", -lane[1] * lane[2]))


def _lane_words(lane: Lane, rows: int) -> tuple[str, str]:
    stream, h, w = lane
    if not h:
        return "vector", ""
    share = "1" if h == rows else f"1/{round(rows / h)}"
    return (f"{stream}, {share}" if stream else share), f"{h}×{w}"


def _boxes(parts: Sequence[Part], kinds: Sequence[Kind], lanes: list[Lane]) -> Iterator[Box]:
    for number, (part, kind) in enumerate(zip(parts, kinds, strict=True)):
        reached = [lanes.index(_lane_of(x, kind.stream)) for x in part.outputs]
        shapes = tuple(tuple(x.shape) for x in part.outputs)
        yield Box((number,), part.path, kind, shapes, (min(reached), max(reached)))


def _columns(boxes: list[Box]) -> list[Box]:
    """Each box one column further than the last, unless it stands below it."""
    placed: list[Box] = []
    for box in boxes:
        last = placed[-1] if placed else None
        below = last is not None and last.kind is box.kind and box.kind.stacked
        at = 0 if last is None else last.column + (not below)
        placed.append(Box(box.parts, box.path, box.kind, box.shapes, box.lanes, at))
    return placed


def _folded(boxes: list[Box]) -> Iterator[Box]:
    """Equal neighbors in one list of modules as one box."""

    def same(box: Box) -> tuple:
        alike = (box.kind.mark, box.shapes, box.path.rpartition(".")[0])
        return (box.path, *alike) if box.kind.stacked else alike

    for _, run in groupby(boxes, key=same):
        first, *rest = run
        parts = (*first.parts, *(number for box in rest for number in box.parts))
        yield Box(parts, first.path, first.kind, first.shapes, first.lanes)


@dataclass(frozen=True)
class _Place:
    x: float | int
    y: float | int
    w: float | int
    h: float | int


class _Grid:
    """Columns and lanes in pixels."""

    def __init__(self, lanes: list[Lane], columns: int) -> None:
        self.lanes = lanes
        self.step = (WIDTH - LEFT - RIGHT) / (columns + 1)  # the first column is the pictures'
        self.wide = min(WIDEST, 0.84 * self.step)

    def x(self, column: float | int) -> float:
        """The middle of a column of boxes."""
        return LEFT + (column + 1.5) * self.step

    def y(self, lane: float | int) -> float:
        """The middle of a lane."""
        return TOP + (lane + 0.5) * LANE

    def place(self, box: Box) -> _Place:
        first, last = box.lanes
        high = BOX + (last - first) * LANE
        return _Place(self.x(box.column) - self.wide / 2, self.y(first) - BOX / 2, self.wide, high)

    def box(self, box: Box) -> dict[str, Any]:
        first = box.shapes[0]
        return {
            **asdict(self.place(box)),
            "mark": f"{len(box.parts)} {box.kind.mark}" if len(box.parts) > 1 else box.kind.mark,
            "channels": first[-1],
            "both": first[0] > 1,
            "attends": box.kind.attends,
            "path": box.path,
            "parts": list(box.parts),
        }

    def picture(self, number: int, count: int) -> _Place:
        side = min(self.step * 0.9, LANE - 6, 30)
        top = self.y(0) - side / 2 + number * (side + 5)
        return _Place(self.x(-1) - side / 2, top, side, side)

    def frames(self, boxes: list[Box]) -> Iterator[dict[str, Any]]:
        """Around boxes of one group."""
        titles = [box.kind.group_of(box.path.replace("backbone.", "")) for box in boxes]
        for title in dict.fromkeys(filter(None, titles)):
            inside = [self.place(b) for b, own in zip(boxes, titles, strict=True) if own == title]
            left, top = min(p.x for p in inside) - 2, min(p.y for p in inside) - 3
            right = max(p.x + p.w for p in inside) + 2
            low = max(p.y + p.h for p in inside) + 3
            yield {"x": left, "y": top, "w": right - left, "h": low - top, "title": title}

    def arrows(
        self, flow: Dataflow, boxes: list[Box], lanes: list[Lane]
    ) -> Iterator[dict[str, Any]]:
        """What comes into each box, and what comes out at the end, from where."""
        home = {number: at for at, box in enumerate(boxes) for number in box.parts}
        end = _Place(WIDTH - RIGHT + 8, self.y(lanes.index(_end_of(flow))), 0, 0)
        targets = [(at, n) for at, box in enumerate(boxes) for n in box.parts]
        asked = [(at, s) for at, n in targets for s in flow.parts[n].sources]
        asked += [(len(boxes), s) for s in flow.sources]
        pairs = dict.fromkeys((home.get(s, s), at) for at, s in asked)
        for source, target in sorted(pairs):
            if source == target:
                continue  # inside of a folded box
            a = self.place(boxes[source]) if source >= 0 else self.picture(-1 - source, 2)
            b = self.place(boxes[target]) if target < len(boxes) else end
            from_column = boxes[source].column if source >= 0 else -1
            to_column = boxes[target].column if target < len(boxes) else boxes[-1].column + 1
            far = to_column - from_column > 1
            yield {
                "source": source,
                "target": target,
                "far": far,
                "path": self._curve(a, b, boxes, (from_column, to_column)),
            }

    def _curve(
        self, a: _Place, b: _Place, boxes: list[Box], columns: tuple[int, int]
    ) -> list[float | int]:
        """A cubic curve, as four points: from the right side of one place to the left of another.

        Where a box stands between them on their lane, it goes above that.
        """
        x0, x1 = a.x + a.w, b.x
        y0, y1 = _nearest(a, b), _nearest(b, a)
        if columns[0] == columns[1]:  # below each other
            middle = a.x + a.w / 2
            return [middle, a.y + a.h, middle, a.y + a.h, middle, b.y, middle, b.y]
        between = [p for p in boxes if columns[0] < p.column < columns[1]]
        level = y0 == y1 and any(
            place.y <= y0 <= place.y + place.h for place in map(self.place, between)
        )
        if level:
            y0, y1 = y0 - BOX / 4, y1 - BOX / 4
        lift = BOX * 1.05 if level else 0
        bend = (x1 - x0) * (0.15 if level else 0.5)
        return [x0, y0, x0 + bend, y0 - lift, x1 - bend, y1 - lift, x1, y1]


def _nearest(a: _Place, b: _Place) -> float | int:
    """The height at which `a` is left toward `b`: a tall box has many."""
    low, high = a.y + BOX / 2, a.y + a.h - BOX / 2
    middle = b.y + b.h / 2
    return a.y + a.h / 2 if a.h <= BOX else min(max(middle, low), high)
