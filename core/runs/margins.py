"""Non-inferiority margins, and whether each was stated before the two runs were first compared.

The first look of each two runs on a set is noted in the logs of both (``compared``), a margin in that of the run which
it is about (``margin stated``). It counts as stated beforehand only where its line stands before that of the first
look. What people saw elsewhere the log cannot know.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import RunFolderError
from core.evaluation.comparing.paired import RATES
from core.runs.decision_log import DecisionLog, Draft, Event
from core.runs.decisions import append_decisions, read_decisions
from core.runs.files import MANIFEST, sha256_of
from core.runs.reading import Run

COMPARED, STATED = "compared", "margin stated"
"""Events of the log."""

FIGURES = ("auroc", "auprc", *RATES, "net_benefit")
"""What can have a margin: figures of which more is better."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Margin:
    """``a`` may fall short of ``b`` in ``figure`` by less than ``margin`` (above 0), said by ``who``; ``time`` is UTC.

    ``beforehand``: the log has it before the first look at the two together. False as well where the log was altered.
    """

    figure: str
    margin: float
    who: str
    time: str
    beforehand: bool

    def kept(self, low: float) -> bool | None:
        """Whether a difference with this lower limit is non-inferior; None where there is no limit."""
        return None if math.isnan(low) else low > -self.margin


def state_margin(a: Run, b: Run, evaluation_set: str, figure: str, margin: float, who: str) -> Margin:
    """Write into the log of ``a`` by how much it may fall short of ``b`` in one of :data:`FIGURES` on a set.

    Raises :class:`RunFolderError` for any other figure, a margin that is not between 0 and 1, no name, and a log that
    nothing can be added to.
    """
    if figure not in FIGURES:
        raise RunFolderError(f"a margin is stated for one of {', '.join(FIGURES)}, not for {figure!r}")
    if not 0 < margin < 1:
        raise RunFolderError(f"a margin lies between 0 and 1, not at {margin}")
    if not who.strip():
        raise RunFolderError("a margin needs the name of who states it")
    fields = {**_about(a, b, evaluation_set), "figure": figure, "margin": float(margin), "who": who.strip()}
    append_decisions(a.folder, lambda log: [(STATED, fields)])
    return margins(a, b, evaluation_set)[-1]


def note_look(a: Run, b: Run, evaluation_set: str) -> bool:
    """Note in both logs that ``a`` and ``b`` are looked at together; nothing where that stands there already.

    Returns whether both logs have it: one that cannot be written keeps nobody from looking.
    """
    in_a, in_b = _note(a, b, evaluation_set), _note(b, a, evaluation_set)
    return in_a and in_b


def looked(a: Run, b: Run, evaluation_set: str) -> bool:
    """Whether the log of either says that the two were looked at together on a set."""
    return any(
        _of(read_decisions(run.folder), COMPARED, _about(run, other, evaluation_set)) for run, other in ((a, b), (b, a))
    )


def margins(a: Run, b: Run, evaluation_set: str) -> tuple[Margin, ...]:
    """Every margin that the log of ``a`` has of ``b`` on a set, the oldest first, without those of altered lines."""
    log = read_decisions(a.folder)
    about = _about(a, b, evaluation_set)
    first = min((event.line for event in _of(log, COMPARED, about)), default=math.inf)
    return tuple(
        Margin(
            figure=str(event.fields["figure"]),
            margin=float(event.fields["margin"]),
            who=str(event.fields["who"]),
            time=event.time,
            beforehand=event.line < first and not log.altered,
        )
        for event in _of(log, STATED, about)
        if event.sound
    )


def _note(run: Run, other: Run, evaluation_set: str) -> bool:
    about = _about(run, other, evaluation_set)

    def decide(log: DecisionLog) -> Sequence[Draft]:
        return [] if _of(log, COMPARED, about) else [(COMPARED, about)]

    try:
        if not _of(read_decisions(run.folder), COMPARED, about):
            append_decisions(run.folder, decide)
    except RunFolderError:
        return False
    return True


def _about(run: Run, other: Run, evaluation_set: str) -> dict[str, str]:
    findings = {"finding": run.which, "with_finding": other.which}
    return {
        "with": other.run_id,
        "manifest_sha256": sha256_of(other.folder / MANIFEST),
        "set": evaluation_set,
        **{key: which for key, which in findings.items() if which},
    }


def _of(log: DecisionLog, name: str, about: dict[str, str]) -> list[Event]:
    """The events of a name about the same other run, by its manifest, the same set and findings; altered ones among
    them."""
    keys = ("manifest_sha256", "set", "finding", "with_finding")
    return [
        event for event in log.events if event.event == name and all(event.fields.get(k) == about.get(k) for k in keys)
    ]
