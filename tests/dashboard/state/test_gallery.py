"""What the gallery looks at: an image, a page of a selection, another threshold, filters."""

from dataclasses import replace

import pytest

from core.runs.sites import Sites
from dashboard.state import SPLIT, address, gallery
from dashboard.state.choice import GALLERY_KIND


def test_another_selection_begins_with_its_first_page():
    gallery.turn_gallery_page(3)
    assert gallery.gallery_page(5) == 3
    assert address.held() == {"page": "3"}
    assert gallery.gallery_page(2) == 2
    GALLERY_KIND.choose("fn")
    assert gallery.gallery_page(5) == 1
    gallery.turn_gallery_page(1)
    assert "page" not in address.held()


@pytest.mark.parametrize(("asked", "page"), [("2", 2), ("99", 5), ("0", 1), ("-1", 1), ("two", 1), ("9" * 12, 1)])
def test_the_address_says_with_which_page_a_session_begins(params, asked, page):
    params.update(page=asked)
    address.resolve()
    assert gallery.gallery_page(5) == page


def test_an_image_is_opened_and_closed(params):
    params.update(image="a.jpeg")
    address.resolve()
    assert gallery.opened_image() == "a.jpeg"
    gallery.open_image(None)
    assert gallery.opened_image() is None
    assert "image" not in address.held()


def test_a_closed_image_is_come_back_from_once_and_each_time_has_its_number():
    assert gallery.take_closed_image() == (-1, 0)
    for closing in (1, 2):
        gallery.close_image(7)
        assert gallery.take_closed_image() == (7, closing)
        assert gallery.take_closed_image() == (-1, closing)


def test_filters_stand_in_the_address_whatever_levels_are_called(params):
    hostile = 'a,b;"c"&only=x[]'
    gallery.want_levels("subtype", ["virus", None])
    gallery.want_levels(hostile, [hostile])
    gallery.want_levels("sex", [])
    address.settle()
    address.resolve("elsewhere")
    assert gallery.gallery_filter() == {"subtype": ("virus", None), hostile: (hostile,)}
    gallery.want_levels("subtype", [])
    gallery.want_levels(hostile, [])
    assert address.held() == {}


@pytest.mark.parametrize("text", ["", "x", "[]", '{"a": 1}', '{"a": [1]}', "{" * 9999, "[" * 9999])
def test_what_is_no_filter_is_said(params, text):
    params.update(only=text)
    address.resolve()
    assert gallery.gallery_filter() == {}
    assert address.unread() == {"only": text}


def test_marked_only_is_said_in_words():
    assert gallery.MARKED_ONLY.value(False) is False
    gallery.MARKED_ONLY.choose(True)
    assert (gallery.MARKED_ONLY.value(False), address.held()) == (True, {"marked": "yes"})


def test_each_run_has_its_own_folder_and_no_link_changes_it(run):
    other = replace(run, run_id="other")
    gallery.set_data_folder(run, "test", " /data ")
    assert (gallery.data_folder(run, "validation"), gallery.data_folder(other, "test")) == ("/data", None)
    assert address.held() == {}
    gallery.set_data_folder(run, "test", " ")
    assert gallery.data_folder(run, "test") is None


def test_a_site_has_a_folder_of_its_own(run):
    with_site = replace(run, sites=Sites(whole={"far": None}))
    gallery.set_data_folder(with_site, "far", "/far")
    assert [gallery.data_folder(with_site, name) for name in ("far", "test")] == ["/far", None]


def test_the_other_threshold_is_unrounded():
    assert gallery.OTHER_THRESHOLD.value(0.1) == 0.1
    gallery.OTHER_THRESHOLD.choose(-1 / 3)
    assert gallery.OTHER_THRESHOLD.value(0.1) == -1 / 3
    assert address.held() == {"to": repr(-1 / 3)}


def test_an_image_is_opened_in_its_set_alone():
    gallery.open_image("a.jpeg")
    SPLIT.choose("test")
    assert gallery.opened_image() is None, "an image of that id in another set is another image"
    gallery.open_image("a.jpeg")
    assert address.held() == {"split": "test", "image": "a.jpeg"}
