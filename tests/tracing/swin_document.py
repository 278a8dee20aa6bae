"""Source document 002, one forward pass of Swin-T at 1×3×224×224, as a table of its tensors.

Each row is one printed shape of the document: its name there, its axes there, where the same tensor
stands in a trace of ours, and its axes here; `theirs -> ours` is the rearrangement to expect. Where
ours has no such tensor, or has it at another time, the third or last column gives the reason.

A place is `call < argument`, `call >` (what it returned) or `line beginning of the line: name`; a
call is named by the last parts of a module's path or by a function, `a/b` is b inside of a, and
`#1` the second of its name.
"""

from typing import NamedTuple

# Why a tensor of the document has none of its own here.
REASONS = {
    "REARRANGE": "view and permute are one rearrange here, with nothing to see in between",
    "MASK": "the mask is made once per size and kept, by the first block that shifts",
    "NO MASK": "one window covers the map of stage 4, so nothing is shifted and nothing masked",
    "SCALE": "the scale is a factor of the scores, in the same line",
    "NO DROPOUT": "the published rates are 0: our layers have no dropout at this place",
    "WINDOWS": "windows keep axes of their own, so that no view is needed to add the mask",
    "HEAD": "the mean over the map leaves no axis of size 1 to flatten away",
}
# Why a tensor stands earlier or later here than in the document.
EARLY = "an argument of the attention: made before the scores"
SOONER = "position bias and mask are added to each other first, and to the scores once"


class Step(NamedTuple):
    """One tensor of the document."""

    name: str
    theirs: str
    place: str  # "" where ours has no such tensor
    ours: str
    reason: str


def steps(table: str) -> list[Step]:
    """The rows of a table."""
    found = []
    for row in table.strip().splitlines():
        name, theirs, place, ours, *reason = (part.strip() for part in row.split("|"))
        if place in REASONS:
            found.append(Step(name, theirs, "", "", REASONS[place]))
        else:
            why = {"": "", "EARLY": EARLY, "SOONER": SOONER}[reason[0] if reason else ""]
            found.append(Step(name, theirs, place, ours, why))
    return found


EMBEDDING = steps("""
x       | b rgb H W   | Swin < picture            | b rgb H W
x       | b rgb H W   | patch_embedding < picture | b rgb H W
x       | b rgb H W   | patch_embedding/pad_to_multiple > | b H W rgb
x       | b c h w     | patch_embedding.norm < input | b h w c
x       | b (h w) c   | patch_embedding.norm < input | b h w c
x       | b (h w) c   | patch_embedding.norm >    | b h w c
x       | b (h w) c   | patch_embedding >         | b h w c
""")

STAGE_TABLE = """
x         | b (h w) c           | stage < x  | b h w c
x         | 1 h w 1             | MASK |
x         | 1 nh wh nw ww 1     | MASK |
windows   | (nh nw) wh ww 1     | MASK |
windows   | (nh nw) wh ww 1     | MASK |
attn_mask | (nh nw) i j         | MASK |
"""
STAGE, LAST_STAGE = steps(STAGE_TABLE), steps(STAGE_TABLE.replace("MASK", "NO MASK"))

