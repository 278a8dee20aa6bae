"""Models from the options files that the authors of Restormer publish."""

import pytest
import torch

from utils.errors import ConfigError
from utils.models import create_model, model_from_options
from utils.models.restormer import VARIANTS

PUBLISHED = """
name: {name}
model_type: ImageCleanModel
network_g:
  type: Restormer
  inp_channels: {into}
  out_channels: {out}
  dim: 48
  num_blocks: [4,6,6,8]
  num_refinement_blocks: 4
  heads: [1,2,4,8]
  ffn_expansion_factor: 2.66
  bias: False
  LayerNorm_type: {norm}
  dual_pixel_task: {dual}
train:
  total_iter: 300000
"""


@pytest.mark.parametrize(
    ("variant", "values"),
    [
        ("restormer_derain", ("Deraining", 3, 3, "WithBias", False)),
        ("restormer_denoise", ("RealDenoising", 3, 3, "BiasFree", False)),
        ("restormer_denoise_gray", ("GaussianGrayDenoising", 1, 1, "BiasFree", False)),
        ("restormer_dual_pixel", ("DefocusDeblur_DualPixel", 6, 3, "WithBias", True)),
    ],
)
def test_each_published_file_is_one_of_the_variants(tmp_path, variant, values):
    names = dict(zip(("name", "into", "out", "norm", "dual"), values, strict=True))
    (tmp_path / "o.yml").write_text(PUBLISHED.format(**names))
    with torch.device("meta"):
        model = model_from_options(tmp_path / "o.yml")
    assert model.config == VARIANTS[variant]
    assert type(model).__name__ == "Restormer"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("network_g: {type: MPRNet}", "is for a network of type 'MPRNet': options of Restormer"),
        ("network_g: {type: Restormer, width: 3}", "o.yml has width: options are inp_channels"),
        ("network_g: {type: Restormer, bias: true}", "says bias: true"),
        ("network_g: {type: Restormer, dim: '48'}", "channels = '48' came: channels is a whole"),
        ("network_g: {type: Restormer, LayerNorm_type: Other}", "has LayerNorm_type: Other"),
        ("[1, 2", "'o.yml' cannot be read .*nothing in it was executed"),
        ("just text", "'o.yml' cannot be read"),
        ("!!python/object/apply:os.mkdir [exploded]", "'o.yml' cannot be read .*constructor"),
    ],
)
def test_what_is_no_such_file_is_said(tmp_path, monkeypatch, text, told, plain_types):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "o.yml").write_text(text)
    with pytest.raises(ConfigError, match=told):
        model_from_options(tmp_path / "o.yml")
    assert not (tmp_path / "exploded").exists()


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(ConfigError, match=r"'none\.yml' cannot be read"):
        model_from_options(tmp_path / "none.yml")
    assert create_model("restormer_nano").config.channels == 12
