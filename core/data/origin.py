"""Where a run's images come from: the folder that its config names, or the embedded phantoms."""

from __future__ import annotations

from pathlib import Path

from core.config import TrainConfig, embedded_findings
from core.data.index import DataIndex, index_images
from core.data.layouts.layout import to_leave_out
from core.data.phantom import PhantomSource, index_phantom
from core.data.sources import FolderSource, ImageSource
from core.errors import DataError


def index_of(config: TrainConfig) -> DataIndex:
    """Every image the config names, with label and patient, and every file that cannot be one."""
    if config.data is None:
        return index_phantom(findings=embedded_findings(config.positive_class))
    return index_images(
        Path(config.data),
        labels=None if config.labels is None else Path(config.labels),
        positive_class=config.positive_class,
        patient_pattern=config.patient_pattern,
        leave_out=to_leave_out(config.leave_out),
    )


def source_of(config: TrainConfig) -> ImageSource:
    """What reads those images. Raises :class:`DataError` where the data folder has moved."""
    if config.data is None:
        return PhantomSource()
    folder = Path(config.data)
    if not folder.is_dir():
        raise DataError(f"{folder}: the data folder of this run is not there; bring it back to see its images")
    return FolderSource(folder)
