"""One known picture, written as DICOM in every way that devices write it, and read back as that picture."""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    MPEG2MPML,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    RLELossless,
)

from core.data.decode import decode_image
from core.data.folder import index_folders
from core.errors import ImageError

CASES = Path(__file__).resolve().parents[4] / "shared" / "cases" / "dicom"
WHOLE = {"WindowCenter": 2048, "WindowWidth": 4096}  # all of 12 bits
WriteDicom = Callable[..., Path]


@pytest.fixture(scope="module")
def picture(gray: Callable[..., NDArray[np.uint8]]) -> NDArray[np.uint16]:
    """12-bit values from 0 to 4095, shape (40, 56)."""
    return np.round(gray(40, 56) / 255.0 * 4095).astype(np.uint16)


@pytest.fixture
def write(tmp_path: Path, write_dicom: WriteDicom) -> Callable[..., Path]:
    def writing(stored: NDArray[Any], name: str = "x.dcm", **elements: Any) -> Path:
        bits = {"BitsStored": 12, "HighBit": 11} if stored.dtype.itemsize == 2 else {}
        return write_dicom(tmp_path / name, stored, **(bits | elements))

    return writing


def truth(picture: NDArray[np.uint16]) -> NDArray[np.float64]:
    return np.round(picture / 4095 * 255)


def assert_shows(path: Path, expected: NDArray[Any], *, within: int = 0) -> None:
    assert np.abs(decode_image(path).gray.astype(int) - expected).max() <= within


def altered(path: Path, **elements: Any) -> Path:
    """The file written anew with these elements; None writes an empty one."""
    dataset = pydicom.dcmread(path)
    for name, value in elements.items():
        setattr(dataset, name, value)
    dataset.save_as(path)
    return path


def lookup_table(entries: list[int], *, first: int = 0, bits: int = 12, promised: int | None = None, vr: str = "US"):
    table = Dataset()
    size = len(entries) if promised is None else promised
    table.add_new("LUTDescriptor", "SS" if first < 0 else "US", [size % 65536, first, bits])
    kind = np.uint8 if vr == "OB" else np.uint16
    packed = np.array(entries, kind).tobytes()
    table.add_new("LUTData", "OW" if vr == "OB" else vr, entries if vr == "US" else packed)
    return table


# How it is written


def test_the_public_cases_look_like_their_picture():
    if not CASES.is_dir():
        pytest.skip("the cases are not beside the repository")
    expected = np.asarray(Image.open(CASES / "truth.png")).astype(int)
    for path in sorted(CASES.glob("*.dcm")):
        dataset = pydicom.dcmread(path)
        padded = dataset.pixel_array == dataset.get("PixelPaddingValue", 1 << 20)
        shown = decode_image(path).gray
        assert np.abs(shown - expected)[~padded].max() <= 1, path.name
        assert not shown[padded].any()


@pytest.mark.parametrize(
    "syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian]
)
@pytest.mark.parametrize("preamble", [True, False])
def test_every_way_of_writing_elements(write, picture, syntax, preamble):
    path = write(picture, **WHOLE)
    dataset = pydicom.dcmread(path)
    if syntax == ExplicitVRBigEndian:
        dataset.PixelData = picture.astype(">u2").tobytes()
    dataset.file_meta.TransferSyntaxUID = syntax
    plain = Dataset(dataset)
    plain.file_meta = dataset.file_meta
    pydicom.dcmwrite(path, plain, enforce_file_format=True)
    if not preamble:
        path.write_bytes(path.read_bytes()[132:])
    assert_shows(path, truth(picture))


@pytest.mark.parametrize(("implicit", "little"), [(True, True), (False, True), (False, False)])
def test_files_of_elements_alone_as_old_archives_have_them(write, picture, implicit, little):
    """No preamble, no file meta information: as PS3.10 did not exist yet."""
    dataset = pydicom.dcmread(write(picture, **WHOLE))
    del dataset.file_meta
    if not little:
        dataset.PixelData = picture.astype(">u2").tobytes()
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, dataset, implicit_vr=implicit, little_endian=little)
    path = write(picture)
    path.write_bytes(buffer.getvalue())
    assert_shows(path, truth(picture))
    path.write_bytes(b"DICM" + write(picture, "whole.dcm", **WHOLE).read_bytes()[132:])
    assert_shows(path, truth(picture))


