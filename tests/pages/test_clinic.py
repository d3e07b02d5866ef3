"""Your clinic without a browser: what is restored from the address, and runs that lack something."""

import pytest

from dashboard import state


@pytest.fixture
def open_page(open_dashboard):
    def run(out, **address):
        return open_dashboard(out, "clinic", **address)

    return run


def kept(app):
    said = app.query_params.get("prevalence")
    return None if said is None else float(said)


def test_prevalence_of_a_link_is_kept_on_every_page_and_run(open_page, runs):
    app = open_page(runs, run="fitted", prevalence="0.030000000000000002")
    assert kept(app) == 0.030000000000000002
    app = app.switch_page("../pages/overview.py").run()
    app.selectbox(key=state.RUN.widget).select("synthetic").run()
    app = app.switch_page("../pages/clinic.py").run()
    assert kept(app) == 0.030000000000000002
    assert app.query_params["prevalence"] in ("0.030000000000000002", ["0.030000000000000002"])


@pytest.mark.parametrize("asked", ["0", "1", "-3", "62 %", "nan", "inf", ""])
def test_what_is_no_prevalence_is_taken_out_of_the_address(open_page, runs, asked):
    app = open_page(runs, run="fitted", prevalence=asked)
    assert kept(app) is None
    assert "prevalence" not in app.query_params


@pytest.mark.parametrize("run", ["imported", "test-only", "hostile", "synthetic", "fitted"])
def test_every_kind_of_run_opens(open_page, runs, shown, run):
    app = open_page(runs, run=run)
    assert "Choose the threshold on validation" in shown(app)
    names = [element.proto.component_name for element in app.get("bidi_component")]
    assert (names.count("explorer"), names.count("clinic")) == (1, 1)
