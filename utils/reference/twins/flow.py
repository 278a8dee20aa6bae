"""Matching, warping and upsampling of flow, one number at a time. Maps are (b, h, w, c)."""

import math

import numpy as np


def instance_norm(x, *, eps=1e-5):
    """(x − mean) / √(variance + eps) over the places of each picture and channel."""
    x = np.asarray(x)
    out = np.zeros(x.shape)
    b, h, w, c = x.shape
    for item in range(b):
        for channel in range(c):
            values = [float(x[item, y, i, channel]) for y in range(h) for i in range(w)]
            mean = sum(values) / len(values)
            variance = sum((value - mean) ** 2 for value in values) / len(values)
            for y in range(h):
                for i in range(w):
                    value = float(x[item, y, i, channel])
                    out[item, y, i, channel] = (value - mean) / math.sqrt(variance + eps)
    return out


def rotate_by_place(x):
    """Turn channel pairs by y · 100^(−4k/c) in the first half, by x · … in the second."""
    x = np.asarray(x)
    out = np.zeros(x.shape)
    b, h, w, c = x.shape
    for item in range(b):
        for row in range(h):
            for column in range(w):
                for pair in range(c // 2):
                    place, k = (row, pair) if pair < c // 4 else (column, pair - c // 4)
                    angle = place * 100.0 ** (-4 * k / c)
                    one, two = x[item, row, column, 2 * pair : 2 * pair + 2]
                    cos, sin = math.cos(angle), math.sin(angle)
                    out[item, row, column, 2 * pair] = one * cos - two * sin
                    out[item, row, column, 2 * pair + 1] = one * sin + two * cos
    return out


def local_attention(q, k, v, *, radius, outside="masked"):
    """Attention of every place to the square around it; outside is no key, or a key of zeros."""
    q, k, v = np.asarray(q), np.asarray(k), np.asarray(v)
    b, h, w, d = q.shape
    out = np.zeros((b, h, w, v.shape[-1]))
    for item in range(b):
        for y in range(h):
            for x in range(w):
                scores, values = [], []
                for row in range(y - radius, y + radius + 1):
                    for column in range(x - radius, x + radius + 1):
                        if 0 <= row < h and 0 <= column < w:
                            product = _dot(q[item, y, x], k[item, row, column])
                            scores.append(product / math.sqrt(d))
                            values.append(v[item, row, column])
                        elif outside == "zero":
                            scores.append(0.0)
                            values.append(np.zeros(v.shape[-1]))
                out[item, y, x] = _expected(scores, values)
    return out


def split_attention(q, k, v, *, splits, shift=False):
    """Attention in splits × splits windows, moved down and right by half a window."""
    q, k, v = np.asarray(q), np.asarray(k), np.asarray(v)
    b, h, w, d = q.shape
    window = (h // splits, w // splits)
    moved = [side // 2 if shift and splits > 1 else 0 for side in window]

    def group(y, x):
        # Python's // goes down, so that what lies before the first window is the group −1
        return (y - moved[0]) // window[0], (x - moved[1]) // window[1]

    out = np.zeros((b, h, w, v.shape[-1]))
    places = [(y, x) for y in range(h) for x in range(w)]
    for item in range(b):
        for y, x in places:
            seen = [place for place in places if group(*place) == group(y, x)]
            scores = [_dot(q[item, y, x], k[(item, *place)]) / math.sqrt(d) for place in seen]
            out[item, y, x] = _expected(scores, [v[(item, *place)] for place in seen])
    return out


def match_globally(feature0, feature1):
    """The expected place in frame 1 of every cell of frame 0, minus its own, (b, h, w, 2)."""
    h, w = np.asarray(feature0).shape[1:3]
    return match_locally(feature0, feature1, radius=max(h, w))


def match_locally(feature0, feature1, *, radius):
    """The same, among the cells at most `radius` away."""
    b, h, w, _ = np.asarray(feature0).shape
    own = np.zeros((b, h, w, 2))
    for y in range(h):
        for x in range(w):
            own[:, y, x] = (x, y)
    return local_attention(feature0, feature1, own, radius=radius) - own


def warp(x, flow):
    """Read the map where the flow points to: bilinear, zeros outside."""
    x, flow = np.asarray(x), np.asarray(flow)
    b, h, w, c = x.shape
    out = np.zeros((b, h, w, c))
    for item in range(b):
        for row in range(h):
            for column in range(w):
                to_x, to_y = column + flow[item, row, column, 0], row + flow[item, row, column, 1]
                left, top = math.floor(to_x), math.floor(to_y)
                for near_y in (top, top + 1):
                    for near_x in (left, left + 1):
                        share = (1 - abs(to_x - near_x)) * (1 - abs(to_y - near_y))
                        if 0 <= near_y < h and 0 <= near_x < w:
                            out[item, row, column] += share * x[item, near_y, near_x]
    return out


def upsample_flow(flow, *, factor):
    """Bilinear, corners on corners, and factor times as long."""
    flow = np.asarray(flow)
    b, h, w, _ = flow.shape
    out = np.zeros((b, h * factor, w * factor, 2))
    for row in range(h * factor):
        for column in range(w * factor):
            y = row * (h - 1) / max(h * factor - 1, 1)
            x = column * (w - 1) / max(w * factor - 1, 1)
            for near_y in range(h):
                for near_x in range(w):
                    share = max(0.0, 1 - abs(y - near_y)) * max(0.0, 1 - abs(x - near_x))
                    out[:, row, column] += factor * share * flow[:, near_y, near_x]
    return out


def convex_upsample(flow, logits, *, factor):
    """Every fine pixel: the softmax-weighted mean of 3×3 coarse flows, factor times as long."""
    flow, logits = np.asarray(flow), np.asarray(logits)
    b, h, w, _ = flow.shape
    out = np.zeros((b, h * factor, w * factor, 2))
    for item in range(b):
        for row in range(h * factor):
            for column in range(w * factor):
                y, x = row // factor, column // factor
                fine = (row % factor) * factor + column % factor
                scores, values = [], []
                for cell in range(9):
                    near_y, near_x = y + cell // 3 - 1, x + cell % 3 - 1
                    scores.append(float(logits[item, y, x, cell * factor**2 + fine]))
                    inside = 0 <= near_y < h and 0 <= near_x < w
                    values.append(flow[item, near_y, near_x] if inside else np.zeros(2))
                out[item, row, column] = factor * _expected(scores, values)
    return out


def _dot(a, b):
    return sum(float(one) * float(two) for one, two in zip(a, b, strict=True))


def _expected(scores, values):
    """The mean of the values with the softmax of the scores as weights."""
    highest = max(scores)
    shares = [math.exp(score - highest) for score in scores]
    total = sum(shares)
    return sum(share / total * value for share, value in zip(shares, values, strict=True))
