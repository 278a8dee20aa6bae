"""The same networks in other libraries, where these are installed, filled with official weights."""

import importlib
import re
import sys
from types import ModuleType

import torch
from torch import Tensor, nn

State = dict[str, Tensor]
_schemas: list[torch.library.Library] = []  # a schema lives as long as its library object


def library(name: str) -> ModuleType:
    """Import `timm`, `torchvision` or `transformers`. Raises: ImportError where it is missing."""
    if name in ("timm", "torchvision"):
        _mend_torchvision()
    return importlib.import_module(name)


def _mend_torchvision() -> None:
    """Beside a CPU-only torch, torchvision stops for want of two schemas: declare them first."""
    try:
        importlib.import_module("torchvision")
    except RuntimeError:
        for half_imported in [key for key in sys.modules if key.startswith("torchvision")]:
            del sys.modules[half_imported]
        schemas = torch.library.Library("torchvision", "FRAGMENT")
        for name in ("nms", "qnms"):
            schemas.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _schemas.append(schemas)
        importlib.import_module("torchvision")


def renamed(official: State, rules: tuple[tuple[str, str], ...]) -> State:
    """Official names -> a peer's, by regular expressions applied in order."""
    out = {}
    for name, value in official.items():
        for pattern, replacement in rules:
            name = re.sub(pattern, replacement, name)
        out[name] = value
    return out


def torchvision_swin_t(official: State) -> nn.Module:
    """torchvision's Swin-T: stages and mergings stand in one row of `features`."""
    model = library("torchvision").models.swin_t()
    state = renamed(
        official,
        (
            (r"^patch_embed\.proj", "features.0.0"),
            (r"^patch_embed\.norm", "features.0.2"),
            (r"^layers\.0\.blocks", "features.1"),
            (r"^layers\.1\.blocks", "features.3"),
            (r"^layers\.2\.blocks", "features.5"),
            (r"^layers\.3\.blocks", "features.7"),
            (r"^layers\.0\.downsample", "features.2"),
            (r"^layers\.1\.downsample", "features.4"),
            (r"^layers\.2\.downsample", "features.6"),
            (r"mlp\.fc1", "mlp.0"),
            (r"mlp\.fc2", "mlp.3"),
        ),
    )
    return _filled(model, state)


def timm_swin_t(official: State) -> nn.Module:
    """timm's Swin-T: the merging stands at the beginning of the next stage."""
    model = library("timm").create_model("swin_tiny_patch4_window7_224", pretrained=False)
    state = renamed(
        official,
        (
            (r"^layers\.2\.downsample", "layers.3.downsample"),
            (r"^layers\.1\.downsample", "layers.2.downsample"),
            (r"^layers\.0\.downsample", "layers.1.downsample"),
            (r"^head\.", "head.fc."),
        ),
    )
    return _filled(model, state)


def transformers_swin_t(official: State) -> nn.Module:
    """transformers' Swin-T: q, k and v stand apart."""
    transformers = library("transformers")
    inner = transformers.SwinForImageClassification(transformers.SwinConfig(num_labels=1000))
    state = renamed(
        official,
        (
            (r"^patch_embed\.proj", "swin.embeddings.patch_embeddings.projection"),
            (r"^patch_embed\.norm", "swin.embeddings.norm"),
            (r"^layers", "swin.encoder.layers"),
            (r"^norm", "swin.layernorm"),
            (r"^head", "classifier"),
            (r"\.norm1\.", ".layernorm_before."),
            (r"\.norm2\.", ".layernorm_after."),
            (r"\.attn\.proj\.", ".attention.o_proj."),
            (r"\.attn\.relative_position_bias_table", _TABLE),
            (r"\.attn\.", ".attention."),
        ),
    )
    for name in [name for name in state if ".attention.qkv." in name]:
        for part, value in zip("qkv", state.pop(name).chunk(3), strict=True):
            state[name.replace("qkv", f"{part}_proj")] = value
    _filled(inner, state)
    return _Logits(inner).eval()


_TABLE = ".attention.relative_position_bias.relative_position_bias_table"


class _Logits(nn.Module):
    """transformers' models return an object; the course's return logits."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor) -> Tensor:
        return self.inner(x).logits


def _filled(model: nn.Module, state: State) -> nn.Module:
    """Load all; only index tables may be missing."""
    result = model.load_state_dict(state, strict=False)
    missing = [name for name in result.missing_keys if "index" not in name and "mask" not in name]
    if missing or result.unexpected_keys:
        raise RuntimeError(f"missing {missing[:3]}, unexpected {result.unexpected_keys[:3]}")
    return model.eval()


SWIN_T = {
    "torchvision": torchvision_swin_t,
    "timm": timm_swin_t,
    "transformers": transformers_swin_t,
}
