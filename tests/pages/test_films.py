"""Radiographs that a reader brings, without a browser."""

import io

import numpy as np
import pytest
from PIL import Image

from core.run_scorer import run_scorer
from core.runs.locked_points import Signature, lock_point
from core.runs.store import read_run
from dashboard.bring_data import films
from tests.core.films.dicom_films import NAME, dicom_film
from tests.core.films.features_of_runs import add_own_features

FILES = "bring_films"


@pytest.fixture(scope="module")
def made(tmp_path_factory, write_run_with_images):
    out = tmp_path_factory.mktemp("films")
    add_own_features(write_run_with_images(out, "own", phantoms=True))
    return out


@pytest.fixture
def gray():
    return np.kron(np.random.default_rng(0).integers(0, 200, (12, 10)), np.ones((10, 10))).astype(np.uint8)


def png(pixels):
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "PNG")
    return content.getvalue()


def bring(app, *files):
    return app.file_uploader(key=FILES).set_value([(name, content, "") for name, content in files]).run()


def test_each_film_has_its_number_and_bad_files_are_named(open_dashboard, shown, made, gray):
    app = open_dashboard(made, "bring_data", run="own", bring="films")
    bring(app, ("one.png", png(gray)), ("bad.jpg", b"\xff\xd8\xffcut"), ("two.dcm", dicom_film(gray[:, ::-1])))
    page = shown(app, "html")
    assert "2 films of 3 files" in page
    assert "bad.jpg: damaged or truncated" in shown(app, "code")
    run = read_run(made / "own")
    temperature = run.calibration["temperature"]["value"]
    from core.films.film import read_film

    scorer = run_scorer(run)
    logit = scorer.logits(read_film(png(gray), 64).square[np.newaxis])[0]
    assert f"{1 / (1 + np.exp(-logit / temperature)):.4f}" in page
    assert "the threshold in use, which nobody locked" in page
    table = page.split("aria-label='Called by")[1].split("<table")[1].split("</table>")[0]
    assert table.count("tw-value'") == table.count("not for diagnosis") == 4


def test_the_clinics_prevalence_and_a_locked_threshold_are_used(
    open_dashboard, shown, tmp_path, gray, write_run_with_images
):
    run = read_run(write_run_with_images(tmp_path, "locked", phantoms=True))
    lock_point(run, 0.25, Signature(name="at a quarter", rule="by hand", who="me", why="a test"))
    app = bring(
        open_dashboard(tmp_path, "bring_data", run="locked", bring="films", prevalence="0.05"), ("a.png", png(gray))
    )
    page = shown(app, "html")
    assert "the locked threshold “at a quarter”" in page
    assert "At your clinic’s 5" in page
    assert "was made without features" in page
    app.number_input(key="bring_prevalence").set_value(None).run()
    assert "At your clinic’s" not in shown(app, "html")


def test_the_most_similar_films_are_shown_with_their_truth(open_dashboard, shown, made):
    from core.explain.pictures import Pictures

    run = read_run(made / "own")
    train = run.records[run.records["split"] == "train"]
    own = str(train["image_id"].iloc[2])
    app = open_dashboard(made, "bring_data", run="own", bring="films", film_heat_map="yes")
    page = shown(bring(app, ("x.png", png(Pictures(run).radiograph(own)))), "html")
    closer = page.split("The most similar films of train")[1]
    figures = closer.split("<figure>")[1:]
    assert len(figures) == 3 and all("(truth)" in one for one in figures)
    assert own in figures[0]
    assert "what raised the score is bright" in page


def test_a_name_that_was_planted_is_found_nowhere(open_dashboard, shown, made, gray, caplog, capfd):
    app = open_dashboard(made, "bring_data", run="own", bring="films", film_heat_map="yes")
    bring(app, ("film.dcm", dicom_film(gray)), ("broken.dcm", dicom_film(gray, Rows=7)))
    out, err = capfd.readouterr()
    assert NAME not in f"{shown(app)}{out}{err}{caplog.text}"
    found = [path for path in made.rglob("*") if path.is_file() and NAME.encode() in path.read_bytes()]
    assert found == []


def test_text_that_the_file_says_is_burned_in_is_warned_of(open_dashboard, shown, made, gray):
    app = open_dashboard(made, "bring_data", run="own", bring="films")
    page = shown(bring(app, ("a.dcm", dicom_film(gray, BurnedInAnnotation="YES"))), "html")
    assert "the file says that text is burned into it" in page


def test_names_of_files_are_text(open_dashboard, shown, made, gray):
    hostile = '![x](http://evil.example/x.png)<script>alert("1")</script>.png'
    app = open_dashboard(made, "bring_data", run="own", bring="films")
    bring(app, (hostile, png(gray)), (f"b{hostile}", b"nothing"))
    assert "<script>" not in shown(app, "html")
    for kind in ("markdown", "caption", "header", "alert"):
        assert hostile not in shown(app, kind)


def test_no_more_than_fifty_are_read(open_dashboard, shown, made, gray, monkeypatch):
    """Told of three, which are read sooner."""
    assert films.MOST == 50
    monkeypatch.setattr(films, "MOST", 3)
    app = open_dashboard(made, "bring_data", run="own", bring="films")
    page = shown(bring(app, *[(f"{i}.png", png(np.roll(gray, i, axis=0))) for i in range(4)]), "html")
    assert "4 files were chosen; the first 3 are read" in page
    assert "3 films of 3 files" in page


def test_without_a_network_or_a_run_it_says_what_is_needed(open_dashboard, shown, runs, tmp_path):
    app = open_dashboard(runs, "bring_data", run="imported", bring="films")
    assert "This run has no network" in shown(app)
    app = open_dashboard(tmp_path / "none", "bring_data", bring="films")
    assert "A run with a network is needed" in shown(app)


def test_a_photograph_is_called_no_radiograph(open_dashboard, shown, made, gray):
    app = open_dashboard(made, "bring_data", run="own", bring="films")
    page = shown(bring(app, ("p.png", png(np.dstack([gray, 255 - gray, gray[::-1]])))), "html")
    assert "no radiograph" in page and "in colour, as photographs are" in page
