"""The mask of shifted windows, told from what really lies beside what.

The fast version labels strips of the rolled map. Here no strip appears: every cell of the rolled
map is asked where it came from, and two cells of a window may see each other exactly if rolling
did not break the way between them.
"""

import numpy as np


def region_labels(size, *, window_size, shift_size):
    """Number the regions of the rolled map, 3 · row strip + column strip.

    A row belongs to strip 0 if its window is not the last one, to strip 2 if it came around from
    the top, and to strip 1 if it shares the last window with rows that came around. An axis
    without a shift is one strip.

    >>> region_labels((1, 4), window_size=(1, 2), shift_size=(0, 1)).tolist()
    [[0, 0, 1, 2]]
    """
    h, w = size
    labels = np.zeros((h, w), dtype=np.int64)
    for row in range(h):
        for column in range(w):
            strips = []
            for at, axis in ((row, 0), (column, 1)):
                side, window, shift = size[axis], window_size[axis], shift_size[axis]
                came_around = (at + shift) % side != at + shift
                in_last_window = at // window == side // window - 1
                strips.append(2 if came_around else 1 if in_last_window and shift > 0 else 0)
            labels[row, column] = 3 * strips[0] + strips[1]
    return labels


def shift_mask(size, *, window_size, shift_size):
    """What to add to the scores, (nh, nw, n, n): 0 for neighbors, −100 for strangers.

    Two cells that the rolled map shows at some distance are neighbors if they lay at that same
    distance before the roll, on both axes; otherwise the roll brought them together.

    >>> shift_mask((1, 4), window_size=(1, 2), shift_size=(0, 1))[0].tolist()
    [[[0.0, 0.0], [0.0, 0.0]], [[0.0, -100.0], [-100.0, 0.0]]]
    """
    (h, w), (wh, ww) = size, window_size
    nh, nw, n = h // wh, w // ww, wh * ww
    mask = np.zeros((nh, nw, n, n))
    for i in range(nh):
        for j in range(nw):
            for query in range(n):
                for key in range(n):
                    a = (i * wh + query // ww, j * ww + query % ww)
                    b = (i * wh + key // ww, j * ww + key % ww)
                    if not _neighbors(a, b, size, shift_size):
                        mask[i, j, query, key] = -100.0
    return mask


def shift_mask_by_count(size, *, splits):
    """The same for a count of windows: window = size // splits, shift = half a window."""
    window_size = (size[0] // splits, size[1] // splits)
    shift_size = (window_size[0] // 2, window_size[1] // 2)
    return shift_mask(size, window_size=window_size, shift_size=shift_size)


def _neighbors(a, b, size, shift_size):
    for axis in (0, 1):
        before_a = (a[axis] + shift_size[axis]) % size[axis]
        before_b = (b[axis] + shift_size[axis]) % size[axis]
        if before_a - before_b != a[axis] - b[axis]:
            return False
    return True
