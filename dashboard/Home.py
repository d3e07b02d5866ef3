"""Entry of the dashboard: page config, run picker, navigation. ``streamlit run dashboard/Home.py [-- --out DIR]``."""

import sys
from pathlib import Path

import streamlit as st

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:  # `streamlit run` puts this file's own folder on the path, not the project's
    sys.path.insert(0, str(ROOT))

from dashboard import frame, gateway, state, theme, welcome, widgets

st.set_page_config(
    page_title=theme.PRODUCT, page_icon=str(ROOT / "dashboard" / "icon.svg"), layout="wide", initial_sidebar_state=290
)

widgets.style()
state.resolve()
with widgets.calm():
    pages = [
        st.Page(ROOT / "pages" / f"{name}.py", title=title, url_path=name, default=name == state.first_page())
        for name, title in theme.PAGES.items()
    ]
    by_old_links = [
        st.Page(ROOT / "pages" / f"{name}.py", title=theme.PAGES[name], url_path=address)
        for address, name in theme.FORMER_ADDRESSES.items()
    ]
    page = st.navigation([*pages, *by_old_links], position="hidden")
    out = state.runs_folder()
    entries = gateway.runs(out)
    chosen = state.run_id(entries)
    place = frame.side_bar(out, entries, chosen, pages)
    with frame.sheet():
        widgets.disclaimer()
        if chosen is None:
            welcome.no_run_yet(out)
        elif frame.can_be_opened(entries, chosen):
            with place, widgets.calm():
                frame.threshold_now(frame.opened_run())
            with widgets.calm():
                page.run()
state.settle()
