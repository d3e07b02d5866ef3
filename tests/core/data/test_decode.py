"""The one reader: equal pictures in different files give equal arrays, and every bad file a reason."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageOps, TiffImagePlugin

from core.data.decode import decode_image, to_square
from core.errors import ImageError

Gray = Callable[..., NDArray[np.uint8]]


def decoded(path: Path) -> NDArray[np.uint8]:
    return decode_image(path).gray


@pytest.mark.parametrize("name", ["x.png", "x.tif", "x.tiff", "without-extension-png"])
def test_eight_bit_values_are_kept(tmp_path: Path, gray: Gray, name: str) -> None:
    values = gray(30, 50)
    Image.fromarray(values).save(tmp_path / name, format=None if "." in name else "PNG")
    image = decode_image(tmp_path / name)
    np.testing.assert_array_equal(image.gray, values)
    assert (image.width, image.height, image.gray.dtype) == (50, 30, np.uint8)


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_sixteen_bits_are_scaled_from_their_full_range(tmp_path: Path, ending: str) -> None:
    eight = np.arange(256, dtype=np.uint8).reshape(16, 16)
    Image.fromarray(eight).save(tmp_path / f"8.{ending}")
    Image.fromarray(eight.astype(np.uint16) * 257).save(tmp_path / f"16.{ending}")
    np.testing.assert_array_equal(decoded(tmp_path / f"16.{ending}"), decoded(tmp_path / f"8.{ending}"))
    every = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    Image.fromarray(every).save(tmp_path / f"every.{ending}")
    np.testing.assert_array_equal(decoded(tmp_path / f"every.{ending}"), np.round(every / 257))


def write_tiff(path: Path, values: NDArray[np.uint16], *, byte_order: str, photometric: int, bits: int = 16) -> Path:
    """A bare uncompressed gray TIFF, written field by field: Pillow cannot write these variants."""
    height, width = values.shape
    body = values.astype(f"{byte_order}u2").tobytes()
    if bits == 12:
        even, odd = values.ravel()[::2].astype(np.uint32), values.ravel()[1::2].astype(np.uint32)
        triple = (even << 12) | odd
        body = np.stack([triple >> 16, triple >> 8, triple], axis=1).astype(np.uint8).tobytes()
    entries = [(256, width), (257, height), (258, bits), (259, 1), (262, photometric), (273, 8), (277, 1)]
    entries += [(278, height), (279, len(body))]
    number = {"<": "little", ">": "big"}[byte_order]

    def integer(value: int, size: int) -> bytes:
        return value.to_bytes(size, number)  # type: ignore[arg-type]

    directory = integer(len(entries), 2)
    for tag, value in entries:
        directory += integer(tag, 2) + integer(4, 2) + integer(1, 4) + integer(value, 4)
    mark = b"II*\0" if byte_order == "<" else b"MM\0*"
    path.write_bytes(mark + integer(8 + len(body), 4) + body + directory + integer(0, 4))
    return path


@pytest.mark.parametrize("byte_order", ["<", ">"])
def test_tiff_byte_order(tmp_path: Path, byte_order: str) -> None:
    values = (np.arange(400, dtype=np.uint16) * 163).reshape(20, 20)
    path = write_tiff(tmp_path / "x.tif", values, byte_order=byte_order, photometric=1)
    np.testing.assert_array_equal(decoded(path), np.round(values / 257))


def test_tiff_white_is_zero_is_inverted_and_twelve_bits_use_their_own_range(tmp_path: Path) -> None:
    values = (np.arange(400, dtype=np.uint16) * 10).reshape(20, 20)
    inverted = write_tiff(tmp_path / "i.tif", values, byte_order="<", photometric=0)
    np.testing.assert_array_equal(decoded(inverted), np.round((65535 - values.astype(float)) / 257))
    twelve = write_tiff(tmp_path / "t.tif", values, byte_order="<", photometric=1, bits=12)
    np.testing.assert_array_equal(decoded(twelve), np.round(values * (255 / 4095)))


def test_colour_becomes_luma(tmp_path: Path, gray: Gray) -> None:
    channels = np.stack([gray(20, 30, seed) for seed in range(3)], axis=2)
    luma = channels @ np.array([0.299, 0.587, 0.114])
    Image.fromarray(channels).save(tmp_path / "x.png")
    assert np.abs(decoded(tmp_path / "x.png") - luma).max() <= 1
    Image.fromarray(channels).save(tmp_path / "x.jpg", quality=100, subsampling=0)
    assert np.abs(decoded(tmp_path / "x.jpg") - luma).max() <= 3


@pytest.mark.parametrize("size", [None, 96])
def test_a_gray_jpeg_is_the_same_stored_as_gray_colour_or_cmyk(tmp_path: Path, gray: Gray, size: int | None) -> None:
    image = Image.fromarray(gray(400, 500))
    for mode in ("L", "RGB", "CMYK"):
        image.convert(mode).save(tmp_path / f"{mode}.jpg", quality=100)
    reference = to_square(decode_image(tmp_path / "L.jpg", at_least=size).gray, 96).astype(int)
    for mode in ("RGB", "CMYK"):
        square = to_square(decode_image(tmp_path / f"{mode}.jpg", at_least=size).gray, 96)
        assert np.abs(square - reference).max() <= 2, mode


def test_palette_bilevel_and_cmyk(tmp_path: Path, gray: Gray) -> None:
    image = Image.fromarray(gray(24, 32) // 16 * 16)
    image.convert("P").save(tmp_path / "palette.png")
    image.quantize(32).save(tmp_path / "quantized.png")
    image.convert("CMYK").save(tmp_path / "cmyk.tif")
    for name in ("palette.png", "quantized.png", "cmyk.tif"):
        assert np.abs(decoded(tmp_path / name).astype(int) - np.asarray(image)).max() <= 1, name
    image.convert("1", dither=Image.Dither.NONE).save(tmp_path / "bilevel.png")
    np.testing.assert_array_equal(decoded(tmp_path / "bilevel.png"), np.where(np.asarray(image) > 127, 255, 0))


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_alpha_is_composited_on_black(tmp_path: Path, gray: Gray, mode: str) -> None:
    values, alpha = gray(20, 20, 1), gray(20, 20, 2)
    image = Image.fromarray(values).convert(mode)
    image.putalpha(Image.fromarray(alpha))
    image.save(tmp_path / "x.png")
    assert np.abs(decoded(tmp_path / "x.png") - values * (alpha / 255)).max() <= 1


def test_transparent_palette_entries_and_colours_are_black(tmp_path: Path) -> None:
    values = np.repeat(np.array([[40, 80, 120, 200]], np.uint8), 8, axis=0).repeat(4, axis=1)
    Image.fromarray(values).save(tmp_path / "colour.png", transparency=200)
    palette = Image.fromarray(values).convert("P")
    palette.save(tmp_path / "palette.png", transparency=palette.getpixel((15, 0)))
    for name in ("colour.png", "palette.png"):
        np.testing.assert_array_equal(decoded(tmp_path / name), np.where(values == 200, 0, values))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("ending", ["png", "tif", "jpg"])
def test_exif_orientation_is_applied(tmp_path: Path, gray: Gray, ending: str, orientation: int) -> None:
    upright = Image.fromarray(gray(40, 64))
    # Turned back from upright by the inverse, so that applying the orientation restores it.
    inverse = {6: 8, 8: 6}.get(orientation, orientation)
    exif = Image.Exif()
    exif[0x0112] = inverse
    turned = upright.copy()
    turned.info["exif"] = exif.tobytes()
    turned = ImageOps.exif_transpose(turned)
    exif[0x0112] = orientation
    path = tmp_path / f"x.{ending}"
    turned.save(path, exif=exif, **({"quality": 100} if ending == "jpg" else {}))
    image = decode_image(path)
    assert (image.width, image.height, image.gray.shape) == (64, 40, (40, 64))
    assert np.abs(image.gray.astype(int) - np.asarray(upright)).max() <= (3 if ending == "jpg" else 0)


def test_large_jpegs_are_decoded_at_reduced_scale(tmp_path: Path, gray: Gray) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(gray(1200, 1500)).save(tmp_path / "x.jpg", quality=95, exif=exif)
    whole = decode_image(tmp_path / "x.jpg")
    assert whole.gray.shape == (1500, 1200)
    for size, scale in ((96, 4), (64, 8), (224, 2), (400, 1), (75, 8), (76, 4)):
        reduced = decode_image(tmp_path / "x.jpg", at_least=size)
        assert reduced.gray.shape == (-(-1500 // scale), 1200 // scale)
        assert min(reduced.gray.shape) >= 2 * size
        assert (reduced.width, reduced.height) == (1200, 1500)
        difference = to_square(reduced.gray, size).astype(int) - to_square(whole.gray, size)
        assert np.abs(difference).max() <= 2


def test_damaged_exif_says_nothing_about_the_pixels(tmp_path: Path, gray: Gray) -> None:
    Image.fromarray(gray(40, 40)).save(tmp_path / "plain.jpg")
    Image.fromarray(gray(40, 40)).save(tmp_path / "x.jpg", exif=b"Exif\0\0II*\0\xff\xff\xff\x7f")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        np.testing.assert_array_equal(decoded(tmp_path / "x.jpg"), decoded(tmp_path / "plain.jpg"))


def test_every_bad_file_gets_a_short_reason_without_its_path(
    tmp_path: Path, write_bad_files: Callable[[Path], dict[str, str]]
) -> None:
    for name, expected in write_bad_files(tmp_path).items():
        if expected in ("a folder", "broken link", ".txt", "no extension", ".gif"):
            expected = ""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with pytest.raises(ImageError) as failure:
                decode_image(tmp_path / name, at_least=64)
        reason = str(failure.value)
        assert expected in reason, name
        assert 0 < len(reason) < 260, name
        assert "\n" not in reason, name
        assert str(tmp_path) not in reason, name


def test_large_images_are_refused_in_silence_and_just_allowed_ones_are_read(tmp_path: Path) -> None:
    Image.new("L", (8000, 8000)).save(tmp_path / "allowed.png")
    assert decode_image(tmp_path / "allowed.png").gray.shape == (8000, 8000)
    for side in (8001, 9600, 14_000):  # around Pillow's own limits for warnings and errors
        Image.new("1", (side, side)).save(tmp_path / "x.tif", compression="tiff_deflate")
        with pytest.raises(ImageError, match="at most 64"):
            decode_image(tmp_path / "x.tif")


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_truncated_jpeg_is_refused_or_whole(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (48, 56), dtype=np.uint8)
    path = tmp_path_factory.getbasetemp() / "truncated.jpg"
    Image.fromarray(noise).save(path, quality=90)
    content, reference = path.read_bytes(), decoded(path)
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        np.testing.assert_array_equal(decoded(path), reference)
    except ImageError:
        return


@settings(max_examples=150, deadline=None)
@given(position=st.integers(0, 10**6), garbage=st.binary(min_size=1, max_size=40), kind=st.sampled_from(["png", "tif"]))
def test_garbage_in_a_file_never_escapes_as_another_error(
    tmp_path_factory: pytest.TempPathFactory, position: int, garbage: bytes, kind: str
) -> None:
    path = tmp_path_factory.getbasetemp() / f"garbage.{kind}"
    Image.fromarray(np.arange(1024, dtype=np.uint8).reshape(32, 32)).save(path)
    content = bytearray(path.read_bytes())
    position %= len(content)
    content[position : position + len(garbage)] = garbage
    path.write_bytes(content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            assert decode_image(path).gray.dtype == np.uint8
        except ImageError as error:
            assert str(error)


def test_missing_and_forbidden_files_are_image_errors(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="cannot be read: there is no such file"):
        decode_image(tmp_path / "nowhere.png")
    with pytest.raises(ImageError, match="not a regular file"):
        decode_image(tmp_path)


def test_threads_give_what_one_thread_gives(tmp_path: Path, fill_folder: Callable[..., list[Path]]) -> None:
    paths = fill_folder(tmp_path, [f"{i}.{ending}" for i in range(20) for ending in ("jpg", "png", "tif")], (90, 120))
    alone = [decoded(path) for path in paths]
    with ThreadPoolExecutor(8) as pool:
        for one, other in zip(alone, pool.map(decoded, paths), strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("shape", [(10, 10), (300, 200), (64, 64), (1500, 9), (9, 1500), (64, 500), (33, 65)])
def test_to_square(gray: Gray, shape: tuple[int, int]) -> None:
    values = gray(*shape)
    square = to_square(values, 64)
    assert square.shape == (64, 64)
    assert square.dtype == np.uint8
    assert square.flags.c_contiguous
    if shape == (64, 64):
        np.testing.assert_array_equal(square, values)
    elif min(shape) >= 64:
        np.testing.assert_array_equal(square, cv2.resize(values, (64, 64), interpolation=cv2.INTER_AREA))
    elif max(shape) <= 64:
        np.testing.assert_array_equal(square, cv2.resize(values, (64, 64), interpolation=cv2.INTER_LINEAR))
    assert abs(float(square.mean()) - float(values.mean())) < 6


def test_to_square_averages_the_side_that_shrinks_even_where_the_other_grows() -> None:
    stripes = np.tile(np.array([0, 255], np.uint8), (16, 320))
    square = to_square(stripes, 64)
    assert np.ptp(square) <= 1
    assert abs(int(square[0, 0]) - 127) <= 1


def test_to_square_takes_the_longest_sides_that_are_read() -> None:
    assert to_square(np.full((8, 8_000_000), 7, np.uint8), 32).tolist() == [[7] * 32] * 32


def test_pillow_is_left_as_it_was() -> None:
    assert Image.MAX_IMAGE_PIXELS == 1024 * 1024 * 1024 // 4 // 3
    assert TiffImagePlugin.TiffImageFile
