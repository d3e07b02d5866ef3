"""Evaluation sets that were added to a run: ``sites/NAME/``, each with a manifest of its own. The run is not touched.

A site that came with the run's own file is named in the run's manifest, one that was added later in its log, both with
the SHA-256 of the site's manifest: a site that was changed, exchanged or taken away is named and left out, and the run
opens all the same.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.disk import leads_out
from core.errors import RunFolderError
from core.evaluation.evaluation_set import together
from core.evaluation.predictions import Predictions
from core.runs.decisions import read_decisions
from core.runs.files import MANIFEST, REMEDY, read_json, reason, sha256_of
from core.runs.listed_files import check_files
from core.runs.shapes import check_site_manifest
from core.runs.site_tables import Findings, read_site_tables

SITES = "sites"
ALL = "all"
"""All sites with a known truth, taken together as one set."""
ADDED = "site added"
"""The event of the log: new data were looked at."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Site:
    """A hospital, a period or a scanner: its images by finding, and what its manifest says of where they came from."""

    name: str
    folder: Path
    manifest: Mapping[str, Any]
    findings: Findings

    @property
    def data_folder(self) -> str | None:
        """Where its images lay when they were scored; None where it came as predictions."""
        found = self.manifest["source"].get("data")
        return found if isinstance(found, str) else None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Sites:
    """The sites of a run by name, in the order in which they came. ``problems`` says by name why one is left out."""

    whole: Mapping[str, Site] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    _together: dict[str, Predictions] = field(default_factory=dict, init=False, repr=False)

    def labelled(self, finding: str) -> dict[str, Predictions]:
        """The images whose truth is known, of each site that has any."""
        own = {name: site.findings[finding].labelled for name, site in self.whole.items()}
        return {name: predictions for name, predictions in own.items() if predictions.n}

    def together(self, finding: str) -> Predictions:
        """:meth:`labelled` as one set (:func:`core.evaluation.evaluation_set.together`); made once."""
        if finding not in self._together:
            self._together[finding] = together(self.labelled(finding))
        return self._together[finding]


NO_SITES = Sites()


def read_sites(run_folder: Path, run_manifest: Mapping[str, Any], findings: Collection[str]) -> Sites:
    """Every site of the run in ``run_folder``, for the run's ``findings``; none where none was added.

    A damaged one raises nothing.
    """
    expected = expected_sites(run_folder, run_manifest)
    folder = run_folder / SITES
    try:
        there = sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith("."))
    except FileNotFoundError:
        there = []
    except OSError as error:
        return Sites(problems={SITES: f"{folder}: cannot be listed ({reason(error)})"})
    whole, problems = {}, {}
    for name in (*expected, *(name for name in there if name not in expected)):
        try:
            place = _place(folder, name)
            if leads_out(place, run_folder):
                raise RunFolderError(f"{place}: is a link that leads out of the run's folder; {REMEDY}")
            whole[name] = _read_site(name, place, expected.get(name), findings)
        except RunFolderError as error:
            problems[name] = str(error)
    return Sites(whole=whole, problems=problems)


def expected_sites(run_folder: Path, run_manifest: Mapping[str, Any]) -> dict[str, str]:
    """The SHA-256 of the manifest of each site that run and log name, the oldest first."""
    given = run_manifest.get("data", {}).get("sites", {})
    named = {str(name): str(digest) for name, digest in given.items()}
    try:
        events = read_decisions(run_folder).events
    except RunFolderError:
        events = ()  # a log that cannot be read is told of where its locks are
    for event in events:
        if event.event == ADDED and event.sound:
            named |= {str(name): str(told.get("manifest_sha256")) for name, told in _added(event.fields).items()}
    return named


def _added(fields: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """What a line of the log tells of each site; of one alone, where it is from before several were added at once."""
    found: Mapping[str, Mapping[str, Any]] = fields.get("sites") or {str(fields.get("site")): fields}
    return found


def partial_site(sites: Path, name: str) -> Path:
    """Where a site is written before it is put into its place."""
    return sites / f".{name}.partial"


def _place(sites: Path, name: str) -> Path:
    """Where a site lies: in its place, or beside it where its writer was stopped after the log knew of it."""
    final, partial = sites / name, partial_site(sites, name)
    return partial if partial.is_dir() and not final.exists() else final


def _read_site(name: str, folder: Path, expected: str | None, findings: Collection[str]) -> Site:
    """The site ``name`` in ``folder``, compared with every hash; :class:`RunFolderError` when anything is wrong."""
    path = folder / MANIFEST
    if not path.exists():
        raise RunFolderError(f"{folder}: has no {MANIFEST}, so this site is not whole; add it again, or restore it")
    manifest = check_site_manifest(read_json(path), path)
    if manifest["site"] != name:
        raise RunFolderError(f"{path}: is that of the site {manifest['site']!r}; {REMEDY}")
    if expected is None:
        raise RunFolderError(f"{folder}: neither the run nor its log knows this site; import it again")
    if sha256_of(path) != expected:
        raise RunFolderError(f"{path}: is not the one that was added (its SHA-256 differs); {REMEDY}")
    check_files(folder, manifest, hashes=True)
    found = read_site_tables(folder)
    missing = [finding for finding in findings if finding not in found]
    if missing:
        raise RunFolderError(f"{folder}: has no scores for {', '.join(missing)}, which the run has; add it anew")
    return Site(name=name, folder=folder, manifest=manifest, findings=found)