@pytest.mark.parametrize("name", ["scan", "1.2.840.113619.2", "I0000001", "scan.ima", "scan.img", "x.v2", "scan.DCM"])
@pytest.mark.parametrize("preamble", [True, False])
def test_files_are_found_by_their_content_whatever_they_are_called(write, picture, tmp_path, name, preamble):
    content = write(picture, "whole.bin", **WHOLE).read_bytes()
    for folder in ("NORMAL", "PNEUMONIA"):
        (tmp_path / "data" / folder).mkdir(parents=True)
        (tmp_path / "data" / folder / name).write_bytes(content if preamble else content[132:])
        (tmp_path / "data" / folder / "notes.docx").write_bytes(b"PK\x03\x04 no picture")
    index = index_folders(tmp_path / "data", None)
    assert [record.image_id for record in index.records] == [f"NORMAL/{name}", f"PNEUMONIA/{name}"]
    assert [file.path for file in index.skipped] == ["NORMAL/notes.docx", "PNEUMONIA/notes.docx"]


# How pixels are compressed


def by_gdcm(path: Path, name: str, *, lossless: bool = True) -> Path:
    """The file with its pixels compressed by GDCM."""
    import gdcm

    reader = gdcm.ImageReader()
    reader.SetFileName(str(path))
    assert reader.Read()
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(gdcm.TransferSyntax(getattr(gdcm.TransferSyntax, name)))
    change.SetInput(reader.GetImage())
    if not lossless:
        codec = gdcm.JPEGCodec()
        codec.SetLossless(False)
        codec.SetQuality(98)
        change.SetUserCodec(codec)
    assert change.Change()
    writer = gdcm.ImageWriter()
    writer.SetFileName(str(path))
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    assert writer.Write()
    return path


LOSSLESS = [
    "JPEGLosslessProcess14_1",
    "JPEGLosslessProcess14",
    "JPEGLSLossless",
    "JPEGLSNearLossless",
    "JPEG2000Lossless",
    "RLELossless",
]


@pytest.mark.parametrize(("name", "bits"), list(product(LOSSLESS, (8, 12, 16))))
@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_lossless_compression_changes_nothing(write, picture, name, bits, photometric):
    stored = {8: picture >> 4, 12: picture, 16: picture << 4}[bits].astype(np.uint8 if bits == 8 else np.uint16)
    elements = {"BitsStored": bits, "HighBit": bits - 1, "PhotometricInterpretation": photometric}
    plain = decode_image(write(stored, **elements)).gray
    path = by_gdcm(write(stored, **elements), name)
    assert pydicom.dcmread(path).file_meta.TransferSyntaxUID.is_compressed
    assert_shows(path, plain)


@pytest.mark.parametrize("name", ["JPEGBaselineProcess1", "JPEGExtendedProcess2_4"])
def test_lossy_jpeg_of_8_bits_is_close(write, picture, name):
    stored = (picture >> 4).astype(np.uint8)
    assert_shows(by_gdcm(write(stored, WindowCenter=128, WindowWidth=256), name, lossless=False), stored, within=3)


def test_lossy_jpeg_2000_is_close(write, picture):
    from openjpeg.utils import encode_buffer, encode_pixel_data  # comes with pylibjpeg-openjpeg

    options = {
        "rows": 40,
        "columns": 56,
        "samples_per_pixel": 1,
        "bits_allocated": 16,
        "bits_stored": 12,
        "pixel_representation": 0,
        "photometric_interpretation": "MONOCHROME2",
    }
    assert encode_buffer
    frame = encode_pixel_data(picture.tobytes(), **options, use_mct=False, compression_ratios=[4], codec_format=0)
    path = encapsulated(write(picture, **WHOLE), bytes(frame), "1.2.840.10008.1.2.4.91")
    assert_shows(path, truth(picture), within=6)


def test_signed_pixels_in_jpeg_ls_and_jpeg_2000(write, picture):
    signed = picture.astype(np.int16) - 2048
    for name in ("JPEGLSLossless", "JPEG2000Lossless", "JPEGLosslessProcess14_1", "RLELossless"):
        path = by_gdcm(write(signed, RescaleIntercept=2048, RescaleSlope=1, **WHOLE), name)
        assert_shows(path, truth(picture))


