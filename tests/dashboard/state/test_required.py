"""What was written of what must hold, and which floors were tried."""

from dataclasses import replace

from core.evaluation.choosing.requirement import Requirement
from dashboard import state

ASKED = Requirement(kind="floor", floors=(("sensitivity", "0.90"),), confidence="0.95")


def test_each_question_is_counted_once_in_each_run(run):
    other = replace(ASKED, floors=(("sensitivity", "0.85"),))
    assert state.take_try(run, ASKED) == (ASKED,)
    assert state.take_try(run, other) == (ASKED, other)
    assert state.take_try(run, ASKED) == (ASKED, other)
    assert state.take_try(replace(run, run_id="another"), other) == (other,)
