"""Class names, ids and reasons that come from files are text on every page, in HTML and in charts."""

import pytest

from dashboard import theme


@pytest.mark.parametrize("page", theme.PAGES)
def test_names_from_files_are_text(open_dashboard, shown, runs, page):
    app = open_dashboard(runs, run="hostile", split="test").switch_page(f"../pages/{page}.py").run()
    html = shown(app, "html")
    assert "<h1>hostile</h1>" in html and "<script>" not in html
    for chart in app.get("plotly_chart"):
        assert "<script>" not in chart.proto.spec
