"""What the JSON files of a run must look like. Every function names the place where a value has another shape."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

from core.config import TrainConfig
from core.errors import RunFolderError
from core.evaluation.summary import RATES_REPORTED
from core.runs.files import (
    ALWAYS,
    MANIFEST,
    PREDICTIONS,
    RECORDS,
    REMEDY,
    SCHEMA_VERSION,
    SEVERAL_FINDINGS,
    is_plain_name,
)
from core.runs.findings import names_problem
from core.runs.seal import SEAL, check_keys, check_seal, is_sealed
from core.runs.site_names import site_name_problem

KINDS = ("folder", "phantom", "predictions")
"""Where a run's images come from: files, the embedded phantoms, or nowhere, as only predictions were imported."""
_KEYS = (
    "schema_version",
    "methods",
    "run_id",
    "created",
    "config",
    "package_versions",
    "git_commit",
    "data",
    "data_fingerprint",
    "files",
)
_SETTINGS = (
    "data",
    "labels",
    "positive_class",
    "patient_pattern",
    "out",
    "name",
    "recipe",
    "weights",
    "image_size",
    "epochs",
    "batch_size",
    "learning_rate",
    "weight_decay",
    "seed",
    "hide_test",
    "odd",
    "device",
)
"""Settings that every sealed manifest has. One that is added later has its default where a manifest does not say it."""
_DATA = (
    "name",
    "layout",
    "class_names",
    "changed_in_reading",
    "leakage",
    "generator_version",
    "odd_pictures",
    "two_labels",
    "checkpoint_chosen_on_validation",
    "sha256",
    "score",
    "reading_at_zero",
    "clipped_probabilities",
    "images_without_patient_id",
    "split_given",
    "sites",
    "mapping",
    "scale",
    "findings",
)
OF_FINDING = ("class_names", "score", "scale", "reading_at_zero", "clipped_probabilities")
"""What a manifest says of one finding, beside its name."""
_SITE_KEYS = ("schema_version", "site", "created", "source", "mapping", "files")

COUNTS = ("tp", "fp", "tn", "fn")


def check_manifest(manifest: Any, path: Path) -> dict[str, Any]:
    """``manifest`` itself, with the fields and types that this version reads.

    One with a seal has every key that was written, and none that is not known. An unsealed one is of an earlier
    version, which had fewer; whether it hides test and where its images come from it says all the same.
    """
    fields_of = _mapping(manifest, "the manifest", path)
    version = fields_of.get("schema_version")
    if not isinstance(version, int) or isinstance(version, bool):
        raise RunFolderError(f"{path}: has no schema_version, so it is not the manifest of a run")
    if version not in (SCHEMA_VERSION, SEVERAL_FINDINGS):
        remedy = "read it with that version" if version > SCHEMA_VERSION else "make the run again"
        age = "a newer" if version > SCHEMA_VERSION else "an older"
        raise RunFolderError(
            f"{path}: schema {version} is of {age} version of this program, this one reads {SCHEMA_VERSION} and "
            f"{SEVERAL_FINDINGS}; {remedy}"
        )
    check_seal(fields_of, path)
    whole = is_sealed(fields_of)
    check_keys(fields_of, "the manifest", path, needed=_KEYS if whole else (), known=(SEAL, *_KEYS))
    if not is_plain_name(fields_of.get("run_id")):
        raise _wrong("run_id", "a run's name", path)
    created_at(fields_of, path)
    config = _mapping(fields_of.get("config"), "config", path)
    data = _mapping(fields_of.get("data"), "data", path)
    listed = _mapping(fields_of.get("files"), "files", path)
    if whole:
        check_keys(config, "config", path, needed=_SETTINGS, known=[setting.name for setting in fields(TrainConfig)])
        check_keys(data, "data", path, needed=("kind", "images"), known=_DATA)
    _check_findings(data.get("findings"), path, several=version == SEVERAL_FINDINGS)
    if not isinstance(config.get("hide_test"), bool):
        raise _wrong("config.hide_test", "true or false", path)
    if data.get("kind") not in KINDS:
        raise _wrong("data.kind", " or ".join(KINDS), path)
    for name, entry in listed.items():
        _check_listed(name, entry, path)
    missing = [name for name in ALWAYS if name not in listed]
    if missing:
        raise RunFolderError(f"{path}: does not list {', '.join(missing)}, so the run is not whole; {REMEDY}")
    return fields_of


