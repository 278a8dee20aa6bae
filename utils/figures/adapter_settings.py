"""The settings of ViT-Adapter beside the names that the authors' code has for them."""

from collections.abc import Mapping
from typing import Any

# The authors' name -> ours.
NAMES = {
    "embed_dim": "channels",
    "depth": "depth",
    "num_heads": "num_heads",
    "mlp_ratio": "mlp_ratio",
    "pretrain_size": "pretrain_size",
    "drop_path_rate": "drop_path",
    "window_attn": "window_attn",
    "window_size": "window_size",
    "conv_inplane": "conv_channels",
    "n_points": "points",
    "deform_num_heads": "adapter_heads",
    "deform_ratio": "value_ratio",
    "cffn_ratio": "ffn_ratio",
    "with_cffn": "with_cffn",
    "add_vit_feature": "add_vit_feature",
    "use_extra_extractor": "use_extra_extractor",
    "with_cp": "with_cp",
}


class SettingsTable:
    """A table as the last value of a cell; screen readers and tests get it as plain rows."""

    def __init__(self, configs: Mapping[str, Any]) -> None:
        self.rows = [("authors' code", "here", *configs)]
        for theirs, ours in NAMES.items():
            values = [_words(getattr(config, ours)) for config in configs.values()]
            self.rows.append((theirs, ours, *values))

    def __repr__(self) -> str:
        widths = [max(map(len, column)) for column in zip(*self.rows, strict=True)]
        rows = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in self.rows)
        return "\n".join(rows)

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, str]:
        head, *rows = [" | ".join(row) for row in self.rows]
        line = " | ".join("---" for _ in self.rows[0])
        rows = [" | ".join((f"`{a}`", f"`{b}`", *values)) for a, b, *values in self.rows[1:]]
        table = "\n".join(f"| {row} |" for row in (head, line, *rows))
        return {"text/markdown": table, "text/plain": repr(self)}


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "in none" if value == () else f"{value:g}"
