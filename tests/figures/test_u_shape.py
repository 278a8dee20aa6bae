"""The U says on every arrow what went along it."""

import torch

from utils.figures.u_shape import draw_u
from utils.models import create_model


def test_every_map_of_a_real_pass_is_written():
    model = create_model("restormer_nano", channels=6, num_heads=(1, 1, 2, 2), refinement=1).eval()
    shapes = {}
    parts = {"embedding", "latent", "refinement", "output"}
    for name, module in model.named_modules():
        kind, _, number = name.partition(".")
        if name in parts or (
            kind in ("encoder", "down", "up", "join", "decoder") and number.isdigit()
        ):

            def keep(module, given, out, name=name):
                shapes[name] = tuple(out.shape[1:])

            module.register_forward_hook(keep)
    with torch.no_grad():
        model(torch.rand(1, 3, 32, 48))
    figure = draw_u(shapes, picture=(32, 48, 3), depths=model.config.depths)
    said = " ".join(text.get_text() for text in figure.axes[0].texts)
    for shape in (*shapes.values(), (32, 48, 3)):
        assert "×".join(map(str, shape)) in said
    assert said.count("skip") == said.count("joined") == 3