def test_several_threads_read_compressed_files_at_once(write, picture):
    paths = [by_gdcm(write(picture, f"{name}-{i}.dcm", **WHOLE), name) for name in LOSSLESS for i in range(4)]
    with ThreadPoolExecutor(4) as pool:
        for image in pool.map(decode_image, paths):
            np.testing.assert_array_equal(image.gray, truth(picture))


def encapsulated(path: Path, frame: bytes, syntax: str) -> Path:
    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.UID(syntax)
    dataset.PixelData = encapsulate([frame])
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    dataset.save_as(path)
    return path


def test_twelve_bit_jpeg_with_loss_is_refused_in_words(write, picture):
    path = by_gdcm(write(picture), "JPEGExtendedProcess2_4", lossless=False)
    with pytest.raises(ImageError, match=r"12-bit JPEG with loss.*save it uncompressed"):
        decode_image(path)


@pytest.mark.parametrize("syntax", [JPEGBaseline8Bit, JPEGLSLossless, JPEG2000Lossless, RLELossless, HTJ2KLossless])
def test_compressed_data_that_is_damaged_is_refused_in_words(write, picture, syntax):
    for frame in (b"\xff\xd8" + b"\0" * 50, b"\0\0", np.random.default_rng(3).bytes(400)):
        path = encapsulated(write(picture), frame, syntax)
        with pytest.raises(ImageError, match="damaged or truncated"):
            decode_image(path)


def test_what_no_decoder_knows_is_named(write, picture):
    with pytest.raises(ImageError, match=r"holds a video \(MPEG2"):
        decode_image(encapsulated(write(picture), b"\0\0\1\xba" * 8, MPEG2MPML))
    with pytest.raises(ImageError, match="which no decoder here knows"):
        decode_image(encapsulated(write(picture), b"\xff\xd8" * 8, "1.2.840.10008.1.2.4.52"))


def test_a_decoder_that_is_missing_is_named_with_the_remedy(write, picture, monkeypatch):
    path = by_gdcm(write(picture), "JPEGLosslessProcess14_1")
    decoder = pydicom.pixels.get_decoder(pydicom.dcmread(path).file_meta.TransferSyntaxUID)
    monkeypatch.setattr(decoder, "_available", {})
    with pytest.raises(ImageError, match=r"cannot decompress JPEG Lossless.*pip install -r requirements\.txt"):
        decode_image(path)


# What lies in a word


@pytest.mark.parametrize(("stored", "high"), [(12, 11), (12, 15), (10, 9), (12, 13)])
@pytest.mark.parametrize("overlay", [False, True])
def test_the_image_is_read_from_its_bits_and_overlays_beside_it_are_cut_off(write, picture, stored, high, overlay):
    values = picture >> (12 - stored)
    words = values << (high + 1 - stored)
    if overlay:
        used = ((1 << stored) - 1) << (high + 1 - stored)
        words = words | (np.random.default_rng(0).integers(0, 65536, words.shape).astype(np.uint16) & ~np.uint16(used))
    window = {"WindowCenter": 1 << (stored - 1), "WindowWidth": 1 << stored}
    path = write(words.astype(np.uint16), BitsStored=stored, HighBit=high, **window)
    assert_shows(path, np.round(values / ((1 << stored) - 1) * 255))


@pytest.mark.parametrize("sign_extended", [True, False])
def test_signed_values_of_12_bits(write, picture, sign_extended):
    signed = picture.astype(np.int16) - 2048
    words = signed if sign_extended else (signed & 0xFFF).astype(np.int16)
    assert_shows(write(words, WindowCenter=0, WindowWidth=4096), truth(picture))


def test_32_bit_and_floating_point_values(tmp_path, write_dicom, picture):
    assert_shows(write_dicom(tmp_path / "a.dcm", picture.astype(np.uint32) * 1000), truth(picture))
    path = write_dicom(tmp_path / "b.dcm", picture.astype(np.uint32))
    dataset = pydicom.dcmread(path)
    del dataset.PixelData
    dataset.FloatPixelData = (picture / 7.0 - 3).astype(np.float32).tobytes()
    dataset.FloatPixelPaddingValue = float(np.float32(0 / 7.0 - 3))
    dataset.save_as(path)
    inside = picture > 0
    low = picture[inside].min()
    expected = np.where(inside, np.round((picture.astype(float) - low) / (4095 - low) * 255), 0)
    assert_shows(path, expected, within=1)


