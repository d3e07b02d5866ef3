"""The seal of a manifest: whatever is done to one is refused in words, or changes nothing that it says."""

import hashlib
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.errors import RunFolderError
from core.runs.files import MANIFEST, read_json
from core.runs.importer import import_predictions
from core.runs.reading import is_synthetic, read_manifest
from core.runs.report import told
from core.runs.seal import SEAL, UNSEALED, check_keys, check_seal, is_sealed, sealed
from core.runs.store import list_runs, read_run

Edit = Callable[[Path, str, Any], None]


@pytest.fixture(scope="module")
def hiding(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of few words that hides its test."""
    out = tmp_path_factory.mktemp("hiding")
    rows = {"image_id": list("abcdef"), "y_true": [0, 1, 1] * 2, "logit": [0.1, -1.0, 2.0] * 2}
    rows["split"] = ["validation"] * 3 + ["test"] * 3
    pd.DataFrame(rows).to_csv(out / "p.csv", index=False)
    return import_predictions(out / "p.csv", name="hiding", out=out / "runs", hide_test=True)


def flips(content: bytes, count: int = 2_000) -> Iterator[bytes]:
    """So many of the single bits of ``content`` flipped, one at a time."""
    for number in np.random.default_rng(12).choice(8 * len(content), count, replace=False):
        at, bit = divmod(int(number), 8)
        yield content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :]


def read_with(folder: Path, content: bytes) -> dict[str, Any] | None:
    """The manifest as it is read with ``content``; None where it is refused, which must be in words."""
    (folder / MANIFEST).write_bytes(content)
    try:
        return read_manifest(folder)
    except RunFolderError as error:
        assert MANIFEST in str(error) and len(str(error)) > 40
        return None


def unseal(folder: Path) -> None:
    """As a manifest was written before there were seals."""
    manifest = read_json(folder / MANIFEST)
    del manifest[SEAL], manifest["methods"], manifest["config"]["odd"]
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2))


def test_the_seal_can_be_checked_with_nothing_but_sha256_and_json(whole_run: Path) -> None:
    manifest = json.loads((whole_run / MANIFEST).read_text())
    stated = manifest.pop("manifest_sha256")
    text = json.dumps(manifest, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(text.encode("utf-8")).hexdigest() == stated
    assert read_run(whole_run).sealed


def test_no_flipped_bit_of_a_sealed_manifest_opens_with_another_meaning(hiding: Path, tmp_path: Path) -> None:
    content = (hiding / MANIFEST).read_bytes()
    expected = json.loads(content)
    found = [read_with(tmp_path, flipped) for flipped in flips(content)]
    assert all(manifest is None or manifest == expected for manifest in found)
    assert sum(manifest is None for manifest in found) > 0.99 * len(found)


def test_no_flipped_bit_of_an_older_one_unhides_test_or_makes_phantoms_real(hiding: Path, tmp_path: Path) -> None:
    manifest = json.loads((hiding / MANIFEST).read_text())
    manifest["data"]["kind"] = "phantom"
    (tmp_path / MANIFEST).write_text(json.dumps(manifest))
    unseal(tmp_path)
    opened = [found for flipped in flips((tmp_path / MANIFEST).read_bytes()) if (found := read_with(tmp_path, flipped))]
    assert opened and not any(is_sealed(found) for found in opened)
    assert all(found["config"]["hide_test"] is True and is_synthetic(found) for found in opened)


@pytest.mark.parametrize("name", ["config|hide_test", "data|kind", "data", "config"])
@pytest.mark.parametrize("older", [False, True])
def test_what_would_fall_to_the_unsafe_side_is_never_missing(
    copy_of_run: Path, edit_manifest: Edit, name: str, older: bool
) -> None:
    edit_manifest(copy_of_run, name, ...)
    if older:
        manifest = json.loads((copy_of_run / MANIFEST).read_text())
        del manifest[SEAL]
        (copy_of_run / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(RunFolderError, match=name.rpartition("|")[2]):
        read_run(copy_of_run)
    (entry,) = list_runs(copy_of_run.parent)
    assert entry.problem is not None


@pytest.mark.parametrize("value", ["phantnm", "Phantom", "", None, 1, True, ["phantom"]])
def test_a_kind_that_is_none_is_refused(copy_of_run: Path, edit_manifest: Edit, value: Any) -> None:
    edit_manifest(copy_of_run, "data|kind", value)
    with pytest.raises(RunFolderError, match=r"data\.kind is not folder or phantom or predictions"):
        read_run(copy_of_run)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("methods", ..., "the manifest has no methods"),
        ("git_commit", ..., "the manifest has no git_commit"),
        ("scale", "free", "the manifest has 'scale', which this version of the program does not know"),
        ("config|odd", ..., "config has no odd"),
        ("config|mixup", 0.2, "config has 'mixup', which this version of the program does not know"),
        ("data|images", ..., "data has no images"),
        ("data|tint", "red", "data has 'tint', which this version of the program does not know"),
        ("files|metrics.json|format", "x", "has 'format', which this version"),
    ],
)
def test_a_sealed_manifest_has_the_keys_that_are_known_and_no_others(
    copy_of_run: Path, edit_manifest: Edit, name: str, value: Any, reason: str
) -> None:
    edit_manifest(copy_of_run, name, value)
    with pytest.raises(RunFolderError, match=reason):
        read_run(copy_of_run)


def test_an_edit_without_a_new_seal_is_refused(copy_of_run: Path) -> None:
    manifest = json.loads((copy_of_run / MANIFEST).read_text())
    for changed in (manifest | {"git_commit": "0" * 40}, manifest | {SEAL: "0" * 64}, manifest | {SEAL: None}):
        (copy_of_run / MANIFEST).write_text(json.dumps(changed))
        with pytest.raises(RunFolderError, match=r"its own SHA-256 differs"):
            read_run(copy_of_run)


def test_spaces_and_the_order_of_keys_are_no_damage(copy_of_run: Path) -> None:
    manifest = json.loads((copy_of_run / MANIFEST).read_text())
    (copy_of_run / MANIFEST).write_text(json.dumps(dict(reversed(manifest.items()))))
    assert read_run(copy_of_run).manifest == manifest


def test_a_name_that_stands_twice_is_refused(copy_of_run: Path) -> None:
    text = (copy_of_run / MANIFEST).read_text()
    (copy_of_run / MANIFEST).write_text(text.replace('"config": {', '"config": {"hide_test": true, ', 1))
    with pytest.raises(RunFolderError, match="a name stands twice in one object"):
        read_run(copy_of_run)


def test_an_older_run_opens_and_is_called_unsealed_once(copy_of_run: Path) -> None:
    (entry,) = list_runs(copy_of_run.parent)
    assert entry.sealed is True
    assert "unsealed" not in told(read_run(copy_of_run))
    unseal(copy_of_run)
    (entry,) = list_runs(copy_of_run.parent)
    assert (entry.problem, entry.sealed) == (None, False)
    run = read_run(copy_of_run)
    assert not run.sealed
    assert " ".join(told(run).split()).count(UNSEALED) == 1


def test_any_manifest_can_be_sealed_and_anew(tmp_path: Path) -> None:
    first = sealed({"site": "é\udcff", "rates": (0.1 + 0.2, math.nan), "files": {}})
    again = sealed(json.loads(json.dumps(first)))
    assert again == first and first["rates"] == [0.1 + 0.2, None]
    assert sealed(first | {"site": "other"})[SEAL] != first[SEAL]
    check_seal(first, tmp_path, needed=True)
    with pytest.raises(RunFolderError, match=r"its own SHA-256 differs"):
        check_seal(first | {"site": "other"}, tmp_path)
    check_seal({"site": "a"}, tmp_path)
    with pytest.raises(RunFolderError, match=r"has no manifest_sha256"):
        check_seal({"site": "a"}, tmp_path, needed=True)


def test_names_of_unknown_keys_are_not_echoed_whole(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match=r"x{40}'") as caught:
        check_keys({"x" * 10_000: 1}, "it", tmp_path, needed=())
    assert len(str(caught.value)) < 400
