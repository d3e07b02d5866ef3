"""Films in HTML, escaped; every picture is an address that holds it."""

from __future__ import annotations

import html
from collections.abc import Sequence

from dashboard import drawn
from dashboard.html_table import cell

NOT_FOR_DIAGNOSIS = "not for diagnosis"


def film(picture: str, name: str, facts: str) -> str:
    """The head of a film's row: a small picture, the name of its file, and what is known of it."""
    return (
        f"<span class='tw-film'><img src='{picture}' alt=''><span>{html.escape(name)}"
        f"<span class='tw-small tw-wrap'>{html.escape(facts)}</span></span></span>"
    )


def number(value: str, small: str) -> str:
    """A figure about one film, which never stands without its warning."""
    return cell(value, f"{small}; {NOT_FOR_DIAGNOSIS}" if small else NOT_FOR_DIAGNOSIS)


def verdict(said: tuple[str, str, bool]) -> str:
    """What is said of how well the network knows a film: a word, why, and whether it is a warning."""
    word, why, loud = said
    mark = " tw-loud" if loud else ""
    quiet = f"<span class='tw-small tw-wrap'>{html.escape(why)}</span>"
    return f"<span class='tw-mark{mark}'>{html.escape(word)}</span>{quiet}"


def pictures(shown: Sequence[tuple[str, str, str]], *, alt: str) -> None:
    """Pictures side by side as far as there is room: address, empty where there is none, title, and a line under it."""
    parts = "".join(
        f"<figure>{_picture(uri, f'{alt}: {title}')}<figcaption><strong>{html.escape(title)}</strong>"
        f"<span class='tw-small tw-wrap'>{html.escape(said)}</span></figcaption></figure>"
        for uri, title, said in shown
    )
    drawn.html(f"<div class='tw-films'>{parts}</div>")


def _picture(uri: str, alt: str) -> str:
    return f"<img src='{uri}' alt='{html.escape(alt)}'>" if uri else ""
