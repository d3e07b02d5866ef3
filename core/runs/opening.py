"""A run opened for the finding that a person names; of several one must be named."""

from __future__ import annotations

from core.errors import ConfigError
from core.runs.reading import Run


def opened_for(run: Run, finding: str | None) -> Run:
    """``run`` opened for ``finding``, which may be left out where it has one alone.

    Raises :class:`ConfigError` that names them all where one must be named, or another one is.
    """
    known = ", ".join(run.findings)
    if finding is None:
        if len(run.findings) > 1:
            raise ConfigError(f"{run.run_id} has several findings: say --finding, one of {known}")
        return run
    if finding not in run.findings:
        raise ConfigError(f"--finding {finding}: {run.run_id} has {known}")
    return run.of(finding)


def unlabelled_in_words(run: Run) -> str:
    """How many images of each set have no known truth for the finding and are in no figure; empty where all have."""
    left = [f"{count:,} of {name}" for name, count in run.unlabelled.items() if count]
    if not left:
        return ""
    return f"Images without a known truth for {run.finding}, left out of every figure: {', '.join(left)}."
