"""Pictures in and out of files."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from utils.errors import ConfigError, ShapeError
from utils.io import fit_to, own_picture, read_image, write_image


def encoded(picture: Image.Image, kind: str = "PNG", **more) -> bytes:
    file = io.BytesIO()
    picture.save(file, format=kind, **more)
    return file.getvalue()


def two_by_three() -> np.ndarray:
    return np.arange(18, dtype=np.uint8).reshape(2, 3, 3) * 14


def test_bytes_and_path_give_the_same_picture(tmp_path):
    content = encoded(Image.fromarray(two_by_three()))
    (tmp_path / "a.png").write_bytes(content)
    expected = torch.from_numpy(two_by_three()).permute(2, 0, 1) / 255
    for source in (content, tmp_path / "a.png", str(tmp_path / "a.png")):
        picture = read_image(source)
        assert picture.dtype == torch.float32
        assert torch.equal(picture, expected)


# What each EXIF orientation does to a stored picture so that it stands upright.
UPRIGHT = {
    1: lambda x: x,
    2: lambda x: x[:, ::-1],
    3: lambda x: x[::-1, ::-1],
    4: lambda x: x[::-1],
    5: lambda x: x.transpose(1, 0, 2),
    6: lambda x: x.transpose(1, 0, 2)[:, ::-1],
    7: lambda x: x.transpose(1, 0, 2)[::-1, ::-1],
    8: lambda x: x.transpose(1, 0, 2)[::-1],
}


@pytest.mark.parametrize("orientation", UPRIGHT)
def test_exif_orientation_is_honored(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = read_image(encoded(Image.fromarray(two_by_three()), exif=exif))
    expected = UPRIGHT[orientation](two_by_three()).astype(np.float32) / 255
    assert np.array_equal(picture.permute(1, 2, 0).numpy(), expected)


def test_transparent_shows_white():
    rgba = np.zeros((1, 3, 4), np.uint8)
    rgba[0, :, 3] = (0, 255, 51)  # clear, black, a fifth black
    picture = read_image(encoded(Image.fromarray(rgba)))
    assert picture[:, 0].T.tolist() == [[1.0] * 3, [0.0] * 3, pytest.approx([0.8] * 3)]


def test_palette_with_a_clear_color_shows_white():
    palette = Image.fromarray(np.array([[0, 1]], np.uint8))
    palette.putpalette([255, 0, 0, 0, 0, 255])
    picture = read_image(encoded(palette, transparency=0))
    assert picture[:, 0].T.tolist() == [[1, 1, 1], [0, 0, 1]]


def test_gray_becomes_three_equal_channels():
    picture = read_image(encoded(Image.fromarray(np.array([[0, 51, 255]], np.uint8))))
    assert torch.equal(picture[0], picture[1])
    assert torch.equal(picture[0], picture[2])
    assert picture[0, 0].tolist() == pytest.approx([0, 0.2, 1])


def test_sixteen_bits_keep_their_precision():
    values = np.array([[0, 1, 32768, 65535]], np.uint16)
    picture = read_image(encoded(Image.fromarray(values)))
    assert picture[0, 0].tolist() == pytest.approx([0, 1 / 65535, 32768 / 65535, 1])


def test_one_bit_pictures_are_black_and_white():
    picture = read_image(encoded(Image.fromarray(np.array([[True, False]]))))
    assert picture[:, 0].T.tolist() == [[1, 1, 1], [0, 0, 0]]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "the picture is not a picture: PNG, JPEG and the like are read; open it in"),
        (b"hello, I am text", "the picture is not a picture"),
    ],
)
def test_what_is_no_picture_is_said(content, told):
    with pytest.raises(ConfigError, match=told):
        read_image(content)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_picture_cut_short_is_said(kind, tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    content = encoded(Image.fromarray(noise), kind)
    (tmp_path / "half").write_bytes(content[: len(content) // 2])
    with pytest.raises(ConfigError, match="'half' is damaged or cut short: a picture file is comp"):
        read_image(tmp_path / "half")


def test_a_missing_file_or_a_folder_is_said(tmp_path):
    for path in (tmp_path / "nothing.png", tmp_path):
        with pytest.raises(ConfigError, match=r"cannot be opened: .*; check the path"):
            read_image(path)


def test_a_bomb_is_refused():
    content = encoded(Image.new("1", (10_000, 10_000)))
    with pytest.raises(
        ConfigError, match=r"10000×10000 pixels: .* at most 64,000,000 pixels; scale"
    ):
        read_image(content)


@pytest.mark.parametrize(
    ("size", "longest", "expected"),
    [
        ((30, 70), 512, (30, 70)),
        ((512, 100), 512, (512, 100)),
        ((1024, 300), 512, (512, 150)),
        ((3, 1000), 100, (1, 100)),
    ],
)
def test_fit_to_never_enlarges(size, longest, expected):
    picture = torch.rand(3, *size)
    before = picture.clone()
    fitted = fit_to(picture, longest=longest)
    assert fitted.shape == (3, *expected)
    assert torch.equal(picture, before)
    assert float(fitted.min()) >= 0
    assert float(fitted.max()) <= 1
    assert float(fitted.mean()) == pytest.approx(float(picture.mean()), abs=0.02)


def test_fit_to_refuses_nothing_at_all():
    with pytest.raises(ConfigError, match="longest=0 came: a side has at least 1 pixel; use 512"):
        fit_to(torch.rand(3, 4, 5), longest=0)


def test_own_picture_is_upright_opaque_and_small():
    exif = Image.Exif()
    exif[0x0112] = 6
    wide = Image.new("RGBA", (1200, 300), (0, 0, 0, 0))
    picture = own_picture(encoded(wide, exif=exif))
    assert picture.shape == (3, 512, 128)
    assert float(picture.min()) == pytest.approx(1)


def test_png_gives_back_what_was_written(tmp_path):
    picture = torch.from_numpy(two_by_three()).permute(2, 0, 1) / 255
    write_image(tmp_path / "a.PNG", picture)
    assert torch.equal(read_image(tmp_path / "a.PNG"), picture)


def test_jpeg_is_close(tmp_path):
    picture = torch.linspace(0, 1, 32).expand(3, 24, 32)
    write_image(tmp_path / "a.jpg", picture)
    assert torch.allclose(read_image(tmp_path / "a.jpg"), picture, atol=0.02)
    assert (tmp_path / "a.jpg").read_bytes()[:2] == b"\xff\xd8"


def test_values_beyond_the_range_are_clipped(tmp_path):
    write_image(tmp_path / "a.png", torch.tensor([-1.0, 2.0]).expand(3, 1, 2))
    assert read_image(tmp_path / "a.png")[0].tolist() == [[0, 1]]


@pytest.mark.parametrize(
    ("name", "picture", "kind", "told"),
    [
        ("a.gif", torch.rand(3, 4, 5), ConfigError, r"'a.gif' came: names end in .png, .jpg"),
        ("a.png", torch.rand(1, 3, 4, 5), ShapeError, r"\(1, 3, 4, 5\) came: one picture is"),
        ("a.png", torch.rand(4, 5, 3), ShapeError, r"\(4, 5, 3\) came"),
        ("a.png", torch.full((3, 2, 2), torch.nan), ConfigError, "NaN or infinite values came"),
        ("no/a.png", torch.rand(3, 4, 5), ConfigError, "a folder that does not exist"),
    ],
)
def test_what_cannot_be_written_is_said(tmp_path, name, picture, kind, told):
    with pytest.raises(kind, match=told):
        write_image(tmp_path / name, picture)
    assert list(tmp_path.iterdir()) == []
