"""Shifts of acquisition: nothing at strength 0, more with strength, the same for the same picture, any picture."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.acquisition import SHIFTS, STRENGTHS, seed_of, shifted
from core.data.phantom import PhantomSource, index_phantom

BY_NAME = {shift.name: shift for shift in SHIFTS}
NEUTRAL = {
    "brighter": 0,
    "darker": 0,
    "harder": 1,
    "softer": 1,
    "gamma_up": 1,
    "gamma_down": 1,
    "blur": 1e-6,
    "noise": 0,
    "rotation": 0,
    "closer": 1,
    "wider": 1,
    "cropped": 0,
}


@pytest.fixture(scope="module")
def radiograph():
    return PhantomSource().read(index_phantom().records[0]).gray


def each(gray, name):
    return [shifted(gray, BY_NAME[name], strength, seed_of(gray)) for strength in range(len(STRENGTHS) + 1)]


@pytest.mark.parametrize("name", BY_NAME)
def test_nothing_at_strength_0_and_more_with_each_strength(radiograph, name):
    before = radiograph.copy()
    pictures = [picture.astype(float) for picture in each(radiograph, name)]
    distances = [np.abs(picture - before).mean() for picture in pictures]
    assert distances[0] == 0
    assert (np.diff(distances) > 0).all(), distances
    assert (radiograph == before).all(), "the radiograph itself is left as it is"


@pytest.mark.parametrize("name", NEUTRAL)
def test_a_neutral_amount_changes_nothing(radiograph, name):
    assert (BY_NAME[name].change(radiograph, NEUTRAL[name], 7) == radiograph).all()


@pytest.mark.parametrize("name", BY_NAME)
def test_the_same_picture_is_changed_in_the_same_way(radiograph, name):
    copy = np.asfortranarray(radiograph)
    np.random.default_rng(0).random(5)
    assert all((one == other).all() for one, other in zip(each(radiograph, name), each(copy, name), strict=True))


@pytest.mark.parametrize("name", BY_NAME)
@pytest.mark.parametrize("shape", [(1, 1), (8, 8), (9, 40), (200, 8), (37, 41)])
@pytest.mark.parametrize("fill", [0, 255, None])
def test_any_picture_keeps_its_type_and_shape(name, shape, fill):
    drawn = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    gray = drawn if fill is None else np.full(shape, fill, dtype=np.uint8)
    for picture in each(gray, name):
        assert (picture.dtype, picture.shape) == (np.uint8, shape)


def test_grey_levels_are_as_written():
    gray = np.arange(256, dtype=np.uint8).reshape(16, 16)
    levels = np.arange(256).reshape(16, 16) / 255
    expected = {
        "brighter": levels + 30 / 255,
        "darker": levels - 30 / 255,
        "harder": (levels - 0.5) * 1.5 + 0.5,
        "softer": (levels - 0.5) * 0.65 + 0.5,
        "gamma_up": levels**1.6,
        "gamma_down": levels**0.625,
    }
    for name, wanted in expected.items():
        assert np.abs(each(gray, name)[2] - 255 * wanted.clip(0, 1)).max() <= 0.501, name


def test_noise_has_the_deviation_it_says_at_any_size_and_its_own_grain_for_each_picture():
    for side in (128, 256, 700):
        gray = np.full((side, side), 128, dtype=np.uint8)
        for picture, percent in zip(each(gray, "noise")[1:], BY_NAME["noise"].amounts, strict=True):
            assert picture.std() == pytest.approx(2.55 * percent, rel=0.05)
    other = gray.copy()
    other[0, 0] = 127
    assert np.corrcoef(each(gray, "noise")[3].ravel(), each(other, "noise")[3].ravel())[0, 1] < 0.05


def test_blur_is_the_same_at_any_size():
    small = np.zeros((128, 128), dtype=np.uint8)
    small[:, 64:] = 200
    large = np.kron(small, np.ones((4, 4), dtype=np.uint8))
    shrunk = cv2.resize(each(large, "blur")[3], (128, 128), interpolation=cv2.INTER_AREA)
    assert np.abs(shrunk.astype(int) - each(small, "blur")[3]).max() <= 4


def test_framing_is_what_it_says():
    gray = np.zeros((201, 201), dtype=np.uint8)
    gray[90:111, 90:111] = 255  # 21 pixels in the middle
    assert (each(gray, "closer")[3] > 127).any(axis=0).sum() == pytest.approx(21 * 1.4, abs=1)
    assert (each(gray, "wider")[3] > 127).any(axis=0).sum() == pytest.approx(21 * 0.65, abs=1)
    rows, columns = np.nonzero(each(gray, "cropped")[3] > 127)
    enlarged, moved = 201 / (201 - 32), 16 * 201 / (201 - 32)
    assert np.ptp(rows) + 1 == pytest.approx(21 * enlarged, abs=1) == np.ptp(columns) + 1
    assert abs(rows.mean() - 100) == pytest.approx(moved, abs=1) and abs(columns.mean() - 100) == pytest.approx(
        moved, abs=1
    )
    light = np.full((100, 100), 200, dtype=np.uint8)
    assert each(light, "wider")[3][0].max() == 0, "dark margins"
    turned = each(light, "rotation")[3]
    assert turned[0, 0] == 0 and turned[50, 50] == 200, "dark corners"
    assert (each(light, "cropped")[3] == 200).all() and (each(light, "closer")[3] == 200).all(), "nothing dark"


def test_rotation_turns_by_the_angle_to_either_side():
    signs = set()
    for value in range(8):
        gray = np.full((201, 201), value, dtype=np.uint8)
        gray[98:103] = 255
        rows, columns = np.nonzero(each(gray, "rotation")[3] > 127)
        slope = np.polyfit(columns - 100, rows - 100, 1)[0]
        assert abs(slope) == pytest.approx(np.tan(np.deg2rad(20)), rel=0.1)
        signs.add(np.sign(slope))
    assert signs == {1, -1}


def test_the_marker_is_white_on_the_side_it_names_and_of_the_height_it_says():
    sides = set()
    for value in range(8):
        gray = np.full((200, 240), value, dtype=np.uint8)
        changed = each(gray, "marker")[3] > 200
        rows, columns = np.nonzero(changed)
        assert np.ptp(rows) + 1 == round(0.16 * 200)
        assert rows.max() < 60
        sides.add("left" if columns.max() < 80 else "right" if columns.min() > 160 else "middle")
    assert sides == {"left", "right"}


def test_compression_is_that_of_the_codec(radiograph):
    _, encoded = cv2.imencode(".jpg", radiograph, [cv2.IMWRITE_JPEG_QUALITY, 15])
    assert (each(radiograph, "jpeg")[2] == cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE)).all()


@given(st.integers(), st.sampled_from(list(BY_NAME)))
@settings(max_examples=30, deadline=None)
def test_only_four_strengths_exist(strength, name):
    gray = np.zeros((8, 8), dtype=np.uint8)
    if strength in range(4):
        shifted(gray, BY_NAME[name], strength, 0)
    else:
        with pytest.raises(ValueError, match="0, 1, 2 or 3"):
            shifted(gray, BY_NAME[name], strength, 0)


def test_strengths_are_described_with_their_unit():
    assert BY_NAME["darker"].described(2) == "−30 of 255 grey levels"
    assert BY_NAME["rotation"].described(3) == "20° to either side"
    assert len({shift.title for shift in SHIFTS}) == len(BY_NAME) == len(SHIFTS)
