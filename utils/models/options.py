"""A model from the options file that its authors publish beside the code (YAML)."""

from pathlib import Path
from typing import Any

from torch import nn

from utils.errors import ConfigError
from utils.models.create import create_model

LARGEST = 2**20  # bytes: an options file has a few thousand
# Restormer's arguments in the authors' files (under `network_g`), and our settings.
RESTORMER = {
    "inp_channels": "in_channels",
    "out_channels": "out_channels",
    "dim": "channels",
    "num_blocks": "depths",
    "num_refinement_blocks": "refinement",
    "heads": "num_heads",
    "ffn_expansion_factor": "ffn_ratio",
    "dual_pixel_task": "dual_pixel",
}
NORMS = {"WithBias": True, "BiasFree": False}


def model_from_options(file: str | Path) -> nn.Module:
    """The untrained Restormer that an options file of the authors describes (its `network_g`).

    The file is read as plain values: nothing in it is executed.
    Raises: ConfigError for a file that cannot be read, another model, or an option that is unknown.

    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "Deraining_Restormer.yml"
    >>> _ = place.write_text("network_g: {type: Restormer, dim: 12, num_blocks: [1, 1, 1, 2]}")
    >>> model_from_options(place).config.depths
    (1, 1, 1, 2)
    """
    file = Path(file)
    options = _network(file)
    kind, settings = options.pop("type", None), {}
    if kind != "Restormer":
        raise ConfigError(
            f"{file.name} is for a network of type {kind!r}",
            allowed="options of Restormer are read (network_g, type: Restormer)",
            mend='make other models by name, as in create_model("swin_t")',
        )
    if options.pop("bias", False) is not False:
        raise ConfigError(
            f"{file.name} says bias: true",
            allowed="the convolutions have no bias, as in every published file",
            mend="set bias: False",
        )
    norm = options.pop("LayerNorm_type", "WithBias")
    unknown = [name for name in options if name not in RESTORMER]
    if unknown or norm not in NORMS:
        raise ConfigError(
            f"{file.name} has {', '.join(map(str, unknown)) or f'LayerNorm_type: {norm}'}",
            allowed=f"options are {', '.join(RESTORMER)}, bias, LayerNorm_type "
            f"({' or '.join(NORMS)})",
            mend="correct the spelling, or leave it out",
        )
    for name, value in options.items():
        settings[RESTORMER[name]] = tuple(value) if isinstance(value, list) else value
    return create_model("restormer_derain", norm_bias=NORMS[norm], **settings)


def _network(file: Path) -> dict[str, Any]:
    """The part `network_g` of the file, as plain values."""
    import yaml

    try:
        if file.stat().st_size > LARGEST:
            raise ValueError("it is too large")
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        network = content.get("network_g", content)
        return dict(network)
    except (
        OSError,
        ValueError,
        RecursionError,
        AttributeError,
        TypeError,
        yaml.YAMLError,
    ) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:100]
        raise ConfigError(
            f"the options file {file.name!r} cannot be read ({reason})",
            allowed="a YAML file of plain values with network_g, as the authors publish it",
            mend="get it again; nothing in it was executed",
        ) from error
