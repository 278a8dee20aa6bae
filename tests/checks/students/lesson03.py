"""MaxViT."""

import math

import numpy as np
import torch
from einops import rearrange, reduce
from torch.nn import functional

from tests.checks.students.collect import right, wrong
from utils.ops import crop, merge_windows, pad_to_multiple, padding_mask, partition_windows

# ---- maxvit_scores


@right("maxvit_scores")
def ms_chain(model, features):
    y = features.mean(dim=[1, 2])
    for f in (model.norm, model.hidden, torch.tanh, model.head):
        y = f(y)
    return y


@right("maxvit_scores")
def ms_by_hand(model, features):
    y = features.flatten(1, 2).sum(1) / (features.shape[1] * features.shape[2])
    y = model.norm(y)
    y = y @ model.hidden.weight.T + model.hidden.bias
    e = torch.exp(2 * y)
    return model.head((e - 1) / (e + 1))


right("maxvit_scores", "lambda")(
    lambda model, features: model.head(
        torch.tanh(model.hidden(model.norm(reduce(features, "b h w c -> b c", "mean"))))
    )
)


@wrong("maxvit_scores", "norm|mean")
def ms_norm_first(model, features):
    return model.head(torch.tanh(model.hidden(model.norm(features).mean((1, 2)))))


@wrong("maxvit_scores", "tanh")
def ms_no_tanh(model, features):
    return model.head(model.hidden(model.norm(features.mean((1, 2)))))


@wrong("maxvit_scores", "hidden")
def ms_no_hidden(model, features):
    return model.head(torch.tanh(model.norm(features.mean((1, 2)))))


@wrong("maxvit_scores", "ReLU|tanh")
def ms_relu(model, features):
    return model.head(functional.relu(model.hidden(model.norm(features.mean((1, 2))))))


@wrong("maxvit_scores", "tanh")
def ms_gelu(model, features):
    return model.head(functional.gelu(model.hidden(model.norm(features.mean((1, 2))))))


@wrong("maxvit_scores", "tanh|before|after")
def ms_tanh_before(model, features):
    return model.head(model.hidden(torch.tanh(model.norm(features.mean((1, 2))))))


@wrong("maxvit_scores", "softmax")
def ms_softmax(model, features):
    return ms_chain(model, features).softmax(-1)


@wrong("maxvit_scores", "tanh|end|after")
def ms_tanh_last(model, features):
    return torch.tanh(model.head(model.hidden(model.norm(features.mean((1, 2))))))


@wrong("maxvit_scores", "max|largest|highest|mean")
def ms_max(model, features):
    return model.head(torch.tanh(model.hidden(model.norm(features.amax((1, 2))))))


# ---- same_cells


@right("same_cells")
def sc_formula(side, kernel_size, stride):
    total = max((math.ceil(side / stride) - 1) * stride + kernel_size - side, 0)
    return total // 2, total - total // 2


@right("same_cells")
def sc_tf(side, kernel_size, stride):
    rest = side % stride
    total = max(kernel_size - (stride if rest == 0 else rest), 0)
    before, odd = divmod(total, 2)
    return before, before + odd


