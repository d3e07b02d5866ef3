"""HTML of pages without what the glossary adds and with spaces that break, so that tests of figures do not depend on
them."""

import re

_TERM = re.compile(r"<span class='tw-term' title='[^']*'>(.*?)</span>")


def without_meanings(html: str) -> str:
    """``html`` with each word of the glossary as plain text, and with ordinary spaces."""
    return _TERM.sub(r"\1", html).replace("\N{NO-BREAK SPACE}", " ")
