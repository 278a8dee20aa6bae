"""Which keys of a padded map are padding, one pair at a time."""

import numpy as np


def padding_mask(size, *, window_size, kind="window"):
    """0 where the key's cell is on the map of `size`, −∞ where it is padding below or right.

    >>> padding_mask((1, 3), window_size=(1, 2))[0, 1].tolist()
    [[0.0, -inf], [0.0, -inf]]
    """
    (h, w), (wh, ww) = size, window_size
    nh, nw = -(-h // wh), -(-w // ww)
    out = np.zeros((nh, nw, wh * ww, wh * ww))
    for i, j, p, q in np.ndindex(nh, nw, wh, ww):
        row = i * wh + p if kind == "window" else p * nh + i
        column = j * ww + q if kind == "window" else q * nw + j
        if row >= h or column >= w:
            for query in range(wh * ww):
                out[i, j, query, p * ww + q] = -np.inf
    return out
