"""How often a page looks into every folder of runs."""

import pytest

from dashboard import gateway, theme


@pytest.mark.parametrize("page", theme.PAGES)
def test_a_page_looks_once(open_dashboard, runs, monkeypatch, page):
    look, looked = gateway.runs, []
    monkeypatch.setattr(gateway, "runs", lambda out: looked.append(out) or look(out))
    open_dashboard(runs, page, run="fitted")
    assert looked == [runs]
