"""A film that is no part of a run: read from its file in memory, kept nowhere."""

from __future__ import annotations

import contextlib
import io
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import cv2
import numpy as np
from numpy.typing import NDArray

from core.data.contents import BLANK, NO_CONTRAST, TWO_VALUED, oddity
from core.data.decode import DecodedImage, decode_file, grey_levels, shows_colour, to_square
from core.data.dicom import is_dicom, says_burned_in

THUMBNAIL = 96
IN_COLOUR = "in colour, as photographs are"
NO_FILM = frozenset({BLANK, TWO_VALUED, NO_CONTRAST, IN_COLOUR})
"""What no radiograph is; all else that is odd about pixels is only said."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Film:
    """One film: ``square`` (size, size), as the network sees it, and what its pixels and its file say.

    ``odd`` is what is odd about the pixels, empty where nothing is; ``burned_in`` what a DICOM file says of text in
    them, None where nothing is said.
    """

    square: NDArray[np.uint8]
    width: int
    height: int
    kind: str
    odd: str
    burned_in: bool | None

    @property
    def no_film(self) -> bool:
        """Whether the pixels alone say that this is no radiograph."""
        return self.odd in NO_FILM

    def thumbnail(self) -> NDArray[np.uint8]:
        """The square in the film's own proportions, its longer side of :data:`THUMBNAIL` pixels."""
        scale = THUMBNAIL / max(self.width, self.height)
        size = (max(1, round(self.width * scale)), max(1, round(self.height * scale)))
        return np.asarray(cv2.resize(self.square, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def read_film(content: bytes, size: int) -> Film:
    """The film in the bytes of a file, for a network of this input size. Raises ImageError with a short reason.

    Of a DICOM file nothing is read but its pixels, how they are shown, and whether text is burned into them.
    """
    file = io.BytesIO(content)
    with _quietly():
        found = decode_file(file, at_least=size)
        coloured, burned_in = shows_colour(file), _burned_in(file)
    square = to_square(found.gray, size)
    return Film(
        square=square,
        width=found.width,
        height=found.height,
        kind=found.kind,
        odd=IN_COLOUR if coloured else oddity(square, grey_levels(found.gray)) or "",
        burned_in=burned_in,
    )


def picture_of(content: bytes, at_least: int) -> DecodedImage:
    """The film in the bytes of a file for people to look at, a large JPEG at a reduced scale. Raises ImageError."""
    with _quietly():
        return decode_file(io.BytesIO(content), at_least=at_least)


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """One film at a time is decoded, so that memory holds one; warnings of decoders, which quote values, go nowhere."""
    with _decoding, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


_decoding = threading.Lock()


def _burned_in(file: IO[bytes]) -> bool | None:
    file.seek(0)
    if not is_dicom(file.read(132)):
        return None
    with contextlib.suppress(Exception):  # the pixels could be read; what a damaged element says does not matter
        return says_burned_in(file)
    return None
