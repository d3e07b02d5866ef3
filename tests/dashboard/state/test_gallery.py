"""What the gallery looks at: an image, a page of a selection, another threshold; each run's own."""

from dataclasses import replace

import pytest

from dashboard.state import address, gallery


def test_another_selection_begins_with_its_first_page(run, params):
    gallery.turn_gallery_page(run, "fp", 3)
    assert gallery.gallery_page(run, "fp", 5) == 3
    assert params["page"] == "3"
    assert gallery.gallery_page(run, "fp", 2) == 2
    assert gallery.gallery_page(run, "fn", 5) == 1
    address.settle()
    assert "page" not in params


@pytest.mark.parametrize(("asked", "page"), [("2", 2), ("99", 5), ("0", 1), ("-1", 1), ("two", 1), ("9" * 12, 1)])
def test_the_address_says_with_which_page_a_session_begins(run, params, asked, page):
    params.update(page=asked)
    address.resolve()
    assert gallery.gallery_page(run, "fp", 5) == page


def test_an_image_is_opened_and_closed(run, params):
    params.update(image="a.jpeg")
    address.resolve()
    assert gallery.opened_image(run) == "a.jpeg"
    assert gallery.opened_image(replace(run, run_id="other")) == "a.jpeg"  # the link asks for it, whatever is opened
    gallery.open_image(run, None)
    assert gallery.opened_image(run) is None
    assert "image" not in params


def test_each_run_has_its_own_filters_and_folder(run):
    other = replace(run, run_id="other")
    gallery.want_levels(run, "subtype", ["virus", None])
    gallery.want_marked_only(run, True)
    gallery.set_data_folder(run, " /data ")
    assert gallery.gallery_filter(run) == {"subtype": ("virus", None)}
    assert (gallery.marked_only(run), gallery.data_folder(run)) == (True, "/data")
    assert (gallery.gallery_filter(other), gallery.marked_only(other), gallery.data_folder(other)) == ({}, False, None)
    gallery.set_data_folder(run, " ")
    assert gallery.data_folder(run) is None


def test_the_other_threshold_is_unrounded(run, params):
    assert gallery.other_threshold(run, 0.1) == 0.1
    gallery.set_other_threshold(run, -1 / 3)
    assert gallery.other_threshold(run, 0.1) == -1 / 3
    assert params["to"] == repr(-1 / 3)
