"""The pictures of a dossier: the worst errors, without a name, and only where they are asked for."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.dossier.contents import contents
from core.dossier.failures import MOST, failures, gallery
from core.dossier.writing import dossier
from core.explain.pictures import Pictures
from core.runs.store import Run, read_run
from tests.core.dossier.conftest import parts


@pytest.fixture
def pictured(tmp_path: Path, write_run_with_images: Callable[..., Path]) -> Run:
    return read_run(write_run_with_images(tmp_path, "pictured"))


def missed_by(found, threshold):
    """The same contents at another threshold."""
    return replace(found, chosen=replace(found.chosen, threshold=threshold))


def test_the_worst_of_each_kind_come_first(pictured: Run) -> None:
    found, test = contents(pictured), pictured.predictions("test")
    everything = failures(missed_by(found, -np.inf), Pictures(pictured))
    assert [one.missed for one in everything] == [False] * test.n_neg
    assert [one.logit for one in everything] == sorted(test.logit[test.y_true == 0], reverse=True)
    nothing = failures(missed_by(found, np.inf), Pictures(pictured))
    assert [one.missed for one in nothing] == [True] * min(test.n_pos, MOST)
    assert [one.logit for one in nothing] == sorted(test.logit[test.y_true == 1])[:MOST]


def test_each_picture_is_that_of_its_image(pictured: Run) -> None:
    found, test, pictures = contents(pictured), pictured.predictions("test"), Pictures(pictured)
    (first, *_) = failures(missed_by(found, np.inf), pictures)
    worst = test.image_id[np.argmin(np.where(test.y_true == 1, test.logit, np.inf))]
    assert first.jpeg == pictures.thumbnail(str(worst))


def test_they_are_inside_only_where_they_were_asked_for_and_have_no_name(
    pictured: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "pictures" not in parts(dossier(pictured)) and "<img" not in dossier(pictured)
    real = contents
    monkeypatch.setattr("core.dossier.writing.contents", lambda run: missed_by(real(run), 99.0))
    page = dossier(pictured, pictures=Pictures(pictured))
    inside = parts(page)["pictures"]
    assert isinstance(inside, list) and len(inside) == pictured.predictions("test").n_pos
    assert all(base64.b64decode(text).startswith(b"\xff\xd8") for text in inside)
    assert len(re.findall("<img data-picture=", page)) == len(inside)
    assert f"Holds {len(inside)} pictures, as was asked for." in page
    for name in (*pictured.records["image_id"], *pictured.records["path"]):
        assert str(name) not in page


def test_a_picture_that_cannot_be_shown_says_why(pictured: Run) -> None:
    folder = Path(pictured.config.data or "")
    for file in folder.rglob("*.jpeg"):
        file.write_bytes(b"no picture")
    found = missed_by(contents(pictured), np.inf)
    html = gallery(replace(found, failures=failures(found, Pictures(pictured))))
    assert html.count("cannot be shown: ") == pictured.predictions("test").n_pos and "<img" not in html


def test_scores_stay_in_the_house(pictured: Run) -> None:
    found = missed_by(contents(pictured), np.inf)
    found = replace(found, failures=failures(found, Pictures(pictured)))
    assert "1. missed: with pneumonia, calibrated probability 0." in gallery(found)
    assert "1. missed: with pneumonia</figcaption>" in gallery(replace(found, leaves=True))
