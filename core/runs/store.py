"""The run folder on disk, as DESIGN's table has it: what other rooms import, whichever file it lives in."""

from core.runs.files import SCHEMA_VERSION, partial_folder, resume_command
from core.runs.listing import RunEntry, find_run, list_runs
from core.runs.reading import Run, read_run
from core.runs.sealing import finished_run
from core.runs.writing import PartialRun

__all__ = [
    "SCHEMA_VERSION",
    "PartialRun",
    "Run",
    "RunEntry",
    "find_run",
    "finished_run",
    "list_runs",
    "partial_folder",
    "read_run",
    "resume_command",
]
