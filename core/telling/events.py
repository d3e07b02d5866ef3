"""What an event of the log says, in words."""

from __future__ import annotations

from core.runs.decision_log import Event
from core.runs.hiding import LOCKED
from core.runs.margins import COMPARED, STATED
from core.runs.sites import ADDED
from core.telling import names, numbers


def what_it_says(event: Event) -> str:
    """The event's own facts as people read them, from fields that an altered line may lack; empty where it has none."""
    fields = event.fields
    of = f" for {fields['finding']}" if "finding" in fields else ""
    if event.event == LOCKED:
        return f"{fields.get('name')}{of} ({fields.get('stamp')}) by {fields.get('who')}"
    if event.event in {COMPARED, STATED}:
        other = f"with {fields.get('with')} on {names.set_name(str(fields.get('set')))}{of}"
        if event.event == COMPARED:
            return other
        return f"{fields.get('figure')} may fall short by {fields.get('margin')}, {other}, by {fields.get('who')}"
    if event.event == ADDED:
        return ", ".join(fields.get("sites") or [str(fields.get("site"))])
    return f"by the lock {fields['by']}" if "by" in fields else ""


def when(time: str) -> str:
    """A time of the log as people read it; as it stands where an altered line holds none."""
    try:
        return numbers.moment(time)
    except ValueError:
        return time
