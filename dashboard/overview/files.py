"""Which files were left out of a run, and which stand in test and outside it."""

from core.errors import RunFolderError
from core.runs.seal import UNSEALED
from core.runs.store import Run
from dashboard import drawn, gateway, theme, widgets, words
from dashboard.overview import tables


def changed(run: Run) -> None:
    """What of the table of labels or predictions was read otherwise than it stands there; nothing where all was."""
    widgets.read_otherwise([str(line) for line in run.manifest.get("data", {}).get("changed_in_reading") or ()])


def skipped(run: Run) -> None:
    if run.skipped is None or run.skipped.empty:
        drawn.text("No file was skipped." if run.skipped is not None else "No files were read, only predictions.")
        return
    drawn.text(f"{theme.counted(len(run.skipped), 'file')} skipped, with the reason:")
    widgets.listing(run.skipped, key="skipped", file_name=f"{run.run_id}-skipped")


def truth(run: Run) -> None:
    """How the truth was found, as somebody typed it on the page Lock."""
    try:
        said = gateway.typed(run).answers.get("reference_standard", "")
    except RunFolderError as error:
        widgets.notice("What was typed for the dossier cannot be read", "", detail=str(error))
        return
    drawn.text(said or "How the truth was found is not said in this run. The page Lock asks for it, under The dossier.")


def seal(run: Run) -> None:
    """Whether damage to the run's manifest would be noticed; nothing where it would."""
    if not run.sealed:
        widgets.small(UNSEALED)


def leaking(run: Run) -> None:
    found = tables.leakage(run)
    drawn.text(words.leakage_in_words(run, found))
    if not found.empty:
        widgets.listing(found, key="leakage", file_name=f"{run.run_id}-leakage")
