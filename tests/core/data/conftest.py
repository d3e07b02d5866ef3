"""What the tests of reading data share: small radiograph-like images, DICOM files, and files of every bad kind."""

from __future__ import annotations

import io
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

REAL_DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "chest-xray-pneumonia"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real radiographs that lies beside the repository during development."""
    if not REAL_DATA.is_dir():
        pytest.skip("the real radiographs are not beside the repository")
    return REAL_DATA


def smooth_gray(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    """Smooth, asymmetric, different for each seed; (height, width)."""
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    phase = np.random.default_rng(seed).random(4) * 6
    waves = np.sin(5 * x + phase[0]) + np.sin(4 * y + phase[1]) + np.sin(3 * x * y + phase[2]) + x + 2 * y
    return np.round(255 * (waves - waves.min()) / np.ptp(waves)).astype(np.uint8)


@pytest.fixture(scope="session")
def gray() -> Callable[..., NDArray[np.uint8]]:
    """``gray(height, width, seed)``."""
    return smooth_gray


@pytest.fixture(scope="session")
def fill_folder() -> Callable[..., list[Path]]:
    """``fill_folder(folder, names, shape)`` writes one different image for each name."""

    def fill(folder: Path, names: list[str], shape: tuple[int, int] = (40, 48), seed: int = 0) -> list[Path]:
        paths = [folder / name for name in names]
        for number, path in enumerate(paths):
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(smooth_gray(*shape, seed=1000 * seed + number)).save(path)
        return paths

    return fill


@pytest.fixture(scope="session")
def write_dicom() -> Callable[..., Path]:
    """``write_dicom(path, stored, **elements)``; elements override those of a plain 16-bit MONOCHROME2 image."""
    pytest.importorskip("pydicom")
    return _write_dicom


def _write_dicom(path: Path, stored: NDArray[Any] | None, *, frames: int | None = None, **elements: Any) -> Path:
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian, generate_uid

    meta = FileMetaDataset()
    meta.TransferSyntaxUID = elements.pop("TransferSyntaxUID", ExplicitVRLittleEndian)
    meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    meta.MediaStorageSOPInstanceUID = generate_uid()
    dataset = Dataset()
    dataset.file_meta = meta
    dataset.SOPClassUID = meta.MediaStorageSOPClassUID
    dataset.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    dataset.PatientName = "Doe^Jane"
    dataset.PatientID = "secret-4711"
    if stored is not None:
        bits = 8 * stored.dtype.itemsize
        dataset.SamplesPerPixel = 1
        dataset.PhotometricInterpretation = "MONOCHROME2"
        dataset.Rows, dataset.Columns = stored.shape[-2:] if frames or stored.ndim == 2 else stored.shape[:2]
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = bits, bits, bits - 1
        dataset.PixelRepresentation = int(stored.dtype.kind == "i")
        if frames:
            dataset.NumberOfFrames = frames
        for name, value in elements.items():
            setattr(dataset, name, value)
        dataset.add_new(0x7FE00010, "OW", stored.tobytes())
    dataset.save_as(path, enforce_file_format=True)
    return path


def _encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def _png_of_size(width: int, height: int) -> bytes:
    """A PNG whose header promises this size, with hardly any data."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.fixture(scope="session")