def _check_findings(findings: Any, path: Path, *, several: bool) -> None:
    """Several findings of different names in a manifest of that schema, none in any other."""
    if not several:
        if findings is not None:
            raise _wrong("data.findings", f"in a manifest of schema {SEVERAL_FINDINGS} alone", path)
        return
    if not isinstance(findings, list) or len(findings) < 2:
        raise _wrong("data.findings", "a list of two or more", path)
    for place, one in enumerate(findings, start=1):
        own = _mapping(one, f"finding {place}", path)
        check_keys(own, f"finding {place}", path, needed=("name",), known=("name", *OF_FINDING))
        if not isinstance(own["name"], str):
            raise _wrong(f"the name of finding {place}", "text", path)
    if problem := names_problem([one["name"] for one in findings]):
        raise RunFolderError(f"{path}: {problem}; {REMEDY}")


def check_site_manifest(manifest: Any, path: Path) -> dict[str, Any]:
    """``manifest`` itself, with the fields and types of a site's that this version reads."""
    found = _mapping(manifest, "the manifest", path)
    if found.get("schema_version") != SCHEMA_VERSION:
        raise _wrong("schema_version", str(SCHEMA_VERSION), path)
    check_seal(found, path, needed=True)
    check_keys(found, "the manifest", path, needed=_SITE_KEYS, known=(SEAL, *_SITE_KEYS))
    if site_name_problem(str(found.get("site"))):
        raise _wrong("site", "a site's name", path)
    created_at(found, path)
    _mapping(found.get("source"), "source", path)
    for name, entry in (listed := _mapping(found.get("files"), "files", path)).items():
        _check_listed(name, entry, path)
    if missing := [name for name in (RECORDS, PREDICTIONS) if name not in listed]:
        raise RunFolderError(f"{path}: does not list {', '.join(missing)}, so the site is not whole; {REMEDY}")
    return found


def created_at(manifest: Mapping[str, Any], path: Path) -> datetime:
    """When the run was finished, with its time zone."""
    try:
        created = datetime.fromisoformat(manifest["created"])
    except (KeyError, TypeError, ValueError) as error:
        raise _wrong("created", "a date and time", path) from error
    if created.tzinfo is None:
        raise _wrong("created", "a time in UTC", path)
    return created


def config_of(manifest: Mapping[str, Any], path: Path) -> TrainConfig:
    """The settings of the run. Settings that this version does not know stay in the manifest and are left out here."""
    values = {}
    for setting in fields(TrainConfig):
        if setting.name not in manifest["config"]:
            continue
        value = manifest["config"][setting.name]
        if not _is_of_type(value, str(setting.type)):
            raise _wrong(f"config.{setting.name}", str(setting.type).replace(" | None", " or null"), path)
        values[setting.name] = value
    return TrainConfig(**values)


def check_metrics(metrics: Any, path: Path) -> dict[str, Any]:
    """``metrics`` itself: a block of figures, or null, for validation and for test."""
    found = _mapping(metrics, "the file", path)
    for split in ("validation", "test"):
        if split not in found:
            raise _wrong(split, "there", path)
        if found[split] is not None:
            _check_block(found[split], split, path)
    return found


def check_calibration(calibration: Any, path: Path) -> dict[str, Any] | None:
    """``calibration`` itself; null without validation."""
    if calibration is None:
        return None
    found = _mapping(calibration, "the file", path)
    _check_estimate(found.get("temperature"), "temperature", path)
    for name in ("slope", "intercept"):
        if not _is_number_or_null(found.get(name)):
            raise _wrong(name, "a number or null", path)
    _check_count(found.get("n"), "n", path)
    return found


