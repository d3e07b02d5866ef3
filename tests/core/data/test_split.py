"""Splits: what is given stays, patients and identical images stay together, both classes everywhere."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.index import index_images
from core.data.split import assign_splits, find_leakage
from core.errors import DataError

NAMES = ("train", "validation", "test")


@st.composite
def data_sets(draw: st.DrawFn) -> dict[str, list[Any]]:
    """Images with shared patients and shared pixels, on both sides of what is given."""
    n = draw(st.integers(1, 60))
    patients, contents = draw(st.integers(1, 40)), draw(st.integers(1, 80))
    given = draw(st.sampled_from([[None], ["train", None], ["train", "test"], ["validation", None], [*NAMES, None]]))

    def column(values: st.SearchStrategy[Any]) -> list[Any]:
        return draw(st.lists(values, min_size=n, max_size=n))

    return {
        "label": column(st.integers(0, 1)),
        "patient_id": column(st.integers(0, patients).map("p{}".format)),
        "pixel_sha256": column(st.integers(0, contents).map("{:064x}".format)),
        "given": column(st.sampled_from(given)),
    }


def components(patient_id: list[str], pixel_sha256: list[str]) -> list[frozenset[int]]:
    """Brute force: merge images that share anything until nothing changes."""
    groups = [{i} for i in range(len(patient_id))]
    merged = True
    while merged:
        merged = False
        for i, one in enumerate(groups):
            for other in groups[i + 1 :]:
                if any(
                    patient_id[a] == patient_id[b] or pixel_sha256[a] == pixel_sha256[b] for a in one for b in other
                ):
                    one |= other
                    groups.remove(other)
                    merged = True
                    break
    return [frozenset(group) for group in groups]


@settings(max_examples=120, deadline=None)
@given(data=data_sets(), seed=st.integers(0, 5))
def test_what_holds_for_every_data_set(data: dict[str, list[Any]], seed: int) -> None:
    given_split = np.array(data["given"], dtype=object)
    pool = [i for i, name in enumerate(given_split) if name not in ("validation", "test")]
    groups = components([data["patient_id"][i] for i in pool], [data["pixel_sha256"][i] for i in pool])
    elsewhere = set(range(len(given_split))) - set(pool)
    shared = {data[name][i] for name in ("patient_id", "pixel_sha256") for i in elsewhere}
    free = [g for g in groups if not any(data[n][pool[i]] in shared for n in ("patient_id", "pixel_sha256") for i in g)]
    labels = np.array(data["label"])
    wanted = [name for name in ("validation", "test") if name not in data["given"]]
    enough = all(
        sum(any(labels[pool[i]] == value for i in group) for group in (free if wanted else groups)) > len(wanted)
        for value in (0, 1)
    )
    kept = all(
        ((given_split == name) & (labels == value)).any()
        for name in ("validation", "test")
        if name not in wanted
        for value in (0, 1)
    )
    try:
        split = assign_splits(**data, seed=seed)
    except DataError as error:
        assert not (enough and kept)
        assert "class" in str(error)
        return
    assert enough
    assert kept
    for name in NAMES:
        assert set(labels[split == name]) == {0, 1}
    for name in ("validation", "test"):
        if name not in wanted:
            np.testing.assert_array_equal(split == name, given_split == name)
    for group in groups:
        assert len({split[pool[i]] for i in group}) == 1
        assert not wanted or group in free or {split[pool[i]] for i in group} == {"train"}
    # What we cut shares nothing with any other split.
    found = find_leakage([str(i) for i in range(len(split))], data["patient_id"], data["pixel_sha256"], split)
    assert "test" not in wanted or found.images == found.patients == ()
    assert "validation" not in wanted or found.validation_images == found.validation_patients == ()


@settings(max_examples=50, deadline=None)
@given(data=data_sets(), random=st.randoms(use_true_random=False))
def test_the_order_of_images_does_not_matter(data: dict[str, list[Any]], random: Any) -> None:
    order = list(range(len(data["label"])))
    random.shuffle(order)
    try:
        split = assign_splits(**data, seed=3)
    except DataError:
        return
    shuffled = assign_splits(**{name: [values[i] for i in order] for name, values in data.items()}, seed=3)
    assert shuffled.tolist() == [split[i] for i in order]


def synthetic(n: int, seed: int = 0, prevalence: float = 0.7) -> dict[str, Any]:
    """Patients of one class each, with 1 to about 20 images."""
    rng = np.random.default_rng(seed)
    patient = np.repeat(np.arange(n), rng.geometric(0.4, n))[:n]
    label = (rng.random(n) < prevalence)[patient].astype(int)
    return {
        "label": label,
        "patient_id": [f"p{p}" for p in patient],
        "pixel_sha256": [f"{i:064x}" for i in range(n)],
        "given": [None] * n,
    }


@pytest.mark.parametrize("prevalence", [0.02, 0.3, 0.74])
@pytest.mark.parametrize("seed", range(3))
def test_quotas_are_met_in_both_classes(prevalence: float, seed: int) -> None:
    data = synthetic(4000, seed, prevalence)
    split = assign_splits(**data, seed=seed)
    for name, share in (("train", 0.8), ("validation", 0.1), ("test", 0.1)):
        for value in (0, 1):
            of_class = data["label"] == value
            assert (split[of_class] == name).sum() == pytest.approx(share * of_class.sum(), abs=2)


def test_a_given_test_stays_and_validation_is_a_tenth_of_the_rest() -> None:
    data = synthetic(3000)
    given_test = np.random.default_rng(1).random(3000) < 0.2
    data["given"] = np.where(given_test, "test", "train")
    split = assign_splits(**data, seed=0)
    np.testing.assert_array_equal(split == "test", given_test)
    assert (split == "validation").sum() == pytest.approx(0.1 * (~given_test).sum(), abs=2)


def test_patients_with_many_images_are_spread_over_all_splits() -> None:
    data = synthetic(6000)
    split = assign_splits(**data, seed=0)
    patients, inverse, size = np.unique(data["patient_id"], return_inverse=True, return_counts=True)
    assert len(patients) > 2000
    means = [size[inverse[split == name]].mean() for name in NAMES]
    assert max(means) < 1.1 * min(means)


def test_seeds_give_different_splits_and_the_same_one_twice() -> None:
    data = synthetic(500)
    one, same, other = (assign_splits(**data, seed=seed) for seed in (1, 1, 2))
    assert one.tolist() == same.tolist()
    assert one.tolist() != other.tolist()


def test_what_is_missing_is_said() -> None:
    few = {"pixel_sha256": list("abcdef"), "given": [None] * 6}
    with pytest.raises(DataError, match=r"2 patients of the positive class.*at least 3"):
        assign_splits([0, 0, 0, 0, 1, 1], list("uvwxyz"), **few, seed=0)
    few["given"] = ["test", "test", None, None, None, None]
    with pytest.raises(DataError, match="test split holds no usable image of the negative class"):
        assign_splits([1, 1, 0, 0, 1, 1], list("uvwxyz"), **few, seed=0)
    with pytest.raises(DataError, match="0 patients of the negative class"):
        assign_splits([], [], [], [], seed=0)


def test_two_hundred_thousand_images_take_seconds() -> None:
    data = synthetic(200_000)
    start = time.process_time()
    assign_splits(**data, seed=0)
    assert time.process_time() - start < 10


def test_no_patient_and_no_image_twice_on_the_real_data(real_data: Path) -> None:
    index = index_images(real_data)
    label = [record.label for record in index.records]
    patient = np.array([record.patient_id for record in index.records])
    digest = [record.image_id for record in index.records]
    for given_split in ([record.split for record in index.records], [None] * len(label)):
        split = assign_splits(label, patient, digest, given_split, seed=0)
        own = [name for name in NAMES if name not in given_split or name == "train"]
        parts = [set(patient[split == name]) for name in own]
        assert sum(map(len, parts)) == len(set.union(*parts))
        assert (split == "validation").sum() == pytest.approx(0.1 * sum(name != "test" for name in given_split), abs=2)


def test_leakage_names_identical_images_and_shared_patients() -> None:
    found = find_leakage(
        ["a", "b", "c", "d", "e"],
        ["p1", "p2", "p3", "p1", "p4"],
        ["x", "y", "x", "x", "z"],
        ["train", "validation", "test", "test", "test"],
    )
    assert found.images == (("a", "c"), ("a", "d"))
    assert found.patients == ("p1",)
    assert found.validation_images == found.validation_patients == ()


def test_leakage_between_train_and_a_given_validation() -> None:
    found = find_leakage(
        ["a", "b", "c", "d", "e"],
        ["p1", "p1", "p2", "p1", "p3"],
        ["x", "y", "x", "z", "y"],
        ["train", "validation", "validation", "train", "test"],
    )
    assert found.validation_images == (("a", "c"),)
    assert found.validation_patients == ("p1",)
    assert (found.images, found.patients) == ((("b", "e"),), ())


@pytest.mark.parametrize("given_name", ["validation", "test"])
def test_what_shares_with_a_given_split_stays_in_train_and_quotas_hold(given_name: str) -> None:
    data = synthetic(3000)
    is_given = np.arange(3000) % 10 == 0  # parts many patients
    data["given"] = np.where(is_given, given_name, None)
    data["pixel_sha256"][1] = data["pixel_sha256"][0]
    split = assign_splits(**data, seed=0)
    (cut,) = {"validation", "test"} - {given_name}
    patient = np.array(data["patient_id"])
    assert not np.isin(patient[split == cut], patient[split != cut]).any()
    assert split[1] == "train"
    assert (split == cut).sum() == pytest.approx(0.1 * (~is_given).sum(), abs=2)


def test_leakage_of_many_identical_images_names_each_but_not_every_pair() -> None:
    n = 3000
    ids = [f"{i:05d}" for i in range(2 * n)]
    found = find_leakage(ids, ids, ["blank"] * (2 * n), ["train"] * n + ["test"] * n)
    assert len(found.images) == n
    assert {name for pair in found.images for name in pair} == set(ids)


def test_no_leakage_without_a_test_split() -> None:
    found = find_leakage(["a", "b"], ["p", "p"], ["x", "x"], ["train", "validation"])
    assert found.images == found.patients == ()
