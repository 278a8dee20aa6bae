"""GMFlow equals the authors' code, runs at any size, and every parameter learns."""

import pytest
import torch
from einops import rearrange

from utils.checkpoints import load_official
from utils.models import create_model
from utils.reference import list_cases, read_case, read_manifest

TOLERANCE = {torch.float64: (1e-9, 1e-9), torch.float32: (2e-4, 1e-3)}  # one scale, refinement

# Official module -> ours, and the rearrangement that gives its layout.
TOKENS, PLANES = "b h w c -> b (h w) c", "b h w c -> b c h w"
INSIDE = {
    "backbone": ("encoder", PLANES),
    "transformer": ("transformer", PLANES),
    "transformer.layers.0": ("transformer.layers.0", TOKENS),
    "transformer.layers.1": ("transformer.layers.1", TOKENS),
    "feature_flow_attn": ("propagation", PLANES),
    "upsampler": ("upsampler.conv2", PLANES),
}


def filled(case, dtype):
    model = create_model(case.model, **case.overrides).to(dtype).eval()
    load_official(model, case.state_dict())
    return model


def frames(size, *, b=1, c=3, dtype=torch.float32, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return [255 * torch.rand(b, c, *size, generator=generator).to(dtype) for _ in range(2)]


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=["float64", "float32"])
@pytest.mark.parametrize("name", list_cases("gmflow"))
def test_equals_official_outputs_and_inside_values(name, dtype):
    case = read_case(name)
    model = filled(case, dtype)
    tolerance = TOLERANCE[dtype][case.model == "gmflow_refine"]
    seen = {}

    def keep(path):
        def hook(module, inputs, output):
            seen.setdefault(path, []).append(output)

        return hook

    for path, _ in INSIDE.values():
        model.get_submodule(path).register_forward_hook(keep(path))
    with torch.enable_grad():  # the encoder then takes both frames in one call, as recorded
        result = model(*(x.to(dtype) for x in case.inputs), bidirectional=case.bidirectional)
    assert case.outputs["flow"].difference(result.flow) < tolerance
    assert set(case.inside) == set(INSIDE)
    for official, recorded in case.inside.items():
        path, pattern = INSIDE[official]
        ours = seen[path][0]
        if path == "encoder":
            ours = ours[0][-1]  # features of the finest scale
        elif path == "transformer":
            ours = ours[0]
        assert recorded.difference(rearrange(ours, pattern)) < tolerance, official


@pytest.mark.parametrize("name", ["gmflow", "gmflow_refine"])
def test_parameter_count_is_the_published_one(name):
    with torch.device("meta"):
        model = create_model(name)
    count = {n: sum(p.numel() for p in m.parameters()) for n, m in model.named_children()}
    assert sum(count.values()) == read_manifest(name)["parameters"]
    assert count["transformer"] == 3_150_336
    assert count["encoder"] == 1_049_120 + (128 * 128 * 9 if name == "gmflow_refine" else 0)


def test_nano_is_small():
    with torch.device("meta"):
        assert sum(p.numel() for p in create_model("gmflow_nano").parameters()) < 900_000
