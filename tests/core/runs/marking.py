"""Marks and who writes many of them: all that the processes need which tests start."""

from pathlib import Path

from core.runs.marks import Mark, write_mark

TIME = "2026-01-02T03:04:05+00:00"


def a_mark(
    image_id: str, note: str = "", *, label_error: bool = True, reviewer: str = "R", of: tuple[str, str] = ("p", "test")
) -> Mark:
    rest = {"poor_image": False, "ambiguous": False, "note": note, "reviewer": reviewer, "marked": TIME}
    return Mark(finding=of[0], evaluation_set=of[1], image_id=image_id, label_error=label_error, **rest)


def mark_many(folder: Path, who: str, count: int) -> None:
    for i in range(count):
        write_mark(folder, a_mark(f"{who}-{i}", reviewer=who))
