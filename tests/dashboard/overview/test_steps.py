"""The first steps: three pages that exist, in order, and what to try with the embedded example alone."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from dashboard import theme
from dashboard.overview import steps


@pytest.fixture
def drawn(monkeypatch):
    """What the component was given, and which step it says was taken."""
    said = SimpleNamespace(data=None, go=None, left_for=None)

    def component(**given):
        said.data = given["data"]
        return said

    monkeypatch.setattr(steps, "component", lambda *_, **__: component)
    monkeypatch.setattr(steps.state, "held", lambda: {"run": "a"})
    monkeypatch.setattr(steps.st, "switch_page", lambda *to, **kept: setattr(said, "left_for", (Path(*to).stem, kept)))
    return said


def test_three_steps_lead_to_pages(run, drawn):
    steps.steps(run)
    assert [step["name"] for step in drawn.data["steps"]] == ["Look.", "Decide.", "Lock."]
    assert all(step["link"] == f"Open {theme.PAGES[step['page']]}" for step in drawn.data["steps"])
    assert drawn.left_for is None


@pytest.mark.parametrize(("go", "left_for"), [("lock", ("lock", {"query_params": {"run": "a"}})), ("../x", None)])
def test_a_step_leads_to_a_page_and_nowhere_else(run, drawn, go, left_for):
    drawn.go = go
    steps.steps(run)
    assert drawn.left_for == left_for


def test_only_the_embedded_example_says_what_to_try(run, drawn):
    for kind, told in (("folder", ""), ("predictions", ""), ("phantom", steps.TO_TRY)):
        data = run.manifest["data"] | {"kind": kind}
        steps.steps(replace(run, manifest=run.manifest | {"data": data}))
        assert drawn.data["to_try"] == told


def test_who_has_locked_a_threshold_has_gone_them(run, drawn, monkeypatch):
    monkeypatch.setattr(steps.gateway, "locked_points", lambda _: (object(),))
    steps.steps(run)
    assert drawn.data is None
