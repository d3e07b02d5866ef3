"""No run yet: how to make one, and the demo fit that needs no data."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core.runs.files import shell_word
from dashboard import drawn, gateway, state, widgets
from dashboard.fits import starting
from dashboard.fits.card import card

_LOOK_EVERY = "2s"
_COMMANDS = """\
# embedded synthetic radiographs, about three minutes
python train.py{out}

# your images: {{train,test}}/{{NORMAL,PNEUMONIA}}, or any with --labels FILE.csv
python train.py --data DIR{out}

# predictions that another program made
python -m core import FILE --name NAME{out}"""


def no_run_yet(out: Path) -> None:
    """The page while there is no run in ``out``; it opens the first one as soon as it is there."""
    st.title("No run yet", anchor=False)
    _fits(str(out))
    with widgets.notice(
        "You have predictions of a model", "A table as it is, with any names of columns: what it leaves open is asked."
    ):
        st.page_link(
            str(state.ROOT / "pages" / "bring_data.py"),
            label="Bring data",
            icon=":material/upload_file:",
            query_params=state.held(),
        )
    drawn.markdown(
        "A run holds a fitted model's scores, its figures and its history. Each of these commands makes one, and this "
        "page opens it when it is done."
    )
    elsewhere = "" if out == state.ROOT / "runs" else f" --out {shell_word(out)}"
    st.code(_COMMANDS.format(out=elsewhere), language="bash", wrap_lines=True)
    widgets.small(f"Runs are looked for in {out}")


@st.fragment(run_every=_LOOK_EVERY)
def _fits(folder: str) -> None:
    with widgets.calm():
        out = Path(folder)
        newest = state.newest_whole(gateway.runs(out))
        if newest is not None:
            state.open_run(newest.run_id)
            st.rerun()
        fits = gateway.fits(out)
        for fit in fits:
            card(fit, out)
        if starting.demo_id(out) not in {fit.run_id for fit in fits}:
            _demo(out)


def _demo(out: Path) -> None:
    """The fit on the embedded data, of which nothing is in the folder yet."""
    job = starting.started(out, starting.demo_id(out))
    if job is not None and job.running:
        widgets.notice("The demo fit is starting", "It goes on when this page is reloaded or closed.")
        return
    if job is None:
        text = "Fits a small network on synthetic radiographs, on this machine, and shows how it goes."
        box = widgets.notice("See it without any data", text)
    else:
        box = widgets.notice("The demo fit ended before its run was whole", "", detail=job.report)
    with box:
        if st.button("Make the demo run", type="primary", key="start_demo"):
            starting.start_demo(out)
            st.rerun()