def check_operating_points(points: Any, path: Path) -> list[dict[str, Any]] | None:
    """``points`` itself; null without validation."""
    if points is None:
        return None
    if not isinstance(points, list):
        raise _wrong("the file", "a list", path)
    for i, point in enumerate(points):
        _mapping(point, f"point {i + 1}", path)
        for name in ("name", "rule"):
            if not isinstance(point.get(name), str):
                raise _wrong(f"{name} of point {i + 1}", "text", path)
        for name in ("threshold", "probability_raw", "probability_calibrated"):
            if name not in point or not _is_number_or_null(point[name]):
                raise _wrong(f"{name} of point {i + 1}", "a number or null", path)
    return points


def _check_listed(name: str, entry: Any, path: Path) -> None:
    if not is_plain_name(name) or name == MANIFEST:
        raise RunFolderError(f"{path}: lists {name!r}, which cannot be a file of this folder; {REMEDY}")
    found = _mapping(entry, f"files[{name!r}]", path)
    digest = found.get("sha256")
    if not isinstance(digest, str) or len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise _wrong(f"sha256 of {name}", "64 hexadecimal digits", path)
    _check_count(found.get("bytes"), f"bytes of {name}", path)
    check_keys(found, f"files[{name!r}]", path, needed=("sha256", "bytes"))


def _check_block(block: Any, split: str, path: Path) -> None:
    found = _mapping(block, split, path)
    for name in ("n", "n_pos", "n_patients"):
        _check_count(found.get(name), f"{split}.{name}", path)
    for name in ("auroc", "auprc", "brier", "ece"):
        if name not in found:
            raise _wrong(f"{split}.{name}", "there", path)
        _check_estimate(found[name], f"{split}.{name}", path)
    if found.get("operating_points") is None:
        return
    points = _mapping(found["operating_points"], f"{split}.operating_points", path)
    for name, point in points.items():
        where = f"{split}.operating_points.{name}"
        threshold = _mapping(point, where, path).get("threshold")
        if not _is_number_or_null(threshold):
            raise _wrong(f"{where}.threshold", "a number or null", path)
        if threshold is None:
            continue
        for count in COUNTS:
            _check_count(point.get(count), f"{where}.{count}", path)
        for rate in RATES_REPORTED:
            _check_estimate(point.get(rate), f"{where}.{rate}", path)


def _check_estimate(estimate: Any, where: str, path: Path) -> None:
    """An estimate, or null for one that cannot be made."""
    if estimate is None:
        return
    found = _mapping(estimate, where, path)
    for name in ("value", "low", "high"):
        if name not in found or not _is_number_or_null(found[name]):
            raise _wrong(f"{where}.{name}", "a number or null", path)
    if found.get("level") is None or not _is_number_or_null(found["level"]):
        raise _wrong(f"{where}.level", "a number", path)
    if not isinstance(found.get("method"), str):
        raise _wrong(f"{where}.method", "text", path)
    if not isinstance(found.get("reason", ""), str):
        raise _wrong(f"{where}.reason", "text", path)


def _check_count(value: Any, where: str, path: Path) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**63:
        raise _wrong(where, "a count", path)


def _mapping(value: Any, where: str, path: Path) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(where, "an object", path)
    return value


def _is_number_or_null(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | None):
        return False
    if isinstance(value, int):
        return abs(value) < 2**1023  # a larger one is no float
    return value is None or math.isfinite(value)


def _is_of_type(value: Any, annotation: str) -> bool:
    if value is None:
        return annotation.endswith("| None")
    kinds: dict[str, type | tuple[type, ...]] = {"str": str, "int": int, "float": (int, float), "bool": bool}
    kind = annotation.split(" ")[0]
    return isinstance(value, kinds[kind]) and (kind == "bool" or not isinstance(value, bool))


def _wrong(where: str, expected: str, path: Path) -> RunFolderError:
    return RunFolderError(f"{path}: {where} is not {expected}; {REMEDY}")
