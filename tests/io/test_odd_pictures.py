"""Pictures as other programs write them: odd notes, profiles, 16 bits, floating-point numbers."""

import io
import struct
import zlib

import numpy as np
import pytest
import tifffile
import torch
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from utils.errors import ConfigError, ShapeError
from utils.io import as_picture, read_image, write_image

SMALL = np.arange(18, dtype=np.uint8).reshape(2, 3, 3) * 14
NAMES = {1: 0, 2: 4, 3: 2, 4: 6}  # PNG's number for so many channels


def encoded(picture: Image.Image, kind: str = "PNG", **more) -> bytes:
    file = io.BytesIO()
    picture.save(file, format=kind, **more)
    return file.getvalue()


def chunk(name: bytes, data: bytes, *, sum_off_by: int = 0) -> bytes:
    end = struct.pack(">I", zlib.crc32(name + data) ^ sum_off_by)
    return struct.pack(">I", len(data)) + name + data + end


def png16(values: np.ndarray, *more: bytes) -> bytes:
    h, w, c = values.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, 16, NAMES[c], 0, 0, 0))
    parts = [head, *more, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def deep(channels: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 65536, (5, 7, channels)).astype(np.uint16)


def shown(source) -> np.ndarray:
    return read_image(source).permute(1, 2, 0).numpy()


def odd_exif(orientation: int) -> bytes:
    """A resolution, two numbers by the standard, written as a text of two bytes."""
    notes = ImageFileDirectory_v2()
    notes.tagtype[0x11A] = 2
    notes[0x112], notes[0x11A] = orientation, "a"
    return b"Exif\0\0II*\0\x08\0\0\0" + notes.tobytes(8)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_an_odd_note_neither_stops_a_picture_nor_keeps_it_from_being_turned(kind):
    content = encoded(Image.fromarray(SMALL), kind, exif=odd_exif(6))
    plain = encoded(Image.fromarray(SMALL), kind)
    assert np.array_equal(shown(content), shown(plain).transpose(1, 0, 2)[:, ::-1])


def test_an_odd_tag_of_a_tiff_does_not_either():
    tags = {0x112: 6, 0x11A: 72.0, 0x11B: 72.0, 0x128: 2}
    content = bytearray(encoded(Image.fromarray(SMALL), "TIFF", tiffinfo=tags))
    at = content.find(struct.pack("<HHI", 0x11A, 5, 1))
    content[at : at + 12] = struct.pack("<HHI", 0x11A, 2, 2) + b"a\0\0\0"
    assert np.array_equal(shown(bytes(content)) * 255, SMALL.transpose(1, 0, 2)[:, ::-1])


@pytest.mark.parametrize(
    "note",
    [
        chunk(b"zTXt", b"k\0\0" + zlib.compress(b"a" * 80_000_000)),
        chunk(b"tEXt", b"a comment", sum_off_by=1),
        chunk(b"iCCP", b"x\0\0no profile"),
        chunk(b"eXIf", b"no notes"),
        chunk(b"eXIf", b"no notes", sum_off_by=1),
        chunk(b"pHYs", b"1"),
    ],
)
def test_notes_of_a_png_never_decide_over_it(note):
    content = encoded(Image.fromarray(SMALL))
    assert np.allclose(shown(content[:33] + note + content[33:]) * 255, SMALL)


@pytest.mark.filterwarnings("ignore:Image appears to be a malformed MPO")
@pytest.mark.parametrize("note", [b"\xff\xe1\0\x08Exif\0\0", b"\xff\xe2\0\x0aMPF\0abcd"])
def test_notes_of_a_jpeg_never_decide_over_it(note):
    content = encoded(Image.fromarray(SMALL), "JPEG")
    assert np.array_equal(shown(content[:2] + note + content[2:]), shown(content))


@pytest.mark.parametrize(
    "error", [TypeError, IndexError, struct.error, MemoryError, ZeroDivisionError]
)
def test_whatever_a_decoder_raises_becomes_a_sentence(error, monkeypatch):
    def load(self):
        raise error("odd")

    monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile.load", load)
    with pytest.raises(ConfigError, match=r"damaged or cut short: .* complete; open it in another"):
        read_image(encoded(Image.fromarray(SMALL)))


def test_a_picture_that_pillow_itself_refuses_is_called_large():
    content = encoded(Image.new("1", (14_000, 14_000)))
    with pytest.raises(ConfigError, match=r"more pixels than .*: pictures have at most 64,000,000"):
        read_image(content)


def test_sixteen_bit_colors_keep_their_precision():
    assert np.abs(shown(png16(deep(3))) - deep(3) / 65535).max() < 1e-7
    turned = shown(png16(deep(3), chunk(b"eXIf", odd_exif(6)[6:])))
    assert np.abs(turned - deep(3).transpose(1, 0, 2)[:, ::-1] / 65535).max() < 1e-7


@pytest.mark.parametrize("channels", [2, 4])
def test_sixteen_bit_transparency_shows_white(channels):
    values = deep(channels) / 65535
    colors, alpha = values[..., :-1], values[..., -1:]
    want = colors * alpha + 1 - alpha
    assert np.abs(shown(png16(deep(channels))) - want).max() < 1e-6


def test_a_clear_color_of_sixteen_bits_is_that_color_alone():
    values = deep(3)
    values[0, 1] = values[0, 0] ^ 1  # differs in the lowest bit only
    clear = chunk(b"tRNS", values[0, 0].astype(">u2").tobytes())
    found = shown(png16(values, clear))
    assert found[0, 0].tolist() == [1, 1, 1]
    assert np.abs(found[0, 1] - values[0, 1] / 65535).max() < 1e-7


@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("packed", [None, "zlib"])
def test_tiffs_of_sixteen_bits_keep_their_precision(planar, order, packed):
    values, file = deep(3), io.BytesIO()
    stored = values if planar == "contig" else values.transpose(2, 0, 1)
    tifffile.imwrite(
        file, stored, photometric="rgb", planarconfig=planar, byteorder=order, compression=packed
    )
    assert np.abs(shown(file.getvalue()) - values / 65535).max() < 1e-7


def gray_tiff(values: np.ndarray) -> bytes:
    return encoded(Image.fromarray(values.astype(np.float32)), "TIFF")


def test_floating_point_pictures_are_scaled_by_what_their_range_says():
    unit = np.random.default_rng(0).random((20, 30)).astype(np.float32)
    assert np.allclose(shown(gray_tiff(unit))[..., 0], unit)
    stray = unit.copy()
    stray[3, 4] = 1.01
    assert np.allclose(shown(gray_tiff(stray))[..., 0], stray.clip(0, 1))
    for top in (255, 65535):
        numbers = np.floor(unit * (top + 1))
        assert np.allclose(shown(gray_tiff(numbers))[..., 0], numbers / top)
    file = io.BytesIO()
    colors = np.stack([unit, unit**2, 1 - unit], -1)
    tifffile.imwrite(file, colors, photometric="rgb")
    assert np.allclose(shown(file.getvalue()), colors)
    with pytest.raises(ConfigError, match=r"values up to 1e\+06: values lie in \[0, 1\], or are"):
        read_image(gray_tiff(unit * 0 + 1e6))


def profile(red, green, blue, *, gamma: float = 2.2) -> bytes:
    """An ICC profile (version 2) of a display: its three colors in XYZ at D50, and its curve."""

    def fixed(*values: float) -> bytes:
        return b"".join(struct.pack(">i", round(v * 65536)) for v in values)

    xyz = [b"XYZ \0\0\0\0" + fixed(*color) for color in (red, green, blue)]
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    text = b"wide display\0"
    name = b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(79)
    name += bytes(-len(name) % 4)
    white = b"XYZ \0\0\0\0" + fixed(0.9642, 1, 0.8249)
    tags = dict(zip((b"rXYZ", b"gXYZ", b"bXYZ"), xyz, strict=True))
    tags |= {b"rTRC": curve, b"gTRC": curve, b"bTRC": curve, b"desc": name, b"wtpt": white}
    at, table, data = 132 + 12 * len(tags), b"", b""
    for key, value in tags.items():
        table += key + struct.pack(">II", at + len(data), len(value))
        data += value
    size = at + len(data)
    head = struct.pack(">I4sI4s4s4s", size, b"lcms", 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    head += struct.pack(">6H", 2020, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + fixed(0.9642, 1, 0.8249)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + data


# The primaries of Display P3 and of sRGB in XYZ at D50, one color per column.
P3 = np.array(
    [[0.51512, 0.29198, 0.15710], [0.24120, 0.69225, 0.06657], [-0.00105, 0.04189, 0.78407]]
)
SRGB = np.array(
    [[0.43607, 0.38515, 0.14308], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]]
)


def in_srgb(colors: np.ndarray) -> np.ndarray:
    linear = (colors**2.2) @ (np.linalg.inv(SRGB) @ P3).T
    linear = linear.clip(0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_a_wide_profile_is_converted_to_srgb(kind):
    colors = np.random.default_rng(0).integers(0, 256, (6, 9, 3), dtype=np.uint8)
    options = {"icc_profile": profile(*P3.T)} | ({"lossless": True} if kind == "WEBP" else {})
    found = shown(encoded(Image.fromarray(colors), kind, **options))
    want = in_srgb(colors / 255)
    assert np.abs(want - colors / 255).max() > 0.1
    assert np.abs(found - want).max() < 0.012
    clear = np.dstack([colors, np.full((6, 9), 255, np.uint8)])
    assert np.abs(shown(encoded(Image.fromarray(clear), kind, **options)) - want).max() < 0.012


def test_a_wide_profile_of_sixteen_bits_is_converted_too():
    values = deep(3)
    packed = chunk(b"iCCP", b"p3\0\0" + zlib.compress(profile(*P3.T)))
    assert np.abs(shown(png16(values, packed)) - in_srgb(values / 65535)).max() < 0.012


def test_a_profile_for_other_colors_changes_nothing():
    content = encoded(Image.fromarray(SMALL), icc_profile=profile(*P3.T)[:200])
    assert np.allclose(shown(content) * 255, SMALL)


def test_whatever_stands_for_a_picture_is_taken():
    small = np.arange(60, dtype=np.uint8).reshape(4, 5, 3) * 4
    want = torch.from_numpy(small).permute(2, 0, 1) / 255
    for source in (
        want,
        want.double(),
        want.numpy(),
        small,
        torch.from_numpy(small).permute(2, 0, 1),
        torch.from_numpy(small).permute(2, 0, 1).long(),
        small.astype(np.uint16) * 257,
        small / 255,
        Image.fromarray(small),
        encoded(Image.fromarray(small)),
    ):
        found = as_picture(source)
        assert found.dtype == torch.float32
        assert torch.allclose(found, want, atol=1e-6)
    gray = as_picture(small[..., 0])
    assert torch.allclose(gray, want[:1].expand(3, -1, -1))
    assert torch.equal(as_picture(small[..., :1]), gray)
    clear = np.dstack([small, np.zeros((4, 5), np.uint8)])
    assert as_picture(clear).min() == 1


@pytest.mark.parametrize(
    ("source", "kind", "told"),
    [
        (torch.rand(4, 5, 3), ShapeError, r"a tensor of shape \(4, 5, 3\) came: .*permute"),
        (torch.rand(3, 0, 5), ShapeError, "at least one pixel"),
        (np.zeros((2, 2, 2, 2)), ShapeError, "an array of shape"),
        (255 * torch.rand(3, 4, 5), ConfigError, r"values from .* divide by 255 where they count"),
        (torch.full((3, 2, 2), torch.inf), ConfigError, "NaN or infinite"),
        (torch.full((3, 2, 2), 70_000), ConfigError, "values up to 70000"),
        (torch.zeros(3, 2, 2, dtype=torch.complex64), ConfigError, "complex64 came: colors are"),
        (None, ConfigError, "a NoneType came for a picture: .*; torch.as_tensor"),
    ],
)
def test_what_cannot_be_a_picture_is_said(source, kind, told):
    with pytest.raises(kind, match=told):
        as_picture(source)


def test_integers_are_written_as_the_colors_they_stand_for(tmp_path):
    for number, values in enumerate((SMALL, torch.from_numpy(SMALL).permute(2, 0, 1).int())):
        write_image(tmp_path / f"{number}.png", values)
        assert np.allclose(shown(tmp_path / f"{number}.png") * 255, SMALL)
    with pytest.raises(ConfigError, match=r"values from .* to .* came"):
        write_image(tmp_path / "a.png", 255 * torch.rand(3, 4, 5))
    with pytest.raises(ConfigError, match=r"a JPEG has at most 65,500 pixels"):
        write_image(tmp_path / "a.jpg", torch.zeros(3, 1, 65_501))
    assert len(list(tmp_path.iterdir())) == 2
