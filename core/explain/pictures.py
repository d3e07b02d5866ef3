"""The radiographs of a run: at full size, as thumbnails, as its network saw them, and what is true of phantoms."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.data.decode import to_square
from core.data.phantom import GENERATOR_VERSION, PhantomSource, opacity_mask
from core.data.records import ImageRecord
from core.data.sources import RecordedSource
from core.errors import DataError, ImageError, RunFolderError
from core.kept import KeptFiles
from core.runs.site_tables import read_site_records
from core.runs.store import Run

THUMBNAIL_SIDE = 192
"""Longest side of a thumbnail in pixels."""

_JPEG_QUALITY = 85


class Pictures:
    """The radiographs of one run, or of one of its sites. Every method may be called from several threads at once.

    Images are told by their image id. Where one cannot be shown, ImageError says why in a few words, without the id.
    """

    def __init__(self, run: Run, data_folder: Path | None = None, *, site: str | None = None) -> None:
        """``data_folder`` is where the data lie now, when they have moved since the fit, or since ``site`` was scored.

        Raises:
            RunFolderError: a run or a site without images, or with phantoms that this version cannot make again.
            DataError: the data folder is not there. KeyError: the run has no such site.
        """
        if run.checkpoint is None:
            raise RunFolderError(
                f"{run.folder}: imported from predictions, so it has no network to explain and no images to show"
            )
        self.run = run
        self.synthetic = run.synthetic and site is None
        named = run.config.data if site is None else _folder_of_site(run, site)
        self.data_folder = None if self.synthetic else _existing(data_folder, named, "run" if site is None else "site")
        self._source = _source(run, self.data_folder)
        records = run.records if site is None else read_site_records(run.sites.whole[site].folder)
        rows = records[["path", "label", "patient_id", "split", "sha256"]].itertuples(index=False, name=None)
        self._rows = dict(zip(records["image_id"], rows, strict=True))
        self._thumbnails = KeptFiles(run.folder, "thumbnails", ".jpg")

    def radiograph(self, image_id: str, *, at_least: int | None = None) -> NDArray[np.uint8]:
        """Gray values at full size (h, w). Raises ImageError: missing, unreadable, or changed since the fit.

        With ``at_least``, what the input of a network of this side is made from: a large JPEG at a reduced scale.
        """
        return self._source.read(self._record(image_id), at_least=at_least).gray

    def reduced(self, image_id: str, at_least: int) -> tuple[NDArray[np.uint8], int]:
        """:meth:`radiograph` with ``at_least``, and how many pixels the image has in its file. Raises ImageError."""
        decoded = self._source.read(self._record(image_id), at_least=at_least)
        return decoded.gray, decoded.width * decoded.height

    def square(self, image_id: str, size: int) -> NDArray[np.uint8]:
        """Gray values (size, size), the very ones that a network of this input size was given. Raises ImageError."""
        return to_square(self.radiograph(image_id, at_least=size), size)

    def thumbnail(self, image_id: str) -> bytes:
        """A JPEG whose longest side is at most ``THUMBNAIL_SIDE``, made once and kept. Raises ImageError."""
        record = self._record(image_id)
        key = f"{THUMBNAIL_SIDE} {self._source.key(record)}"
        if (kept := self._thumbnails.read(key)) is not None:
            return kept
        # Half is enough: the decoder leaves the shorter side at twice this.
        gray = shrink(self._source.read(record, at_least=THUMBNAIL_SIDE // 2).gray, THUMBNAIL_SIDE)
        _, encoded = cv2.imencode(".jpg", gray, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
        self._thumbnails.write(key, encoded.tobytes())
        return encoded.tobytes()

    def opacity(self, image_id: str) -> NDArray[np.bool_] | None:
        """Where the opacity of the run's finding lies in a phantom that has it, (h, w); None for every other image."""
        record = self._record(image_id)
        return opacity_mask(record, finding=self.run.finding) if self.synthetic and record.label == 1 else None

    def content(self, image_id: str) -> str:
        """A text that is equal for equal pixels only, told without reading them. Raises ImageError."""
        return self._source.key(self._record(image_id))

    def _record(self, image_id: str) -> ImageRecord:
        if image_id not in self._rows:
            raise ImageError("is not an image of this run")
        path, label, patient_id, split, sha256 = self._rows[image_id]
        truth = None if label != label else int(label)
        return ImageRecord(image_id=image_id, path=path, label=truth, patient_id=patient_id, split=split, sha256=sha256)


def shrink(gray: NDArray[np.uint8], longest: int) -> NDArray[np.uint8]:
    """``gray`` (h, w) with its longest side at most ``longest`` pixels, its shape kept, averaged over areas."""
    scale = longest / max(gray.shape)
    if scale >= 1:
        return gray
    height, width = (max(1, round(side * scale)) for side in gray.shape)
    return np.asarray(cv2.resize(gray, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _folder_of_site(run: Run, site: str) -> str:
    named = run.sites.whole[site].data_folder
    if named is None:
        raise RunFolderError(f"site {site}: was added from predictions, so it has no images to show")
    return named


def _existing(data_folder: Path | None, named: str | None, whose: str) -> Path:
    folder = data_folder or Path(named or "")
    if not folder.is_dir() or (data_folder is None and named is None):
        raise DataError(
            f"{data_folder or named}: the data folder of this {whose} is not there; bring it back, or name the folder "
            "where its images lie now, to see them"
        )
    return folder


def _source(run: Run, folder: Path | None) -> PhantomSource | RecordedSource:
    if folder is not None:
        return RecordedSource(folder)
    if run.manifest["data"].get("generator_version") != GENERATOR_VERSION:
        raise RunFolderError(f"{run.folder}: its phantoms are of another version and cannot be made again; fit anew")
    return PhantomSource()
