"""Second styles of right answers to lesson 05."""

import torch
from einops import rearrange
from torch.nn import functional

from tests.checks.styles.collect import style
from utils import ops


@style("coordinate_grid")
def by_loops(h, w):
    return torch.tensor([[[x, y] for x in range(w)] for y in range(h)], dtype=torch.float32)


@style("flow_upsample")
def by_two_matrices(flow, factor):
    """Each axis by a matrix of shares."""

    def shares(side):
        places = torch.linspace(0, side - 1, side * factor)
        return (1 - (places[:, None] - torch.arange(side)).abs()).clamp(min=0)

    _, h, w, _ = flow.shape
    return factor * torch.einsum("yh,bhwc,xw->byxc", shares(h), flow, shares(w))


@style("match_all")
def by_torch_attention(feature0, feature1):
    b, h, w, _ = feature0.shape
    y, x = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
    own = torch.stack([x, y], -1).float()
    q, k = (rearrange(f, "b h w c -> b (h w) c") for f in (feature0, feature1))
    places = own.reshape(1, h * w, 2).expand(b, -1, -1)
    out = functional.scaled_dot_product_attention(q, k, places)
    return out.reshape(b, h, w, 2) - own


@style("propagate_flow")
def by_einsum(layer, feature, flow):
    q = layer.q(feature)
    k = layer.k(q)
    scores = torch.einsum("bhwc,byxc->bhwyx", q, k) * q.shape[-1] ** -0.5
    weights = scores.flatten(3).softmax(-1).reshape(scores.shape)
    return torch.einsum("bhwyx,byxc->bhwc", weights, flow)


@style("warp_back")
def by_outer_edges(x, flow):
    """The other convention, with the grid that belongs to it."""
    h, w = x.shape[1:3]
    y, column = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
    places = torch.stack([column, y], -1) + flow
    grid = (2 * places + 1) / torch.tensor([w, h]) - 1
    read = functional.grid_sample(x.permute(0, 3, 1, 2), grid, align_corners=False)
    return read.permute(0, 2, 3, 1)


@style("convex_mix")
def by_nine_shifts(flow, logits, factor):
    b, h, w, _ = flow.shape
    weights = logits.reshape(b, h, w, 9, factor, factor).softmax(3)
    padded = functional.pad(flow, (0, 0, 1, 1, 1, 1))
    out = torch.zeros(b, h, w, factor, factor, 2)
    for n in range(9):
        y, x = divmod(n, 3)
        near = padded[:, y : y + h, x : x + w]
        out = out + weights[:, :, :, n, :, :, None] * near[:, :, :, None, None]
    return factor * out.transpose(2, 3).reshape(b, h * factor, w * factor, 2)


@style("both_frames")
def by_a_roll(transformer, feature0, feature1, splits):
    both = torch.cat([feature0, feature1])
    for layer in transformer.layers:
        both = layer(both, both.roll(len(feature0), dims=0), splits=splits)
    return [both[: len(feature0)], both[len(feature0) :]]


@style("whole_flow")
def with_our_operations(model, frame0, frame1):
    (features,), _ = model.encode(frame0, frame1)
    feature0, feature1 = model.enhance(features[: len(frame0)], features[len(frame0) :], scale=0)
    flow = ops.match_globally(feature0, feature1)
    flow = model.propagation(feature0, flow, radius=-1)
    flow = model.upsampler(feature0, flow, [])
    h, w = frame0.shape[-2:]
    top, left = (flow.shape[1] - h) // 2, (flow.shape[2] - w) // 2
    return flow[:, top : top + h, left : left + w].permute(0, 3, 1, 2)