# Empty elements


EMPTY = [
    "RescaleSlope",
    "RescaleIntercept",
    "WindowCenter",
    "WindowWidth",
    "VOILUTFunction",
    "VOILUTSequence",
    "ModalityLUTSequence",
    "PixelPaddingValue",
    "PixelPaddingRangeLimit",
    "NumberOfFrames",
    "HighBit",
    "PixelRepresentation",
    "SamplesPerPixel",
    "PlanarConfiguration",
]


@pytest.mark.parametrize("name", [*EMPTY, "all"])
def test_an_empty_element_is_an_absent_one(write, picture, name):
    names = EMPTY if name == "all" else [name]
    path = write(picture)
    dataset = pydicom.dcmread(path)
    for empty in names:
        vr = "US" if empty.startswith("PixelPadding") else pydicom.datadict.dictionary_VR(empty)
        dataset.add_new(empty, vr, [] if vr == "SQ" else None)
    dataset.save_as(path)
    assert_shows(path, truth(picture))


@pytest.mark.parametrize("sequence", ["VOILUTSequence", "ModalityLUTSequence"])
@pytest.mark.parametrize("missing", ["LUTDescriptor", "LUTData", "both", "items"])
def test_a_table_that_lacks_something_is_none(write, picture, sequence, missing):
    item = lookup_table([4095, 0], bits=12)
    for name in ("LUTDescriptor", "LUTData"):
        if missing in (name, "both"):
            item[name].value = None
    if missing == "items":
        item = Dataset()
    assert_shows(altered(write(picture, **WHOLE), **{sequence: [item]}), truth(picture))
    whole = lookup_table((4095 - np.arange(4096)).tolist())
    expected = 255 - truth(picture)
    if sequence == "VOILUTSequence":
        assert_shows(altered(write(picture), VOILUTSequence=[item, whole]), expected, within=1)


@pytest.mark.parametrize(("centre", "width"), [(2048, None), (None, 4096), (["", "2048"], ["", "4096"]), ("", "")])
def test_half_a_window_is_none(write, picture, centre, width):
    assert_shows(altered(write(picture), WindowCenter=centre, WindowWidth=width), truth(picture))


@pytest.mark.parametrize("name", ["Rows", "Columns", "BitsAllocated", "PhotometricInterpretation"])
def test_what_an_image_cannot_do_without_is_named(write, picture, name):
    path = altered(write(picture), **{name: None})
    with pytest.raises(ImageError, match=name if name != "PhotometricInterpretation" else "missing, not gray"):
        decode_image(path)


@pytest.mark.parametrize("text", [b"2048,5", b"wide  ", b"1.#QNAN"])
def test_an_element_that_is_no_number_is_named(write, picture, text):
    path = write(picture, WindowCenter="111111", WindowWidth="4096")
    path.write_bytes(path.read_bytes().replace(b"111111", text[:6].ljust(6)))
    with pytest.raises(ImageError, match=r"whose WindowCenter is no number"):
        decode_image(path)


