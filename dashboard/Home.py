"""Entry of the dashboard: ``streamlit run dashboard/Home.py [-- --out DIR]``.

Streamlit imports this file once for its server, ``app``, and runs it as a script for every reader.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.navigation.page import StreamlitPage

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:  # where nothing was installed in place: Streamlit puts this file's own folder on the path
    sys.path.insert(0, str(ROOT))

from dashboard import serving


def show() -> None:
    """Page config, run picker, navigation, and the page that was asked for."""
    # Not in the server, which runs before any cache.
    from dashboard import frame, gateway, links, scheme, side_bar, state, theme, welcome, widgets

    st.set_page_config(
        page_title=theme.PRODUCT,
        page_icon=str(ROOT / "dashboard" / "icon.svg"),
        layout="wide",
        initial_sidebar_state=290,
    )
    widgets.style()
    with widgets.calm():
        led_here = {"": state.first_page(), **theme.FORMER_ADDRESSES}
        pages, page = navigation(led_here)
        state.resolve(page.url_path)
        out = state.runs_folder()
        entries = gateway.runs(out)
        state.LISTED_RUNS.keep(entries)
        chosen = state.run_id(entries)
        if chosen is not None:
            st.set_page_config(page_title=f"{page.title} · {state.echoed(chosen)} · {theme.PRODUCT}")
        opened = frame.may_be_read(entries, chosen)
        needs_run = led_here.get(page.url_path, page.url_path) not in theme.WITHOUT_RUN
        if opened:
            state.write_out(frame.run_in(out / str(chosen)))
        if page.url_path in led_here:
            links.to_its_address(led_here[page.url_path])
        elif not state.asked():  # what a link asks for can be judged when the page has read it
            state.settle()
        for_paper = state.printing() and chosen is not None
        place = None if for_paper else side_bar.side_bar(out, entries, chosen, pages)
        with frame.sheet():
            widgets.disclaimer()
            said = st.container()
            place = place or frame.print_head()
            if needs_run and chosen is None:
                welcome.no_run_yet(out)
            elif not needs_run or (chosen is not None and frame.can_be_opened(entries, chosen)):
                fill(page, said, place, opened=opened)
                if not for_paper:
                    with place, widgets.calm():
                        links.copy_link()
                        frame.print_link()
                    scheme.follow()
        if page.url_path not in led_here:
            state.settle()


def navigation(led_here: Mapping[str, str]) -> tuple[list[StreamlitPage], StreamlitPage]:
    """The pages, and the one that was asked for: one of them, or one that an address leads to (address -> name)."""
    from dashboard import theme

    pages = [st.Page(ROOT / "pages" / f"{name}.py", title=title, url_path=name) for name, title in theme.PAGES.items()]
    others = [
        st.Page(ROOT / "pages" / f"{name}.py", title=theme.PAGES[name], url_path=address, default=not address)
        for address, name in led_here.items()
    ]
    return pages, st.navigation([*pages, *others], position="hidden")


def fill(page: StreamlitPage, said: DeltaGenerator, place: DeltaGenerator, *, opened: bool) -> None:
    """Draw the page, the head above it and the threshold at ``place`` where a run is ``opened``, and what of the link
    could not be read where it is to be ``said``."""
    from dashboard import frame, links, widgets

    if opened:
        with widgets.calm():
            frame.about(frame.opened_run(), page.title)
        with place, widgets.calm():
            frame.threshold_now(frame.opened_run())
    with widgets.calm():
        page.run()
    with said:
        links.unread()


if __name__ == "__main__":
    show()
else:
    app = st.App(
        __file__,
        middleware=serving.middleware(),
        lifespan=serving.lifespan,
        exception_handlers={Exception: serving.failed},
    )