WINDOWS_IN = """
x         | b (h w) c           | block < x                         | b h w c
attn_mask | (nh nw) i j         | MASK |
shortcut  | b (h w) c           | block < x                         | b h w c
x         | b (h w) c           | norm1 >                           | b h w c
x         | b h w c             | attend < x                        | b h w c
shifted_x | b h w c             | cyclic_shift >                    | b h w c
x         | b h w c             | partition_windows < x             | b h w c
x         | b nh wh nw ww c     | REARRANGE |
windows   | (b nh nw) wh ww c   | partition_windows >               | b nh nw (wh ww) c
windows   | (b nh nw) wh ww c   | partition_windows >               | b nh nw (wh ww) c
x_windows | (b nh nw) n c       | line windows = partition: windows | b nh nw n c
x         | (b nh nw) n c       | attention < windows               | b nh nw n c
qkv       | s (b nh nw) heads n d | attention.qkv >                 | b nh nw n (s heads d)
q         | (b nh nw) heads n d | line q, k, v = rearrange(: q      | b nh nw heads n d
k         | (b nh nw) heads n d | line q, k, v = rearrange(: k      | b nh nw heads n d
v         | (b nh nw) heads n d | line q, k, v = rearrange(: v      | b nh nw heads n d
q         | (b nh nw) heads n d | SCALE |
attn      | (b nh nw) heads i j | line scores = q @: scores         | b nh nw heads i j
relative_position_bias | heads i j | relative_position_bias >       | heads i j | EARLY
attn      | (b nh nw) heads i j | line scores = scores + bias: scores | b nh nw heads i j
"""
# What a shifted block adds, where its mask is one.
MASKED = """
mask      | (nh nw) i j         | line mask = self.mask(: mask     | nh nw i j | EARLY
attn      | b (nh nw) heads i j | line scores = scores + bias: scores | b nh nw heads i j | SOONER
attn      | (b nh nw) heads i j | WINDOWS |
"""
UNMASKED = """
mask      | (nh nw) i j         | NO MASK |
attn      | b (nh nw) heads i j | NO MASK |
attn      | (b nh nw) heads i j | NO MASK |
"""
WINDOWS_OUT = """
attn      | (b nh nw) heads i j | line weights = tap: weights       | b nh nw heads i j
attn      | (b nh nw) heads i j | NO DROPOUT |
x         | (b nh nw) n (heads d) | attention/attention#1 >         | b nh nw heads n d
x         | (b nh nw) n c       | attention.projection >            | b nh nw n c
x         | (b nh nw) n c       | NO DROPOUT |
x         | (b nh nw) n c       | attention >                       | b nh nw n c
attn_windows | (b nh nw) n c    | line windows = self.attention: windows | b nh nw n c
attn_windows | (b nh nw) wh ww c | merge_windows < windows          | b nh nw (wh ww) c
windows   | (b nh nw) wh ww c   | merge_windows < windows           | b nh nw (wh ww) c
x         | b nh nw wh ww c     | REARRANGE |
x         | b h w c             | merge_windows >                   | b h w c
x         | b h w c             | merge_windows >                   | b h w c
shifted_x | b h w c             | line x = merge_windows: x         | b h w c
x         | b h w c             | cyclic_unshift >                  | b h w c
x         | b (h w) c           | crop >                            | b h w c
"""
DROP_PATH = """
x         | b (h w) c           | drop_path#{0} < x                 | b h w c
x         | b (h w) c           | drop_path#{0} < x                 | b h w c
output    | b (h w) c           | drop_path#{0} >                   | b h w c
ans       | b (h w) c           | drop_path#{0} >                   | b h w c
"""
ATTENDED = """
x         | b (h w) c           | line x = x + self.drop_path(self.attend: x | b h w c
"""
MLP = """
x         | b (h w) c           | mlp < x                           | b h w c
x         | b (h w) c           | mlp >                             | b h w c
"""
DONE = """
x         | b (h w) c           | line return x + self.drop_path: returned | b h w c
x         | b (h w) c           | block >                           | b h w c
"""

