"""A call like an earlier one is known: of it only what a module may answer is asked again."""

import pytest
import torch

from utils.contracts import checked, holds, room
from utils.contracts.signature import Contract
from utils.models import create_model


@pytest.mark.parametrize(
    "name", ["swin_nano", "maxvit_nano", "restormer_nano", "gmflow_nano", "vit_adapter_nano"]
)
def test_a_model_that_ran_once_is_known_in_all_its_parts(name, monkeypatch):
    picture = torch.rand(1, 3, 64, 96)
    inputs = (255 * picture, 255 * picture) if name == "gmflow_nano" else (picture,)
    model = create_model(name).eval()
    asked, ask = [], Contract._ask

    def note(self, *given):
        asked.append(self.function.__qualname__)
        return ask(self, *given)

    with torch.no_grad():
        model(*inputs)
        monkeypatch.setattr(Contract, "_ask", note)
        model(*inputs)
    assert set(asked) <= {"Interaction.forward"}  # is handed a list of layers, which has no kind
    with torch.no_grad():
        model(*(x.expand(7, -1, -1, -1) for x in inputs))  # seven at once come nowhere else
    assert f"{type(model).__name__}.forward" in asked


def test_a_size_and_a_device_as_torch_gives_them_are_known_too():
    @checked(room(lambda size: size[0] * size[1], "a map"))
    def f(size: tuple[int, int], *, device: torch.device | str | None = None):
        return size, device

    x = torch.zeros(3, 4)
    for _ in range(2):
        assert f(x.shape, device=x.device)[0] is not None
    assert len(f.contract.seen) == 1
    f((3, 4), device="cpu")  # becomes a device: what is converted is not kept
    assert len(f.contract.seen) == 1


def test_a_rule_of_another_make_is_asked_each_time_and_settled_ones_once():
    asked = []

    @checked(
        holds(lambda c: asked.append("settled") or True, "", mend=""),
        lambda known: asked.append(known["c"]),
    )
    def f(x: "torch.Tensor", c: int = 3):
        return x

    f(None), f(None), f(None, 4)
    assert asked == ["settled", 3, 3, "settled", 4]
