"""Adding sites to a run: built in hidden folders, sealed by manifests, noted in the log, renamed into place."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from core.disk import leads_out, put_in_place, refusal, sync
from core.errors import RunFolderError, UnconfirmedError
from core.runs import files
from core.runs.attachments import write_skipped
from core.runs.decisions import append_decisions
from core.runs.files import sha256_of, write_json
from core.runs.folder_lock import waiting_for_lock
from core.runs.hiding import hides
from core.runs.listed_files import listed_files
from core.runs.mapping import Mapping as TableMapping
from core.runs.reading import Run
from core.runs.seal import sealed
from core.runs.shapes import check_site_manifest
from core.runs.site_names import check_site_name
from core.runs.site_tables import Findings, ImageFiles, site_predictions, site_records
from core.runs.sites import ADDED, SITES, expected_sites, partial_site
from core.runs.tables import write_table


def add_sites(
    run: Run,
    added: Mapping[str, Findings],
    source: Mapping[str, Any],
    *,
    mapping: TableMapping | None = None,
    pictures: Mapping[str, ImageFiles] = MappingProxyType({}),
) -> None:
    """Add sites by name to a whole run, all or none, and note them in one line of its log: it is a look at new data.

    They are written beside their places, and are sites from the line in the log on: what is then not yet in its place
    is read where it lies, and put there by the next that adds any. ``source`` is what their manifests say about where
    the rows came from, ``mapping`` how they were read, and ``pictures`` the files of those sites that have images.
    Raises :class:`RunFolderError` where a name is impossible or taken, or the disk refuses; nothing is then added. What
    a stopped attempt left is cleared. :class:`UnconfirmedError` where the sites stand, and the disk did not confirm it.
    """
    sites = run.folder / SITES
    if leads_out(sites, run.folder):
        raise RunFolderError(f"{sites}: is a link that leads out of the run's folder; remove it")
    try:
        sites.mkdir(exist_ok=True)
        with waiting_for_lock(sites):
            taken = expected_sites(run.folder, run.manifest)
            _put_in_place(sites, taken)
            for name in added:
                check_site_name(name, taken)
            written = {
                name: _written(sites, name, own, source, mapping=mapping, pictures=pictures.get(name))
                for name, own in added.items()
            }
            told = {
                name: {
                    "manifest_sha256": sha256_of(written[name] / files.MANIFEST),
                    "images": next(iter(own.values())).n,
                }
                for name, own in added.items()
            }
            try:
                append_decisions(
                    run.folder,
                    lambda log: [
                        (ADDED, {"sites": told, "hidden": any(hides(run.of(one), log) for one in run.findings)})
                    ],
                )
            except UnconfirmedError:  # the line stands, and with it the sites
                _put_in_place(sites, added)
                raise
            _put_in_place(sites, added)
    except OSError as error:
        raise RunFolderError(
            f"{error.filename or sites}: cannot be written ({refusal(error)}), and nothing was added; make room, or "
            "allow writing there"
        ) from error


def _put_in_place(sites: Path, names: Iterable[str]) -> None:
    """Put the sites that the log knows by ``names`` into their places, as far as the disk lets in two tries."""
    for name in [*names] * 2:
        with suppress(OSError):
            if not (sites / name).exists() and (partial := partial_site(sites, name)).is_dir():
                put_in_place(partial, sites / name)
                sync(sites)


def write_site(
    sites: Path, name: str, findings: Findings, source: Mapping[str, Any], *, mapping: TableMapping | None = None
) -> str:
    """Write the folder of a site of a run that is being written itself, and return the SHA-256 of its manifest. Raises
    OSError."""
    partial = _written(sites, name, findings, source, mapping=mapping)
    put_in_place(partial, sites / name)
    return sha256_of(sites / name / files.MANIFEST)


def _written(
    sites: Path,
    name: str,
    findings: Findings,
    source: Mapping[str, Any],
    *,
    mapping: TableMapping | None = None,
    pictures: ImageFiles | None = None,
) -> Path:
    """A whole site beside its place, without what an earlier attempt left."""
    partial = partial_site(sites, check_site_name(name))
    for remains in (partial, sites / name):
        if remains.is_symlink():
            raise RunFolderError(f"{remains}: is a link, not a site's folder; remove it")
        shutil.rmtree(remains, ignore_errors=True)
    partial.mkdir(parents=True)
    write_table(partial / files.RECORDS, site_records(name, findings, pictures))
    write_table(partial / files.PREDICTIONS, site_predictions(findings))
    listed = (files.RECORDS, files.PREDICTIONS, write_skipped(partial, () if pictures is None else pictures.skipped))
    manifest = {
        "schema_version": files.SCHEMA_VERSION,
        "site": name,
        "created": datetime.now(UTC).isoformat(timespec="microseconds"),
        "source": dict(source),
        "mapping": None if mapping is None else mapping.to_dict(),
        "files": listed_files(partial, listed),
    }
    write_json(partial / files.MANIFEST, check_site_manifest(sealed(manifest), partial / files.MANIFEST))
    sync(partial)
    return partial