# Padding


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("window", [{}, WHOLE])
@pytest.mark.parametrize(("padding", "limit"), [(0, None), (4095, None), (4000, 4095), (4095, 4000), (0, 100)])
def test_padding_is_black_and_no_part_of_the_range(write, picture, photometric, window, padding, limit):
    values = (500 + picture // 2).astype(np.uint16)  # 500 to 2547
    values[:9] = padding
    values[9:12] = (padding + (limit or padding)) // 2
    path = write(values, PhotometricInterpretation=photometric, **window)
    dataset = pydicom.dcmread(path)
    dataset.add_new("PixelPaddingValue", "US", padding)
    if limit is not None:
        dataset.add_new("PixelPaddingRangeLimit", "US", limit)
    dataset.save_as(path)
    inside = values[12:].astype(float)
    low, high = (0, 4095) if window else (inside.min(), inside.max())
    expected = np.round((inside - low) / (high - low) * 255)
    shown = decode_image(path).gray.astype(int)
    assert not shown[:12].any()
    assert np.abs(shown[12:] - (255 - expected if photometric == "MONOCHROME1" else expected)).max() <= 1


@pytest.mark.parametrize(("written", "vr"), [(-2000, "SS"), (63536, "US")])
@pytest.mark.parametrize("signed", [True, False])
def test_padding_beyond_the_bits_of_the_image_and_in_the_wrong_type(write, picture, written, vr, signed):
    """CT scanners pad 12-bit images with -2000, written with or without sign."""
    words = picture.copy()
    words[:5] = 63536
    path = write(
        words.view(np.int16) if signed else words, BitsStored=16 if signed else 12, HighBit=15 if signed else 11
    )
    dataset = pydicom.dcmread(path)
    dataset.add_new("PixelPaddingValue", vr, written)
    dataset.save_as(path)
    expected = truth(picture)
    expected[:5] = 0
    low, high = picture[5:].min(), picture[5:].max()
    expected[5:] = np.round((picture[5:].astype(float) - low) / (high - low) * 255)
    assert_shows(path, expected)


def test_an_image_that_is_all_padding_is_black(write, picture):
    path = write(np.full_like(picture, 7), PixelPaddingValue=7)
    assert not decode_image(path).gray.any()


# What values mean, and how they are shown


def test_a_slope_of_0_is_no_rescale(write, picture):
    assert_shows(write(picture, RescaleSlope=0, RescaleIntercept=-1024, **WHOLE), truth(picture))


def test_a_negative_slope_turns_bright_and_dark(write, picture):
    path = write(picture, RescaleSlope=-1, RescaleIntercept=4095, **WHOLE)
    assert_shows(path, np.round((4095 - picture.astype(float)) / 4095 * 255))


def test_the_first_of_several_windows_is_used(write, picture):
    assert_shows(write(picture, WindowCenter=[2048, 40], WindowWidth=[4096, 10]), truth(picture))


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT"])
@pytest.mark.parametrize("centre", [-5000, 90000])
@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_a_window_beside_the_values_is_refused_in_words(write, picture, function, centre, photometric):
    elements = {"WindowCenter": centre, "WindowWidth": 400, "VOILUTFunction": function}
    with pytest.raises(ImageError, match=r"window \(centre .*, width 400\) lies beside its values \(0 to 4095\)"):
        decode_image(write(picture, PhotometricInterpretation=photometric, **elements))


def test_an_unknown_function_is_refused(write, picture):
    with pytest.raises(ImageError, match="unknown VOI LUT function 'CUBIC'"):
        decode_image(write(picture, VOILUTFunction="CUBIC", **WHOLE))


SQUARE = np.round((np.arange(4096) / 4095) ** 2 * 4095).astype(int)


@pytest.mark.parametrize("sequence", ["ModalityLUTSequence", "VOILUTSequence"])
@pytest.mark.parametrize("vr", ["US", "OW"])
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
@pytest.mark.parametrize("bits", [12, 16])
def test_tables_in_every_type(write, picture, sequence, vr, syntax, bits):
    """Also those that say 16 bits for entries of 12."""
    path = write(picture)
    dataset = pydicom.dcmread(path)
    setattr(dataset, sequence, [lookup_table(SQUARE.tolist(), bits=bits, vr=vr)])
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.save_as(path, implicit_vr=syntax.is_implicit_VR, little_endian=True)
    assert_shows(path, np.round(SQUARE[picture] / 4095 * 255), within=1)


def test_a_table_of_bytes(write, picture):
    entries = (SQUARE >> 4).tolist()
    path = altered(write(picture), VOILUTSequence=[lookup_table(entries, bits=8, vr="OB")])
    assert_shows(path, SQUARE[picture] >> 4)


def test_a_table_begins_at_its_first_value_and_is_level_beyond_its_ends(write, picture):
    entries = np.round(np.arange(1001) / 1000 * 4095).astype(int).tolist()
    path = altered(write(picture), VOILUTSequence=[lookup_table(entries, first=1000)])
    assert_shows(path, np.round((picture.astype(float).clip(1000, 2000) - 1000) / 1000 * 255), within=1)


def test_a_table_for_signed_values(write, picture):
    signed = picture.astype(np.int16) - 2048
    for first, vr in ((-2048, "SS"), (65536 - 2048, "US")):
        table = lookup_table(SQUARE.tolist())
        table.add_new("LUTDescriptor", vr, [4096, first, 12])
        path = altered(write(signed), VOILUTSequence=[table])
        assert_shows(path, np.round(SQUARE[picture] / 4095 * 255), within=1)


def test_a_table_of_all_65536_entries_says_0(write, picture):
    entries = np.arange(65536)
    path = altered(
        write(picture << 4, BitsStored=16, HighBit=15),
        VOILUTSequence=[lookup_table(entries.tolist(), bits=16, vr="OW")],
    )
    assert_shows(path, np.round((picture << 4) / 65535 * 255))


@pytest.mark.parametrize("sequence", ["ModalityLUTSequence", "VOILUTSequence"])
@pytest.mark.parametrize("vr", ["US", "OW"])
def test_a_table_wider_than_its_data_serves_as_far_as_it_goes(write, picture, sequence, vr):
    table = lookup_table(SQUARE.tolist(), promised=8192, vr=vr)  # as many as there are bytes
    path = altered(write(picture), **{sequence: [table]})
    assert_shows(path, np.round(SQUARE[picture] / 4095 * 255), within=1)
    short = altered(write(picture), **{sequence: [lookup_table(SQUARE[:100].tolist(), promised=4096, vr=vr)]})
    with pytest.raises(ImageError, match="lookup table of 100 entries instead of 4096, too few for its values"):
        decode_image(short)


@pytest.mark.parametrize("descriptor", [[4096], [4096, 0], 4096])
def test_a_table_without_its_size_is_refused(write, picture, descriptor):
    table = lookup_table(SQUARE.tolist())
    table["LUTDescriptor"].value = descriptor
    with pytest.raises(ImageError, match="lookup table that does not say its size"):
        decode_image(altered(write(picture), VOILUTSequence=[table]))


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("function", [None, "LINEAR", "LINEAR_EXACT", "SIGMOID"])
@pytest.mark.parametrize("meaning", ["plain", "rescaled", "table"])
@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("padded", [False, True])
def test_every_combination_is_the_known_picture(write, picture, photometric, function, meaning, signed, padded):
    """Meaning, window, sign, padding and polarity together, against each formula of the standard worked out here."""
    offset = 2048 if signed else 0
    stored = (picture.astype(int) - offset).astype(np.int16 if signed else np.uint16)
    elements: dict[str, Any] = {"WindowCenter": 1500.5, "WindowWidth": 1200, "PhotometricInterpretation": photometric}
    if function:
        elements["VOILUTFunction"] = function
    meant = picture.astype(float) - offset
    if meaning == "rescaled":
        elements |= {"RescaleSlope": 0.5, "RescaleIntercept": 700}
        meant = 0.5 * meant + 700
    elif meaning == "table":
        elements["ModalityLUTSequence"] = [lookup_table(SQUARE.tolist(), first=-offset)]
        meant = SQUARE[picture].astype(float)
    if padded:
        stored[:6, :6] = -2048 if signed else 0
        elements["PixelPaddingValue"] = -2048 if signed else 0
    if function == "SIGMOID":
        level = 1 / (1 + np.exp(-4 * (meant - 1500.5) / 1200))
    elif function == "LINEAR_EXACT":
        level = (meant - 1500.5) / 1200 + 0.5
    else:
        level = (meant - 1500) / 1199 + 0.5
    expected = np.round(255 * level.clip(0, 1))
    expected = 255 - expected if photometric == "MONOCHROME1" else expected
    if padded:
        expected[:6, :6] = 0
        expected[stored == elements["PixelPaddingValue"]] = 0
    assert_shows(write(stored, **elements), expected, within=1)


@pytest.mark.parametrize("groups", ["SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"])
def test_an_enhanced_object_of_one_frame_keeps_its_window_in_its_groups(write, picture, groups):
    window, rescale, frame = Dataset(), Dataset(), Dataset()
    window.WindowCenter, window.WindowWidth = 1024, 4096
    rescale.RescaleSlope, rescale.RescaleIntercept = 1, -1024
    frame.FrameVOILUTSequence, frame.PixelValueTransformationSequence = [window], [rescale]
    assert_shows(altered(write(picture), NumberOfFrames=1, **{groups: [frame]}), truth(picture))


# Colour, frames, contradictions


@pytest.mark.parametrize("planar", [0, 1])
@pytest.mark.parametrize("photometric", ["RGB", "YBR_FULL"])
def test_colour_of_8_bits_becomes_luma(tmp_path, write_dicom, planar, photometric):
    colour = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    stored = np.asarray(Image.fromarray(colour).convert("YCbCr")) if photometric == "YBR_FULL" else colour
    laid = np.ascontiguousarray(stored.transpose(2, 0, 1)) if planar else stored
    elements = {"SamplesPerPixel": 3, "PhotometricInterpretation": photometric, "PlanarConfiguration": planar}
    path = write_dicom(tmp_path / "x.dcm", laid, **elements, Rows=20, Columns=30)
    assert_shows(path, colour @ np.array([0.299, 0.587, 0.114]), within=2)


def test_colour_in_jpeg_and_jpeg_2000(tmp_path, write_dicom, gray):
    colour = np.stack([gray(32, 48, seed) for seed in range(3)], axis=-1)
    luma = colour @ np.array([0.299, 0.587, 0.114])
    elements = {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "PlanarConfiguration": 0}
    for name in ("JPEGLosslessProcess14_1", "JPEGLSLossless", "JPEG2000Lossless", "RLELossless"):
        assert_shows(by_gdcm(write_dicom(tmp_path / "x.dcm", colour, **elements), name), luma, within=2)
    buffer = io.BytesIO()
    Image.fromarray(colour).save(buffer, "JPEG", quality=97, subsampling=0)
    path = write_dicom(tmp_path / "y.dcm", colour, **(elements | {"PhotometricInterpretation": "YBR_FULL_422"}))
    assert_shows(encapsulated(path, buffer.getvalue(), JPEGBaseline8Bit), luma, within=6)


@pytest.mark.parametrize("bits", [8, 16])
def test_a_palette_becomes_luma(tmp_path, write_dicom, gray, bits):
    stored = gray(20, 30)
    ramps = {"Red": np.arange(256), "Green": np.arange(256)[::-1], "Blue": np.full(256, 60)}
    elements: dict[str, Any] = {"PhotometricInterpretation": "PALETTE COLOR"}
    for name, ramp in ramps.items():
        elements[f"{name}PaletteColorLookupTableDescriptor"] = [256, 0, bits]
        entries = ramp.astype(np.uint8) if bits == 8 else (ramp * 257).astype(np.uint16)
        elements[f"{name}PaletteColorLookupTableData"] = entries.tobytes()
    colours = np.stack([ramps[name][stored] for name in ("Red", "Green", "Blue")], axis=-1)
    path = write_dicom(tmp_path / "x.dcm", stored, **elements)
    assert_shows(path, colours @ np.array([0.299, 0.587, 0.114]), within=2)


def test_contradictions_are_refused_in_words(tmp_path, write_dicom, picture, write):
    colour = np.zeros((20, 30, 3), np.uint8)
    with pytest.raises(ImageError, match="says MONOCHROME2 and has 3 values a pixel"):
        decode_image(write_dicom(tmp_path / "a.dcm", colour, SamplesPerPixel=3))
    with pytest.raises(ImageError, match="stores 20 bits in 16"):
        decode_image(write(picture, BitsStored=20))
    with pytest.raises(ImageError, match="in colour with 16 bits"):
        elements = {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "PlanarConfiguration": 0}
        decode_image(write_dicom(tmp_path / "b.dcm", colour.astype(np.uint16), **elements))
    path = write(picture)
    dataset = pydicom.dcmread(path)
    del dataset.file_meta.TransferSyntaxUID
    dataset.PixelData = encapsulate([b"\xff\xd8" * 20])
    dataset["PixelData"].is_undefined_length, dataset["PixelData"].VR = True, "OB"
    buffer = io.BytesIO()
    del dataset.file_meta
    pydicom.dcmwrite(buffer, dataset, implicit_vr=False, little_endian=True)
    path.write_bytes(buffer.getvalue())
    with pytest.raises(ImageError, match="does not say how its pixels are compressed"):
        decode_image(path)


def test_no_reason_speaks_the_language_of_the_program(write, picture, bad_bytes):
    """Thousands of files damaged at random: each is read or refused, and no reason quotes a type of Python."""
    rng, whole = np.random.default_rng(5), write(picture, **WHOLE).read_bytes()
    path = write(picture)
    for _ in range(400):
        content = bytearray(whole)
        for at in rng.integers(132, 600, 3):
            content[at] = rng.integers(256)
        path.write_bytes(content)
        try:
            decode_image(path)
        except ImageError as error:
            assert not any(word in str(error) for word in ("NoneType", "object", "operand", "Traceback", "unpack")), (
                error
            )