def bad_bytes() -> dict[str, tuple[bytes, str]]:
    """File name -> (content, a part of the reason that is expected): images that nobody can use."""
    image = Image.fromarray(smooth_gray(120, 160))
    colour = Image.merge("RGB", [image, image.rotate(180), image])
    jpeg, png, tiff = _encoded(image, "JPEG"), _encoded(image, "PNG"), _encoded(image, "TIFF")
    deflated = _encoded(image, "TIFF", compression="tiff_deflate")
    frames = [image, image.rotate(90, expand=True).resize(image.size)]
    damaged = "damaged or truncated"
    bad: dict[str, tuple[bytes, str]] = {
        "empty.jpeg": (b"", "empty file"),
        "empty.png": (b"", "empty file"),
        "empty.dcm": (b"", "empty file"),
        "one-byte.jpg": (b"\xff", "not a JPEG"),
        "text.jpg": (b"This is a radiograph, honestly.\n", "not a JPEG"),
        "page.jpg": (b"<!DOCTYPE html><html><body>404</body></html>", "HTML"),
        "drawing.png": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        "report.jpg": (b"%PDF-1.7\n1 0 obj\n", "PDF"),
        "print.tif": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "PostScript"),
        "layers.jpg": (b"8BPS\0\1" + b"\0" * 60, "Photoshop"),
        "archive.jpg": (b"PK\x03\x04" + b"\0" * 60, "zip"),
        "squeezed.png": (b"\x1f\x8b\x08" + b"\0" * 60, "gzip"),
        "zeros.jpg": (b"\0" * 4096, "not a JPEG"),
        "noise.jpg": (np.random.default_rng(1).bytes(4096), "not a JPEG"),
        "pointer.jpg": (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "Git LFS"),
        "answer.jpg": (b'{"error": "not found"}', "JSON"),
        "picture.jpg": (_encoded(image, "GIF"), "GIF"),
        "moving.jpg": (_encoded(image, "GIF", save_all=True, append_images=frames), "GIF"),
        "bitmap.jpg": (_encoded(image, "BMP"), "BMP"),
        "web.jpg": (_encoded(colour, "WEBP"), "WebP"),
        "wavelets.jpg": (_encoded(image, "JPEG2000"), "JPEG 2000"),
        "moving.png": (_encoded(image, "PNG", save_all=True, append_images=frames), "frames"),
        "pages.tif": (_encoded(image, "TIFF", save_all=True, append_images=frames), "frames"),
        "stereo.jpg": (_encoded(colour, "MPO", save_all=True, append_images=[colour]), "frames"),
        "float.tif": (_encoded(image.convert("F"), "TIFF"), "floating-point"),
        "not-a-number.tif": (_encoded(Image.fromarray(np.full((20, 20), np.nan, np.float32)), "TIFF"), "floating"),
        "int32.tif": (_encoded(Image.fromarray(np.full((20, 20), 1 << 20, np.int32)), "TIFF"), "32-bit"),
        "signed.tif": (_encoded(Image.fromarray(np.full((20, 20), -5, np.int32)), "TIFF"), "signed"),
        "tiny.png": (_encoded(Image.new("L", (2, 2)), "PNG"), "at least 8"),
        "line.png": (_encoded(Image.new("L", (400, 1)), "PNG"), "at least 8"),
        "dot.jpg": (_encoded(Image.new("L", (1, 1)), "JPEG"), "at least 8"),
        "seven.tif": (_encoded(Image.new("L", (7, 300)), "TIFF"), "at least 8"),
        "blank.png": (_encoded(Image.new("1", (13_000, 13_000)), "PNG"), "169 megapixels"),
        "promise.png": (_png_of_size(2_000_000_000, 2_000_000_000), "megapixels"),
        "zero-wide.png": (_png_of_size(0, 20), ""),
        "hollow.png": (_png_of_size(300, 300), damaged),
        "only-magic.jpg": (b"\xff\xd8\xff", damaged),
        "only-magic.png": (b"\x89PNG\r\n\x1a\n", damaged),
        "only-magic.tif": (b"II*\0", damaged),
        "only-offset.tif": (b"II*\0\x08\0\0\0", damaged),
        "far-offset.tif": (b"MM\0*\x7f\xff\xff\xff" + b"\0" * 50, damaged),
        "no-end.png": (png[: len(png) // 2] + b"\0" * 200, damaged),
        "flipped.png": (png[:60] + bytes(255 - byte for byte in png[60:100]) + png[100:], damaged),
        "wrong-tables.jpg": (jpeg[:30] + b"\0" * 200 + jpeg[230:], ""),
    }
    for percent in (5, 30, 60, 90, 97):
        bad[f"cut-{percent}.jpg"] = (jpeg[: len(jpeg) * percent // 100], damaged)
        bad[f"cut-{percent}.png"] = (png[: len(png) * percent // 100], damaged)
    for percent in (1, 40, 80):
        bad[f"cut-{percent}.tif"] = (tiff[: len(tiff) * percent // 100], damaged)
        bad[f"cut-deflated-{percent}.tif"] = (deflated[: len(deflated) * percent // 100], damaged)
    return bad


@pytest.fixture(scope="session")
def write_bad_files(bad_bytes: dict[str, tuple[bytes, str]]) -> Callable[[Path], dict[str, str]]:
    """``write_bad_files(folder)`` fills it with more than sixty bad files: name -> part of the reason."""

    def write(folder: Path) -> dict[str, str]:
        expected = {}
        for name, (content, reason) in bad_bytes.items():
            (folder / name).write_bytes(content)
            expected[name] = reason
        (folder / "folder.jpg").mkdir()
        (folder / "gone.jpg").symlink_to(folder / "nowhere.jpg")
        os.mkfifo(folder / "pipe.jpg")
        (folder / "notes.txt").write_text("nothing to see")
        (folder / "Readme").write_text("nothing to see")
        (folder / "scan.gif").write_bytes(bad_bytes["picture.jpg"][0])
        expected |= {"folder.jpg": "a folder", "gone.jpg": "broken link", "pipe.jpg": "not a regular file"}
        expected |= {"notes.txt": ".txt", "Readme": "no extension", "scan.gif": ".gif"}
        return expected | _bad_dicom_files(folder)

    return write


def _bad_dicom_files(folder: Path) -> dict[str, str]:
    pytest.importorskip("pydicom")
    stored = smooth_gray(40, 40).astype(np.uint16)
    whole = _write_dicom(folder / "short.dcm", stored).read_bytes()
    (folder / "short.dcm").write_bytes(whole[:-900])
    (folder / "header.dcm").write_bytes(whole[:300])
    (folder / "mark.dcm").write_bytes(b"\0" * 128 + b"DICM")
    (folder / "garbage.dcm").write_bytes(b"\0" * 128 + b"DICM" + np.random.default_rng(2).bytes(2000))
    _write_dicom(folder / "report.dcm", None)
    _write_dicom(folder / "cine.dcm", np.stack([stored, stored]), frames=2)
    _write_dicom(folder / "huge.dcm", stored, Rows=60_000, Columns=60_000)
    _write_dicom(folder / "palette.dcm", stored.astype(np.uint8), PhotometricInterpretation="PALETTE COLOR")
    _write_dicom(folder / "window.dcm", stored, WindowCenter=100, WindowWidth=0)
    _write_dicom(folder / "tiny.dcm", stored[:4, :4])
    return {
        "short.dcm": "damaged or truncated",
        "header.dcm": "",
        "mark.dcm": "",
        "garbage.dcm": "",
        "report.dcm": "without an image",
        "cine.dcm": "2 frames",
        "huge.dcm": "megapixels",
        "palette.dcm": "PALETTE COLOR",
        "window.dcm": "impossible window",
        "tiny.dcm": "at least 8",
    }
