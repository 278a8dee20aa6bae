"""The views on optical flow: their numbers against the model's own, twins, and known motions."""

import io

import numpy as np
import pytest
import torch
from einops import rearrange
from PIL import Image

from utils.explorers import explore
from utils.explorers.flow import compute as flow
from utils.explorers.match import compute as match
from utils.explorers.occlusion import compute as occlusion
from utils.explorers.pair import Pair, moved_pair, scene_pair, take
from utils.explorers.upsampling import compute as upsampling
from utils.models import create_model
from utils.ops import warp
from utils.reference.twins import flow as twins
from utils.tap import watching
from utils.world import Motion

SMALL = {"layers": 1, "widths": (8, 8, 16), "channels": 16}


@pytest.fixture(scope="module")
def small():
    torch.manual_seed(0)
    return create_model("gmflow_nano", **SMALL).eval()


@pytest.fixture(scope="module")
def published():
    torch.manual_seed(0)
    return create_model("gmflow", layers=1).eval()


def photograph(size=(60, 90), seed=0):
    return torch.rand(3, *size, generator=torch.Generator().manual_seed(seed))


# ---- the frames -----------------------------------------------------------------------------


def test_a_moved_picture_is_found_again_along_its_flow():
    coarse = torch.rand(1, 3, 8, 12, generator=torch.Generator().manual_seed(0))
    smooth = torch.nn.functional.interpolate(coarse, (64, 96), mode="bicubic")[0].clamp(0, 1)
    pair = moved_pair(smooth, Motion(dx=7, dy=-4, turn=9, zoom=1.1))
    flow = rearrange(pair.flow, "b xy h w -> b h w xy")
    back = warp(rearrange(pair.frame1, "b c h w -> b h w c"), flow)
    back = rearrange(back, "b h w c -> b c h w")
    seen = ~pair.hidden
    assert 0.7 < seen.float().mean() < 0.95
    left = (back - pair.frame0).abs().mean(1)
    assert left[seen].mean() < 0.01
    assert (pair.frame1 - pair.frame0).abs().mean() > 0.05  # it did move
    # by hand: pixel (47, 31) lies (−0.5, −0.5) from the middle, which turn and zoom leave in place
    cos, sin = 1.1 * np.cos(np.radians(9)), 1.1 * np.sin(np.radians(9))
    want = [-0.5 * cos + 0.5 * sin + 0.5 + 7, -0.5 * sin - 0.5 * cos + 0.5 - 4]
    assert pair.flow[0, :, 31, 47].tolist() == pytest.approx(want, abs=1e-4)


def test_own_frames_and_gray_models(small):
    frames = (photograph(seed=1), photograph(seed=2))
    view = explore("match", frames=frames, model=small)
    assert view.pair.frame0.shape == view.pair.frame1.shape == (1, 3, 96, 96)
    assert not torch.equal(view.pair.frame0, view.pair.frame1)
    assert not view.result().known
    assert "truth" not in view.sentence
    gray = create_model("gmflow_nano", **SMALL, in_channels=1).eval()
    taken = take(gray, *(frame[None] for frame in frames))
    assert taken[0].shape == (1, 1, 60, 90)
    assert taken[0].max() > 100  # 0 to 255
    for name in ("match", "flow", "upsampling", "occlusion"):
        assert not explore(name, model=gray).error


@pytest.mark.parametrize("name", ["match", "flow", "upsampling", "occlusion"])
def test_the_published_model_and_own_frames_are_shown_too(name, published):
    view = explore(name, model=published, frames=(photograph(seed=1), photograph(seed=2)))
    assert not view.error
    assert not view.result().known
    assert view._repr_mimebundle_()[0]["text/plain"] == view.sentence


def test_a_model_without_the_taps_is_a_sentence():
    unet = create_model("gmflow_nano", **SMALL, upsampler="unet").eval()
    view = explore("upsampling", model=unet)
    assert "shows no upsampling weights" in view.error

    class Other(torch.nn.Module):
        config = unet.config

        def forward(self, frame0, frame1):
            return frame0

    assert "shows no features" in explore("match", model=Other()).error


# ---- match ----------------------------------------------------------------------------------


def test_the_shown_row_is_the_models_own(small):
    view = explore("match", model=small, query=(5, 9))
    pair = view.pair
    with torch.no_grad(), watching(small, "matching.0.weights", "matched") as seen:
        small(*take(small, pair.frame0, pair.frame1))
    weights = seen["matching.0.weights"][0][0, 0, 5 * 24 + 9].reshape(24, 24).numpy()
    matched = seen["matched"][0][0, 5, 9].tolist()
    result = view.result()
    assert np.allclose(result.probability, weights, atol=1e-6)
    assert result.flow == pytest.approx([4 * part for part in matched], abs=1e-3)
    assert result.stride == 4
    assert result.bits == pytest.approx(-(weights * np.log2(weights + 1e-30)).sum(), abs=1e-3)
    before = explore("match", model=small, query=(5, 9), stage="before").result()
    assert not np.allclose(before.probability, weights, atol=1e-6)