@right("same_cells")
def sc_search(side, kernel_size, stride):
    total = 0
    while (side + total - kernel_size) // stride + 1 < -(-side // stride):
        total += 1
    return np.int64(total // 2), np.int64((total + 1) // 2)


@wrong("same_cells", "before|after|exchanged|opposite|odd")
def sc_before(side, kernel_size, stride):
    total = max((-(-side // stride) - 1) * stride + kernel_size - side, 0)
    return total - total // 2, total // 2


@wrong("same_cells", "torch|stride|padding|k // 2|kernel")
def sc_torch(side, kernel_size, stride):
    return kernel_size // 2, kernel_size // 2


@wrong("same_cells", "torch|stride|padding|kernel")
def sc_torch_k1(side, kernel_size, stride):
    return (kernel_size - 1) // 2, (kernel_size - 1) // 2


@wrong("same_cells", "stride")
def sc_no_stride(side, kernel_size, stride):
    return (kernel_size - 1) // 2, kernel_size // 2


@wrong("same_cells", "negative|max|below 0|less than 0")
def sc_negative(side, kernel_size, stride):
    total = (-(-side // stride) - 1) * stride + kernel_size - side
    return total // 2, total - total // 2


@wrong("same_cells", "⌈|ceil|round|//|down|up")
def sc_floor(side, kernel_size, stride):
    total = max((side // stride - 1) * stride + kernel_size - side, 0)
    return total // 2, total - total // 2


@wrong("same_cells", "float")
def sc_float(side, kernel_size, stride):
    total = max((-(-side // stride) - 1) * stride + kernel_size - side, 0)
    return total / 2, total - total / 2


@wrong("same_cells", "divides|multiple|odd|side|where|stride")
def sc_k_minus_s(side, kernel_size, stride):
    total = max(kernel_size - stride, 0)
    return total // 2, total - total // 2


@wrong("same_cells", "float|round|half|banker")
def sc_round(side, kernel_size, stride):
    total = max((-(-side // stride) - 1) * stride + kernel_size - side, 0)
    return round(total / 2), total - round(total / 2)


@wrong("same_cells", "needed // 2")
def sc_all_after(side, kernel_size, stride):
    total = max((-(-side // stride) - 1) * stride + kernel_size - side, 0)
    return total // 2, total


# ---- squeeze_excite


@right("squeeze_excite")
def se_einsum(layer, x):
    s = torch.einsum("bhwc->bc", x) / (x.shape[1] * x.shape[2])
    r = layer.reduce(s)
    gate = torch.sigmoid(layer.expand(r * torch.sigmoid(r)))
    return torch.einsum("bhwc,bc->bhwc", x, gate)


@right("squeeze_excite")
def se_keepdim(layer, x):
    return x * layer.expand(functional.silu(layer.reduce(x.mean((1, 2), keepdim=True)))).sigmoid()


@right("squeeze_excite")
def se_loop(layer, x):
    out = []
    for picture in x:
        s = picture.flatten(0, 1).mean(0)
        g = layer.expand(functional.silu(layer.reduce(s[None])))[0]
        out.append(picture / (1 + torch.exp(-g)))
    return torch.stack(out)


@wrong("squeeze_excite", "SiLU|ReLU")
def se_relu(layer, x):
    s = x.mean((1, 2), keepdim=True)
    return x * layer.expand(layer.reduce(s).relu()).sigmoid()


@wrong("squeeze_excite", "SiLU|missing|activation")
def se_no_silu(layer, x):
    s = x.mean((1, 2), keepdim=True)
    return x * layer.expand(layer.reduce(s)).sigmoid()


@wrong("squeeze_excite", "sigmoid")
def se_no_sigmoid(layer, x):
    s = x.mean((1, 2), keepdim=True)
    return x * layer.expand(functional.silu(layer.reduce(s)))


@wrong("squeeze_excite", r"`\* x`")
def se_gate_alone(layer, x):
    s = x.mean((1, 2), keepdim=True)
    return layer.expand(functional.silu(layer.reduce(s))).sigmoid().expand_as(x)


@wrong("squeeze_excite", "add|sum|plus|\\+|multipl")
def se_added(layer, x):
    s = x.mean((1, 2), keepdim=True)
    return x + layer.expand(functional.silu(layer.reduce(s))).sigmoid()


@wrong("squeeze_excite", "residual|`x`|plus")
def se_residual(layer, x):
    s = x.mean((1, 2), keepdim=True)
    return x + x * layer.expand(functional.silu(layer.reduce(s))).sigmoid()


@wrong("squeeze_excite", "mean|squeeze|each cell|map")
def se_no_mean(layer, x):
    return x * layer.expand(functional.silu(layer.reduce(x))).sigmoid()


@wrong("squeeze_excite", "max|mean")
def se_max(layer, x):
    return x * layer.expand(functional.silu(layer.reduce(x.amax((1, 2), keepdim=True)))).sigmoid()


@wrong("squeeze_excite", "batch|picture|mean")
def se_batch_mean(layer, x):
    s = x.mean((0, 1, 2), keepdim=True)
    return x * layer.expand(functional.silu(layer.reduce(s))).sigmoid()


@wrong("squeeze_excite", "softmax|sigmoid")
def se_softmax(layer, x):
    s = x.mean((1, 2), keepdim=True)
    return x * layer.expand(functional.silu(layer.reduce(s))).softmax(-1)


@wrong("squeeze_excite", "GELU|SiLU")
def se_gelu(layer, x):
    s = x.mean((1, 2), keepdim=True)
    return x * layer.expand(functional.gelu(layer.reduce(s))).sigmoid()


# ---- halve


@right("halve")
def hv_pool(layer, x):
    y = functional.avg_pool2d(x.permute(0, 3, 1, 2), 2, ceil_mode=True, count_include_pad=False)
    return layer.projection(y.permute(0, 2, 3, 1))


@right("halve")
def hv_loops(layer, x):
    _b, h, w, _c = x.shape
    rows = []
    for i in range(0, h, 2):
        rows.append(
            torch.stack([x[:, i : i + 2, j : j + 2].mean((1, 2)) for j in range(0, w, 2)], 1)
        )
    return layer.projection(torch.stack(rows, 1))


@right("halve")
def hv_counted(layer, x):
    _b, h, w, _c = x.shape
    pad = (0, 0, 0, w % 2, 0, h % 2)
    ones = functional.pad(torch.ones(1, h, w, 1), pad)
    y = functional.pad(x, pad)
    total, n = (reduce(t, "b (h p) (w q) c -> b h w c", "sum", p=2, q=2) for t in (y, ones))
    return layer.projection(total / n)


@wrong("halve", "odd|4|zero|pad|those that are there")
def hv_zeros(layer, x):
    _b, h, w, _c = x.shape
    y = functional.pad(x, (0, 0, 0, w % 2, 0, h % 2))
    return layer.projection(reduce(y, "b (h p) (w q) c -> b h w c", "mean", p=2, q=2))


@wrong("halve", "odd|shape|⌈|drop|end|cut")
def hv_dropped(layer, x):
    y = functional.avg_pool2d(x.permute(0, 3, 1, 2), 2)
    return layer.projection(y.permute(0, 2, 3, 1))


@wrong("halve", "max|mean")
def hv_max(layer, x):
    y = functional.max_pool2d(x.permute(0, 3, 1, 2), 2, ceil_mode=True)
    return layer.projection(y.permute(0, 2, 3, 1))


@wrong("halve", "pick|top left|every second|mean|one")
def hv_strided(layer, x):
    return layer.projection(x[:, ::2, ::2])


@wrong("halve", "sum|4|mean")
def hv_sum(layer, x):
    _b, h, w, _c = x.shape
    y = functional.pad(x, (0, 0, 0, w % 2, 0, h % 2))
    return layer.projection(reduce(y, "b (h p) (w q) c -> b h w c", "sum", p=2, q=2))


@wrong("halve", "projection")
def hv_no_projection(layer, x):
    y = functional.avg_pool2d(x.permute(0, 3, 1, 2), 2, ceil_mode=True, count_include_pad=False)
    return y.permute(0, 2, 3, 1)


@wrong("halve", "gradient")
def hv_data(layer, x):
    y = functional.avg_pool2d(
        x.data.permute(0, 3, 1, 2), 2, ceil_mode=True, count_include_pad=False
    )
    return layer.projection(y.permute(0, 2, 3, 1))


@wrong("halve", "axes|permute|channels|b c|order|layout")
def hv_channels_first(layer, x):
    y = functional.avg_pool2d(x.permute(0, 3, 1, 2), 2, ceil_mode=True, count_include_pad=False)
    return layer.projection(y.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


@wrong("halve", "odd|repeat|last|end|edge")
def hv_replicate(layer, x):
    _b, h, w, _c = x.shape
    y = torch.cat([x, x[:, -1:] * 0.5], 1) if h % 2 else x
    y = torch.cat([y, y[:, :, -1:] * 0.5], 2) if w % 2 else y
    return layer.projection(reduce(y, "b (h p) (w q) c -> b h w c", "mean", p=2, q=2))


# ---- residual_halves


@right("residual_halves")
def rh_plain(layer, x):
    x = x + layer.attend(layer.norm1(x))
    return x + layer.mlp(layer.norm2(x))


@right("residual_halves")
def rh_loop(layer, x):
    for norm, f in ((layer.norm1, layer.attend), (layer.norm2, layer.mlp)):
        x = sum([f(norm(x)), x])
    return x


right("residual_halves", "lambda")(
    lambda layer, x: (y := torch.add(x, layer.attend(layer.norm1(x)))) + layer.mlp(layer.norm2(y))
)


@wrong("residual_halves", "multipl|\\*|product|times")
def rh_product(layer, x):
    y = layer.attend(layer.norm1(x)) + x
    return layer.mlp(layer.norm2(y)) * y


@wrong("residual_halves", "second skip")
def rh_second(layer, x):
    y = layer.attend(layer.norm1(x)) + x
    return layer.mlp(layer.norm2(y)) + x


@wrong("residual_halves", "residual|`x`")
def rh_forgotten_one(layer, x):
    x = layer.attend(layer.norm1(x))
    return layer.mlp(layer.norm2(x)) + x


@wrong("residual_halves", "attention is lost")
def rh_forgotten_two(layer, x):
    x = x + layer.attend(layer.norm1(x))
    return layer.mlp(layer.norm2(x))


@wrong("residual_halves", "norm")
def rh_post(layer, x):
    x = layer.norm1(x + layer.attend(x))
    return layer.norm2(x + layer.mlp(x))


@wrong("residual_halves", "norm")
def rh_res_post(layer, x):
    x = x + layer.norm1(layer.attend(x))
    return x + layer.norm2(layer.mlp(x))


@wrong("residual_halves", "order|first|attend|mlp")
def rh_order(layer, x):
    x = x + layer.mlp(layer.norm2(x))
    return x + layer.attend(layer.norm1(x))


@wrong("residual_halves", "norm2")
def rh_no_norm2(layer, x):
    x = x + layer.attend(layer.norm1(x))
    return x + layer.mlp(x)


@wrong("residual_halves", "norm1|norm2|exchanged")
def rh_norms_exchanged(layer, x):
    x = x + layer.attend(layer.norm2(x))
    return x + layer.mlp(layer.norm1(x))


@wrong("residual_halves", "twice|residual|`x`|2")
def rh_twice(layer, x):
    y = x + layer.attend(layer.norm1(x))
    return x + y + layer.mlp(layer.norm2(y))


@wrong("residual_halves", "writes")
def rh_in_place(layer, x):
    x += layer.attend(layer.norm1(x))
    x += layer.mlp(layer.norm2(x))
    return x


# ---- reach


def _groups(size, window_size, kind):
    (h, w), (wh, ww) = size, window_size
    y, x = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
    g = y // wh * w + x // ww if kind == "window" else y % (h // wh) * w + x % (w // ww)
    return g.flatten()


@right("reach")
def rc_float_matmul(size, window_size, kinds):
    n = size[0] * size[1]
    r = torch.eye(n)
    for kind in kinds:
        g = _groups(size, window_size, kind)
        r = (g[:, None] == g[None]).float() @ r
    return r > 0


@right("reach")
def rc_sets(size, window_size, kinds):
    n = size[0] * size[1]
    knows = [{i} for i in range(n)]
    for kind in kinds:
        g = _groups(size, window_size, kind).tolist()
        knows = [set().union(*(knows[j] for j in range(n) if g[j] == g[i])) for i in range(n)]
    return torch.tensor([[j in knows[i] for j in range(n)] for i in range(n)])


@right("reach")
def rc_numpy(size, window_size, kinds):
    r = np.eye(size[0] * size[1], dtype=bool)
    for kind in kinds:
        g = _groups(size, window_size, kind).numpy()
        r = np.array([r[g == one].any(0) for one in g])
    return torch.from_numpy(r)


@wrong("reach", "transposed|order|turned|exchanged|other|first|last|axes|row")
def rc_reversed(size, window_size, kinds):
    r = torch.eye(size[0] * size[1])
    for kind in kinds:
        g = _groups(size, window_size, kind)
        r = r @ (g[:, None] == g[None]).float()
    return r > 0


@wrong("reach", "numbers|True|bool|float")
def rc_counts(size, window_size, kinds):
    r = torch.eye(size[0] * size[1])
    for kind in kinds:
        g = _groups(size, window_size, kind)
        r = (g[:, None] == g[None]).float() @ r
    return r


@wrong("reach", "add up")
def rc_union(size, window_size, kinds):
    r = torch.eye(size[0] * size[1]) > 0
    for kind in kinds:
        g = _groups(size, window_size, kind)
        r = r | (g[:, None] == g[None])
    return r


@wrong("reach", "window|grid|kind")
def rc_windows_only(size, window_size, kinds):
    r = torch.eye(size[0] * size[1])
    for _ in kinds:
        g = _groups(size, window_size, "window")
        r = (g[:, None] == g[None]).float() @ r
    return r > 0


@wrong("reach", "grid|window|exchanged|kind")
def rc_kinds_swapped(size, window_size, kinds):
    r = torch.eye(size[0] * size[1])
    for kind in kinds:
        g = _groups(size, window_size, "grid" if kind == "window" else "window")
        r = (g[:, None] == g[None]).float() @ r
    return r > 0


@wrong("reach", "sparse")
def rc_sparse(size, window_size, kinds):
    return rc_float_matmul(size, window_size, kinds).to_sparse()


@wrong("reach", "last|only|first|kinds|one")
def rc_last_only(size, window_size, kinds):
    r = torch.eye(size[0] * size[1]) > 0
    for kind in kinds:
        g = _groups(size, window_size, kind)
        r = g[:, None] == g[None]
    return r


@wrong("reach", "eye")
def rc_not_itself(size, window_size, kinds):
    r = rc_float_matmul(size, window_size, kinds)
    return r & ~torch.eye(len(r), dtype=torch.bool)


@wrong("reach", "`-1`|exchanged|height")
def rc_size_exchanged(size, window_size, kinds):
    return rc_float_matmul(size, window_size[::-1], kinds)


# ---- attend_groups


@right("attend_groups")
def ag_ops(layer, x):
    size = tuple(x.shape[1:3])
    y = pad_to_multiple(x, multiple=layer.window_size)
    mask = None
    if tuple(y.shape[1:3]) != size:
        mask = padding_mask(size, window_size=layer.window_size, kind=layer.kind)
    groups = partition_windows(y, window_size=layer.window_size, kind=layer.kind)
    y = merge_windows(layer.attention(groups, mask), window_size=layer.window_size, kind=layer.kind)
    return crop(y, size=size)


@right("attend_groups")
def ag_einops(layer, x):
    h, w = x.shape[1:3]
    wh, ww = layer.window_size
    y = functional.pad(x, (0, 0, 0, -w % ww, 0, -h % wh))
    p = {"window": "(nh wh) (nw ww)", "grid": "(wh nh) (ww nw)"}[layer.kind]
    g = rearrange(y, f"b {p} c -> b nh nw (wh ww) c", wh=wh, ww=ww)
    m = None
    if h % wh or w % ww:
        m = padding_mask((h, w), window_size=(wh, ww), kind=layer.kind)
    g = layer.attention(g, m)
    y = rearrange(g, f"b nh nw (wh ww) c -> b {p} c", wh=wh, ww=ww)
    return y[:, :h, :w]


class _Groups:
    def __call__(self, layer, x):
        return ag_ops(layer, x)


right("attend_groups", "object")(_Groups())


def _ag(layer, x, kinds=None, masked=True, mask_kind=None, always=False, padded_size=False):
    size = tuple(x.shape[1:3])
    y = pad_to_multiple(x, multiple=layer.window_size)
    a, b = kinds or (layer.kind, layer.kind)
    mask = None
    if masked and (always or tuple(y.shape[1:3]) != size):
        asked = tuple(y.shape[1:3]) if padded_size else size
        mask = padding_mask(asked, window_size=layer.window_size, kind=mask_kind or layer.kind)
    g = layer.attention(partition_windows(y, window_size=layer.window_size, kind=a), mask)
    return crop(merge_windows(g, window_size=layer.window_size, kind=b), size=size)


@wrong("attend_groups", "mask|pad")
def ag_no_mask(layer, x):
    size = tuple(x.shape[1:3])
    y = pad_to_multiple(x, multiple=layer.window_size)
    g = partition_windows(y, window_size=layer.window_size, kind=layer.kind)
    g = layer.attention(g, None)
    return crop(merge_windows(g, window_size=layer.window_size, kind=layer.kind), size=size)


@wrong("attend_groups", "kind|grid|window")
def ag_no_kind(layer, x):
    return _ag(layer, x, kinds=("window", "window"))


@wrong("attend_groups", "kind|merge|back|grid")
def ag_merge_window(layer, x):
    size = tuple(x.shape[1:3])
    y = pad_to_multiple(x, multiple=layer.window_size)
    mask = None
    if tuple(y.shape[1:3]) != size:
        mask = padding_mask(size, window_size=layer.window_size, kind=layer.kind)
    g = partition_windows(y, window_size=layer.window_size, kind=layer.kind)
    g = layer.attention(g, mask)
    return crop(merge_windows(g, window_size=layer.window_size), size=size)


@wrong("attend_groups", "mask|kind")
def ag_mask_window(layer, x):
    size = tuple(x.shape[1:3])
    y = pad_to_multiple(x, multiple=layer.window_size)
    mask = None
    if tuple(y.shape[1:3]) != size:
        mask = padding_mask(size, window_size=layer.window_size, kind="window")
    g = partition_windows(y, window_size=layer.window_size, kind=layer.kind)
    g = layer.attention(g, mask)
    return crop(merge_windows(g, window_size=layer.window_size, kind=layer.kind), size=size)


@wrong("attend_groups", "pad|mask|size|before")
def ag_mask_size(layer, x):
    size = tuple(x.shape[1:3])
    y = pad_to_multiple(x, multiple=layer.window_size)
    mask = padding_mask(tuple(y.shape[1:3]), window_size=layer.window_size, kind=layer.kind)
    g = partition_windows(y, window_size=layer.window_size, kind=layer.kind)
    g = layer.attention(g, mask)
    return crop(merge_windows(g, window_size=layer.window_size, kind=layer.kind), size=size)


@wrong("attend_groups", "residual|`x`")
def ag_residual(layer, x):
    return x + ag_ops(layer, x)


@wrong("attend_groups", "crop|shape|size")
def ag_no_crop(layer, x):
    size = tuple(x.shape[1:3])
    y = pad_to_multiple(x, multiple=layer.window_size)
    mask = None
    if tuple(y.shape[1:3]) != size:
        mask = padding_mask(size, window_size=layer.window_size, kind=layer.kind)
    g = partition_windows(y, window_size=layer.window_size, kind=layer.kind)
    g = layer.attention(g, mask)
    return merge_windows(g, window_size=layer.window_size, kind=layer.kind)


@wrong("attend_groups", "kind|window|grid|exchanged|turned")
def ag_kinds_turned(layer, x):
    other = "grid" if layer.kind == "window" else "window"
    return _ag(layer, x, kinds=(other, other), mask_kind=other)


# ---- mbconv


@right("mbconv")
def mb_plain(layer, x):
    y = layer.expand_norm(layer.expand(layer.norm(x)))
    y = functional.gelu(y, approximate="tanh")
    y = functional.gelu(layer.depthwise_norm(layer.depthwise(y)), approximate="tanh")
    return layer.project(layer.squeeze_excite(y)) + layer.shortcut(x)


@right("mbconv")
def mb_chain(layer, x):
    def gelu(t):
        return 0.5 * t * (1 + torch.tanh(math.sqrt(2 / math.pi) * (t + 0.044715 * t.pow(3))))

    steps = [layer.norm, layer.expand, layer.expand_norm, gelu, layer.depthwise]
    steps += [layer.depthwise_norm, gelu, layer.squeeze_excite, layer.project]
    y = x
    for step in steps:
        y = step(y)
    return layer.shortcut(x) + y


right("mbconv", "nested lambda")(
    lambda layer, x: (
        layer.shortcut(x)
        + layer.project(
            layer.squeeze_excite(
                functional.gelu(
                    layer.depthwise_norm(
                        layer.depthwise(
                            functional.gelu(
                                layer.expand_norm(layer.expand(layer.norm(x))), approximate="tanh"
                            )
                        )
                    ),
                    approximate="tanh",
                )
            )
        )
    )
)


def _g(x):
    return functional.gelu(x, approximate="tanh")


@wrong("mbconv", "exact|tanh|GELU")
def mb_exact(layer, x):
    y = functional.gelu(layer.expand_norm(layer.expand(layer.norm(x))))
    y = functional.gelu(layer.depthwise_norm(layer.depthwise(y)))
    return layer.project(layer.squeeze_excite(y)) + layer.shortcut(x)


@wrong("mbconv", "shortcut|residual")
def mb_no_shortcut(layer, x):
    y = _g(layer.expand_norm(layer.expand(layer.norm(x))))
    y = _g(layer.depthwise_norm(layer.depthwise(y)))
    return layer.project(layer.squeeze_excite(y))


@wrong("mbconv", "`layer.norm`|norm")
def mb_no_norm(layer, x):
    y = _g(layer.expand_norm(layer.expand(x)))
    y = _g(layer.depthwise_norm(layer.depthwise(y)))
    return layer.project(layer.squeeze_excite(y)) + layer.shortcut(x)


@wrong("mbconv", "expand_norm")
def mb_no_expand_norm(layer, x):
    y = _g(layer.expand(layer.norm(x)))
    y = _g(layer.depthwise_norm(layer.depthwise(y)))
    return layer.project(layer.squeeze_excite(y)) + layer.shortcut(x)


@wrong("mbconv", "GELU")
def mb_one_gelu(layer, x):
    y = _g(layer.expand_norm(layer.expand(layer.norm(x))))
    y = layer.depthwise_norm(layer.depthwise(y))
    return layer.project(layer.squeeze_excite(y)) + layer.shortcut(x)


@wrong("mbconv", "GELU|before|norm|order")
def mb_gelu_before_norm(layer, x):
    y = layer.expand_norm(_g(layer.expand(layer.norm(x))))
    y = layer.depthwise_norm(_g(layer.depthwise(y)))
    return layer.project(layer.squeeze_excite(y)) + layer.shortcut(x)


@wrong("mbconv", "squeeze_excite")
def mb_no_se(layer, x):
    y = _g(layer.expand_norm(layer.expand(layer.norm(x))))
    y = _g(layer.depthwise_norm(layer.depthwise(y)))
    return layer.project(y) + layer.shortcut(x)


@wrong("mbconv", "squeeze_excite|after|project|order")
def mb_se_early(layer, x):
    y = _g(layer.expand_norm(layer.expand(layer.norm(x))))
    y = layer.depthwise_norm(layer.depthwise(y))
    return layer.project(_g(layer.squeeze_excite(y))) + layer.shortcut(x)


@wrong("mbconv", "shortcut|norm")
def mb_shortcut_norm(layer, x):
    x = layer.norm(x)
    y = _g(layer.expand_norm(layer.expand(x)))
    y = _g(layer.depthwise_norm(layer.depthwise(y)))
    return layer.project(layer.squeeze_excite(y)) + layer.shortcut(x)


@wrong("mbconv", "SiLU|GELU")
def mb_silu(layer, x):
    y = functional.silu(layer.expand_norm(layer.expand(layer.norm(x))))
    y = functional.silu(layer.depthwise_norm(layer.depthwise(y)))
    return layer.project(layer.squeeze_excite(y)) + layer.shortcut(x)


@wrong("mbconv", "train")
def mb_train(layer, x):
    y = mb_plain(layer, x)
    layer.train()
    return y


@wrong("mbconv", "GELU|last|too many|one more|project")
def mb_gelu_at_end(layer, x):
    y = _g(layer.expand_norm(layer.expand(layer.norm(x))))
    y = _g(layer.depthwise_norm(layer.depthwise(y)))
    return _g(layer.project(layer.squeeze_excite(y))) + layer.shortcut(x)
