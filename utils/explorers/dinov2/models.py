"""Which DINOv2 a view shows: the learner's file where there is one, else a stand-in."""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from torch import nn

from utils.checkpoints import load_official, load_shipped
from utils.errors import CheckpointError
from utils.models import create_model

# As the authors name their files: dinov2_vits14_pretrain.pth, dinov2_vitb14_reg4_pretrain.pth
NAME = re.compile(r"dinov2_vit([sbl])14_(reg4_)?pretrain\.(pth|safetensors)")


def found_file(folder: Path) -> Path | None:
    """The smallest of the authors' files in a folder, if there is one."""
    return min(_files(folder), key=lambda path: path.stat().st_size, default=None)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.glob("dinov2_*") if NAME.fullmatch(path.name))


def model_of(file: str | Path) -> nn.Module:
    """The model of one of the authors' files; its size is read from the name.

    Raises: CheckpointError for a file of another name, or that does not fit.
    """
    path = Path(file)
    named = NAME.fullmatch(path.name)
    if named is None:
        raise CheckpointError(
            f"the file {path.name!r} came",
            allowed="its name says which model it holds, as in dinov2_vits14_pretrain.pth or "
            "dinov2_vitb14_reg4_pretrain.pth",
            mend="name it as its authors do, or fill a model by load_official and pass model=",
        )
    size, registers, _ = named.groups()
    model = create_model(f"vit_{size}_dinov2", registers=4 if registers else 0)
    load_official(model, path)
    return model.eval()


@lru_cache(maxsize=1)
def stand_in() -> nn.Module:
    """A small DINOv2 with the blocks of the plain ViT that the course trained, patches of 16.

    That ViT has learned with labels and without a class token, so the one here is untrained.
    """
    plain = load_shipped("vit_nano_segmenter").get_submodule("backbone.vit")
    model = create_model("vit_nano_dinov2", patch_size=16, pretrain_size=64, registers=0)
    model.load_state_dict(plain.state_dict(), strict=False)
    nn.init.zeros_(model.get_parameter("class_token"))
    return model.eval()