def test_matching_in_a_local_window_is_the_twins():
    generator = torch.Generator().manual_seed(0)
    features = tuple(torch.randn(1, 12, 12, 5, generator=generator) for _ in range(2))
    pair = scene_pair()
    inside = {"before": features, "after": features}
    want = twins.match_locally(*(x.numpy() for x in features), radius=4)
    for query in ((0, 0), (11, 23), (23, 8)):
        result = match.compute(match.Settings("after", "local", query), inside, pair)
        row, column = result.token
        assert (row, column) == (query[0] // 2, query[1] // 2)  # a coarser map than the lattice
        assert result.flow == pytest.approx(8 * want[0, row, column], abs=1e-3)
        y, x = np.nonzero(result.probability)
        assert max(abs(y - row).max(), abs(x - column).max()) == 4


def test_a_sure_match_has_no_entropy():
    one_hot = 200 * torch.eye(576).reshape(1, 24, 24, 576)
    moved = one_hot.roll((1, 3), dims=(1, 2))  # down 1, right 3 cells
    inside = {"after": (one_hot, moved), "before": (one_hot, moved)}
    result = match.compute(match.Settings(query=(8, 9)), inside, scene_pair())
    assert result.top == (9, 12)
    assert result.flow == pytest.approx((12, 4), abs=1e-3)
    assert result.spread == pytest.approx(1, abs=1e-3)
    assert "right 12, down 4 px" in match.sentence(match.Settings(query=(8, 9)), result)


# ---- flow -----------------------------------------------------------------------------------


def perfect(pair: Pair) -> flow.Result:
    return flow.compute(flow.Settings(), pair.flow, pair)


def test_the_true_flow_has_no_error_and_fetches_frame_1_back():
    pair = scene_pair(motion=Motion(dx=6, dy=3), moves="all")
    result = perfect(pair)
    assert result.mean_error == 0
    assert (result.colors == result.truth).all()
    assert (result.error == flow.heat(torch.zeros(96, 96))).all()
    assert result.warped_difference < 0.4 * result.still_difference
    assert result.mean_motion == pytest.approx(45**0.5, abs=1e-2)
    assert result.arrows.shape == (64, 4)
    assert result.arrows[0] == pytest.approx([6, 6, 6, 3], abs=1e-3)  # x, y, then the motion


def test_sliders_render_anew_and_own_pictures_move_as_a_whole(small):
    view = explore("flow", model=small)
    first = view.result()
    view.dx = -14
    moved = view.result()
    assert not (first.frame1 == moved.frame1).all()
    assert view.pair.flow[:, 0].min() < -10
    assert view.pair.flow[:, 0].max() < 3  # the rest stays
    view.set_trait("moves", "all")
    assert view.pair.flow[:, 0].max() < -5
    own = explore("flow", photograph((96, 96)), model=small, dx=4, dy=0, turn=0)
    assert own.result().own
    assert own.pair.flow[0, 0].numpy() == pytest.approx(4, abs=1e-4)
    before = own.pair.frame0
    own.dx = 9
    assert own.pair.flow[0, 0].numpy() == pytest.approx(9, abs=1e-4)
    assert torch.equal(own.pair.frame0, before)


def test_larger_scenes_and_frames_of_their_own_size(small):
    view = explore("flow", model=small, size=(64, 112))
    assert view.result().colors.shape == (64, 112, 3)
    frames = (photograph((50, 70), seed=1), photograph((50, 70), seed=2))
    view = explore("flow", model=small, frames=frames)
    assert view.result().colors.shape == (50, 70, 3)
    assert view.sentence.startswith("Your two frames")
    uneven = explore("flow", model=small, frames=(photograph((50, 70)), photograph((50, 80))))
    assert uneven.pair.frame1.shape == (1, 3, 50, 70)


def test_when_memory_runs_out_the_flow_goes_on_on_the_cpu(small, monkeypatch):
    view = explore("flow", model=small)
    usual = view._timed_run

    def full(device):
        if device != "cpu":
            raise torch.OutOfMemoryError("out of memory")
        return usual(device)

    monkeypatch.setattr(view, "_timed_run", full)
    view.device = "cuda"
    assert view.device == "cpu"
    assert view.ran.startswith("CUDA: its memory ran out; now on the CPU.")
    view.dx = 3
    assert not view.error


# ---- upsampling -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["small", "published"])
def test_nine_weights_and_flows_give_the_models_flow(name, request):
    model = request.getfixturevalue(name)
    view = explore("upsampling", model=model)
    pair = view.pair
    with torch.no_grad():
        whole = model(*take(model, pair.frame0, pair.frame1)).flow[0]
    for query in ((0, 0), (33, 70), (95, 95), (50, 1)):
        view.query = query
        result = view.result()
        assert result.weights.sum() == pytest.approx(1, abs=1e-5)
        mixed = np.einsum("yx,yxc->c", result.weights, result.around)
        assert mixed == pytest.approx(np.array(result.fine), abs=1e-3)
        assert result.fine == pytest.approx(whole[(slice(None), *query)].tolist(), abs=1e-3)
        assert result.cell == (query[0] // result.factor, query[1] // result.factor)
        assert result.inside.sum() == {(0, 0): 4, (95, 95): 4, (50, 1): 6}.get(query, 9)
        assert not result.around[result.inside == 0].any()


def test_bilinear_upsampling_lays_corners_on_corners(small):
    view = explore("upsampling", model=small, query=(41, 66))
    coarse = view.inside("cpu").coarse.numpy()
    result = view.result()
    y, x = 41 * 23 / 95, 66 * 23 / 95
    (top, down), (left, right) = (int(y), y % 1), (int(x), x % 1)
    by_hand = sum(
        share_y * share_x * coarse[top + i, left + j]
        for i, share_y in enumerate((1 - down, down))
        for j, share_x in enumerate((1 - right, right))
    )
    assert result.bilinear == pytest.approx(by_hand.tolist(), abs=1e-3)


# ---- occlusion ------------------------------------------------------------------------------


def both(pair: Pair, back: torch.Tensor) -> occlusion.Inside:
    return occlusion.Inside(*(rearrange(x, "b xy h w -> b h w xy") for x in (pair.flow, back)))


def test_true_flows_of_a_whole_motion_find_just_what_leaves_the_frame():
    pair = scene_pair(motion=Motion(dx=8), moves="all")
    settings = occlusion.Settings(5, query=(20, 20))
    result = occlusion.compute(settings, both(pair, -pair.flow), pair)
    assert (result.found, result.recall, result.precision) == pytest.approx(
        (8 / 96, 1, 1), abs=0.02
    )
    assert result.start == (41, 41)
    assert result.there == pytest.approx((49, 41), abs=1e-3)
    assert result.home == pytest.approx((41, 41), abs=1e-3)
    assert result.gap == pytest.approx(0, abs=1e-3)
    assert "comes home" in occlusion.sentence(settings, result)
    leaves = occlusion.compute(occlusion.Settings(5, query=(20, 47)), both(pair, -pair.flow), pair)
    assert leaves.gap == pytest.approx(8, abs=1e-3)


def test_the_threshold_is_what_the_gap_may_be():
    pair = scene_pair(motion=Motion(dx=0), moves="all")
    back = torch.zeros_like(pair.flow)
    back[:, 1] = 1.5  # everybody ends 1.5 px below the start
    for tenths, found in ((14, 1.0), (15, 0.0), (16, 0.0)):
        settings = occlusion.Settings(threshold=tenths)
        result = occlusion.compute(settings, both(pair, back), pair)
        assert result.gap == pytest.approx(1.5, abs=1e-3)
        assert result.limit == pytest.approx(0.1 * tenths + 0.015, abs=1e-3)
        assert result.found == found


def test_each_verdict_has_its_ink():
    found = torch.tensor([[True, False, True, False]])
    hidden = torch.tensor([[True, True, False, False]])
    dots = occlusion._inked(torch.ones(1, 3, 1, 4), found, hidden, True)
    inked = (dots < 250).any(-1).astype(int)
    assert inked.tolist() == [[1, 1, 1, 0, 1, 0, 0, 0], [1, 1, 0, 1, 0, 0, 0, 0]]


# ---- words ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "maths", "spoil"),
    [
        ("flow", flow, lambda x: 1.0001 * x),
        ("match", match, lambda x: {k: (1.0001 * a, b) for k, (a, b) in x.items()}),
        (
            "occlusion",
            occlusion,
            lambda x: occlusion.Inside(1.0001 * x.forward, 1.0001 * x.backward),
        ),
        (
            "upsampling",
            upsampling,
            lambda x: upsampling.Inside(1.0001 * x.coarse, x.weights, 1.0001 * x.fine, x.factor),
        ),
    ],
)
def test_a_hair_of_difference_in_the_model_leaves_the_words(name, maths, spoil):
    view = explore(name)
    again = maths.compute(view.settings, spoil(view.inside("cpu")), view.pair)
    assert maths.sentence(view.settings, again) == view.sentence


@pytest.mark.parametrize("name", ["match", "flow", "upsampling", "occlusion"])
def test_two_frames_from_the_page_are_shown_and_taken_back(name):
    view = explore(name)
    first = view.pixels["data"]
    frames = [memoryview(picture_bytes(level)) for level in (40, 200)]
    view._handle_custom_msg({"do": "frames", "asked": 1}, frames)
    assert (view.error, view.answered) == ("", 1)
    assert view.pair.flow is None
    levels = [round(255 * float(frame.mean())) for frame in view.inputs()]
    assert levels == [40, 200]
    view._handle_custom_msg({"do": "frames", "asked": 2}, [memoryview(b"none"), frames[1]])
    assert "is not a picture" in view.error
    view._handle_custom_msg({"do": "scene", "asked": 3}, [])
    assert (view.error, view.pixels["data"]) == ("", first)


def picture_bytes(level):
    stream = io.BytesIO()
    Image.new("RGB", (80, 60), (level, level, level)).save(stream, "PNG")
    return stream.getvalue()