# "x0", ... "x3" of the document are the four corners; (2 2 c) is what they make side by side.
MERGING = steps("""
x         | b (h w) c           | merging < x                       | b h w c
x         | b h w c             | merging < x                       | b h w c
x         | b h w c             | merging/pad_to_multiple >         | b h w c
x0        | b half_h half_w c   | REARRANGE |
x1        | b half_h half_w c   | REARRANGE |
x2        | b half_h half_w c   | REARRANGE |
x3        | b half_h half_w c   | REARRANGE |
x         | b half_h half_w cccc | line x = rearrange(x: x          | b half_h half_w cccc
x         | b (half_h half_w) cccc | line x = rearrange(x: x        | b half_h half_w cccc
x         | b (half_h half_w) cccc | merging.norm >                 | b half_h half_w cccc
x         | b (half_h half_w) cc | merging.reduction >              | b half_h half_w cc
x         | b (half_h half_w) cc | merging >                        | b half_h half_w cc
x         | b (half_h half_w) cc | line return x, self.merging(x): returned[1] | b half_h half_w cc
x         | b (half_h half_w) cc | line return x, self.merging(x): returned[1] | b half_h half_w cc
""")
NO_MERGING = steps("""
x         | b (h w) c           | merging >                         | b h w c
x         | b (h w) c           | line return x, self.merging(x): returned[1] | b h w c
""")
HEAD = steps("""
x         | b (h w) c           | classify/norm >                   | b h w c
x         | b c 1               | HEAD |
x         | b c                 | head < input                      | b c
x         | b classes           | head >                            | b classes
x         | b classes           | Swin >                            | b classes
""")


def block(*, shifted: bool, masked: bool, drops: bool) -> list[Step]:
    """The rows of one block: theirs shifts every second one, ours not where a window is all."""
    mask = (MASKED if masked else UNMASKED) if shifted else ""
    paths = [DROP_PATH.format(i) if drops else "" for i in (0, 1)]
    parts = [WINDOWS_IN, mask, WINDOWS_OUT, paths[0], ATTENDED, MLP, paths[1], DONE]
    return steps("\n".join(part.strip() for part in parts if part))


DEPTHS, HEADS, WINDOW, CHANNELS = (2, 2, 6, 2), (3, 6, 12, 24), 7, 96
# The shapes that the document prints, in its order: their number, and the start of the SHA-256 of
# one shape per line, as 1,3136,96. The document itself is not part of the course.
PRINTED, DIGEST = 666, "1c0e08bc298c99e5"


def sizes(stage: int) -> dict[str, int]:
    """What the axes are long in a stage of the document's run."""
    side, channels, n = 56 >> stage, CHANNELS << stage, WINDOW * WINDOW
    return {
        **{"b": 1, "rgb": 3, "H": 224, "W": 224, "classes": 1000, "s": 3, "1": 1},
        **{"h": side, "w": side, "half_h": side // 2, "half_w": side // 2},
        **{"wh": WINDOW, "ww": WINDOW, "nh": side // WINDOW, "nw": side // WINDOW},
        **{"n": n, "i": n, "j": n, "heads": HEADS[stage], "d": channels // HEADS[stage]},
        **{"c": channels, "cc": 2 * channels, "cccc": 4 * channels},
    }


def parts() -> list[tuple[str, int, list[Step]]]:
    """The whole document: module path here, stage for the sizes, rows."""
    found = [("", 0, EMBEDDING)]
    for stage, depth in enumerate(DEPTHS):
        found.append((f"stages.{stage}", stage, STAGE if stage < 3 else LAST_STAGE))
        for at in range(depth):
            masked, drops = stage < 3, (stage, at) != (0, 0)
            rows = block(shifted=at % 2 == 1, masked=masked, drops=drops)
            found.append((f"stages.{stage}.blocks.{at}", stage, rows))
        found.append((f"stages.{stage}", stage, MERGING if stage < 3 else NO_MERGING))
    return [*found, ("", 3, HEAD)]


def shape_of(axes: str, size: dict[str, int]) -> tuple[int, ...]:
    """The shape of a pattern: `b (h w) c` -> (1, 3136, 96)."""
    shape, inside = [], None
    for part in axes.replace("(", " ( ").replace(")", " ) ").split():
        if part == "(":
            inside = 1
        elif part == ")":
            shape.append(inside)
            inside = None
        elif inside is None:
            shape.append(size[part])
        else:
            inside *= size[part]
    return tuple(shape)
