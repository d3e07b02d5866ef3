"""Words for researchers stand behind a fold, on every page."""

import pytest

from dashboard import theme
from tests.test_words_on_screen import FOR_RESEARCHERS


def in_sight(node):
    """Whatever words are drawn outside of a fold."""
    for child in getattr(node, "children", {}).values():
        if child.type in ("html", "text", "markdown", "caption"):
            yield getattr(child.proto, "body", "")
        elif child.type != "expander":
            yield from in_sight(child)


@pytest.mark.parametrize("split", ["validation", "test"])
@pytest.mark.parametrize("page", theme.PAGES)
def test_words_for_researchers_are_out_of_sight(open_dashboard, runs, page, split):
    app = open_dashboard(runs, script=page, run="fitted", split=split)
    words = list(in_sight(app._tree))
    assert any(theme.DISCLAIMER in text for text in words)
    assert [text for text in words if FOR_RESEARCHERS.search(text) or "adjusted p" in text.lower()] == []
