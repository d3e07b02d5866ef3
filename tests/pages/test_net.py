"""The net under the tests of pages: what a page says calmly to its reader, a test hears."""

import pytest

from core.errors import DataError
from dashboard import theme, widgets

pytest_plugins = ["pytester"]


@pytest.fixture
def visit(open_dashboard, runs, monkeypatch):
    """Open a page of a whole run, one function of the dashboard replaced by one that raises an error."""

    def open_page(page, function, error):
        def fail(*args, **kwargs):
            raise error

        monkeypatch.setattr(function, fail)
        return open_dashboard(runs, page, run="fitted")

    return open_page


@pytest.mark.parametrize("page", [page for page in theme.PAGES if page not in theme.WITHOUT_RUN])
def test_a_page_that_crashes_is_noticed(visit, net, parts_may_fail, page):
    app = visit(page, "dashboard.frame.heading", RuntimeError("crash"))
    assert not app.exception, "the reader sees a notice"
    (failed,) = parts_may_fail
    assert failed.startswith("a part of the page failed\n") and failed.endswith("\nRuntimeError: crash")
    with pytest.raises(pytest.fail.Exception, match="RuntimeError: crash"):
        net.check(parts_may_fail=False)
    net.check(parts_may_fail=True)


@pytest.mark.parametrize("page", [page for page in theme.PAGES if page not in theme.WITHOUT_RUN])
def test_a_refusal_is_noticed(visit, net, parts_may_fail, page):
    visit(page, "dashboard.gateway.n_patients", DataError("no\nsuch folder"))
    assert parts_may_fail == [r"a part of the page cannot be shown: DataError('no\nsuch folder')"]
    with pytest.raises(pytest.fail.Exception, match="such folder"):
        net.check(parts_may_fail=False)


@pytest.mark.parametrize("error", [RuntimeError("crash"), DataError("refused")])
def test_a_section_that_fails_is_noticed(visit, parts_may_fail, error):
    app = visit("utility", "dashboard.gateway.decision_curve", error)
    (failed,) = parts_may_fail
    assert str(error) in failed
    assert len(app.get("plotly_chart")) == 2, "the other sections go on"


def test_what_no_part_catches_is_noticed_though_a_later_visit_goes_well(open_dashboard, runs, net, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(widgets, "style", lambda: 1 / 0)
        app = open_dashboard(runs, run="fitted")
        assert app.exception
    assert not app.run().exception
    (failed,) = net.uncaught
    assert "division by zero" in failed
    with pytest.raises(pytest.fail.Exception, match="division by zero"):
        net.check(parts_may_fail=True)
    net.uncaught.clear()


TESTS = """
from dashboard import widgets

def test_well():
    with widgets.calm():
        pass

def test_crash():
    with widgets.calm():
        raise RuntimeError("crash")

def test_crash_that_is_asked_for(parts_may_fail):
    with widgets.calm():
        raise RuntimeError("crash")
    assert len(parts_may_fail) == 1
"""


def test_every_test_hangs_over_it(pytester, parts_may_fail):
    pytester.makeconftest("from tests.pages.conftest import net, parts_may_fail")
    pytester.makepyfile(TESTS)
    found = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    found.assert_outcomes(passed=3, errors=1)
    found.stdout.fnmatch_lines(["*ERROR at teardown of test_crash *", "RuntimeError: crash"])
