"""Exercise 8: from two frames to the flow."""

from einops import rearrange
from torch import Tensor

from utils.checks.exercise import Case, Exercise, Mistake, Whole
from utils.checks.exercises.inputs import drawn
from utils.checks.exercises.layers import filled
from utils.checks.install import methods_replaced
from utils.models.gmflow import Flow, GMFlow, GMFlowConfig
from utils.ops import crop, upsample_flow

SMALL = GMFlowConfig(
    channels=8,
    widths=(4, 6, 8),
    layers=1,
    mlp_ratio=1,
    upsample_factor=4,
    upsample_channels=8,
    attn_splits=(1,),
)


def reference(model: GMFlow, frame0: Tensor, frame1: Tensor) -> Tensor:
    return model(frame0, frame1).flow


def cases() -> list[Case]:
    model = filled(lambda: GMFlow(SMALL))
    return [
        Case("frames of 16×24", (model, *_frames(1, 16, 24))),
        Case("two pairs of 12×22, which is padded", (model, *_frames(2, 12, 22))),
    ]


def _frames(b: int, h: int, w: int) -> tuple[Tensor, Tensor]:
    return 128 + 50 * drawn(b, 3, h, w), 128 + 50 * drawn(b, 3, h, w, seed=1)


def _flow(
    model, frame0, frame1, *, enhance=True, spread="0", fine="convex", read="enhanced", cut="center"
):
    (features,), maps = model.encode(frame0, frame1)
    raw = features.chunk(2)
    feature0, feature1 = model.enhance(*raw, 0) if enhance else raw
    flow = model.matching[0](feature0, feature1)
    if spread != "none":
        asked = feature1 if spread == "1" else feature0
        spread_flow = model.propagation(asked, flow, radius=-1)
        flow = flow + spread_flow if spread == "added" else spread_flow
    if fine == "convex":
        flow = model.upsampler(feature0 if read == "enhanced" else raw[0], flow, maps)
    else:
        flow = upsample_flow(flow, factor=model.config.upsample_factor)
    flow = crop(flow, size=tuple(frame0.shape[-2:]), place=cut) if cut else flow
    return rearrange(flow, "b h w xy -> b xy h w")


def backward_for_forward(model, frame0, frame1):
    return _flow(model, frame1, frame0)


def propagation_forgotten(model, frame0, frame1):
    return _flow(model, frame0, frame1, spread="none")


def propagation_in_frame_1(model, frame0, frame1):
    return _flow(model, frame0, frame1, spread="1")


def propagation_added(model, frame0, frame1):
    return _flow(model, frame0, frame1, spread="added")


def transformer_forgotten(model, frame0, frame1):
    return _flow(model, frame0, frame1, enhance=False)


def bilinear_at_the_end(model, frame0, frame1):
    return _flow(model, frame0, frame1, fine="bilinear")


def first_features_for_the_upsampler(model, frame0, frame1):
    return _flow(model, frame0, frame1, read="raw")


def cropped_at_the_end(model, frame0, frame1):
    return _flow(model, frame0, frame1, cut="end")


def crop_forgotten(model, frame0, frame1):
    return _flow(model, frame0, frame1, cut="")


EXERCISE = Exercise(
    name="whole_flow",
    title="From two frames to the flow",
    difficulty=5,
    minutes=25,
    why="Six calls, and each hands the right thing to the right next one: GMFlow as a whole.",
    reference=reference,
    cases=cases,
    axes="b xy h w",
    gradients=True,
    view="b xy h w -> (b xy h) w",
    may_call=(
        *(f"utils.models.gmflow.model.{name}" for name in ("GMFlow.en", "Matching")),
        *("utils.models.gmflow.propagation", "utils.models.gmflow.upsampler", "utils.ops"),
    ),
    mistakes=(
        Mistake(
            "backward for forward",
            "You hand the frames over the wrong way round: this is the flow from frame 1 to 0.",
            backward_for_forward,
        ),
        Mistake(
            "propagation forgotten",
            "model.propagation is missing: what is hidden in frame 1 keeps a random match.",
            propagation_forgotten,
        ),
        Mistake(
            "propagation in frame 1",
            "You propagate along the features of frame 1. The flow belongs to the cells of frame "
            "0: they must look alike there.",
            propagation_in_frame_1,
        ),
        Mistake(
            "propagation added",
            "You add the propagated flow to the matched one. It replaces it.",
            propagation_added,
        ),
        Mistake(
            "transformer forgotten",
            "You match the encoder's features. model.enhance comes first: position and "
            "transformer.",
            transformer_forgotten,
        ),
        Mistake(
            "bilinear at the end",
            "You interpolate. The last step is model.upsampler, which learned where edges are.",
            bilinear_at_the_end,
        ),
        Mistake(
            "the encoder's features for the upsampler",
            "The upsampler gets the features before the transformer. It was trained on those "
            "after it.",
            first_features_for_the_upsampler,
        ),
        Mistake(
            "cropped at the end",
            "You cut below and right. GMFlow pads half on each side: crop with place='center', or "
            "everything is shifted.",
            cropped_at_the_end,
        ),
        Mistake(
            "crop forgotten",
            "The flow has the size of the padded frames: crop it to the frames' own size.",
            crop_forgotten,
        ),
    ),
    hints=(
        "encode → enhance → matching → propagation → upsampler → crop. Which of them need frame 1?",
        "model.encode gives a list with one tensor per scale (here one) and the skips; its two "
        "halves, chunk(2), are the frames' features. Only the matching sees frame 1.",
        "(features,), maps = model.encode(frame0, frame1); model.enhance(*features.chunk(2), 0); "
        "crop(flow, size=..., place='center'); then 'b h w xy -> b xy h w'.",
    ),
    solution="""
def whole_flow(model, frame0, frame1):
    (features,), maps = model.encode(frame0, frame1)
    feature0, feature1 = model.enhance(*features.chunk(2), 0)
    (matching,) = model.matching
    flow = matching(feature0, feature1)
    flow = model.propagation(feature0, flow, radius=-1)
    flow = model.upsampler(feature0, flow, maps)
    flow = crop(flow, size=tuple(frame0.shape[-2:]), place="center")
    return rearrange(flow, "b h w xy -> b xy h w")
""",
    whole=Whole(
        "gmflow",
        lambda model, f: methods_replaced(
            model, GMFlow, "forward", lambda gmflow, *frames: Flow(f(gmflow, *frames), [])
        ),
        tolerance=1e-4,
    ),
)
