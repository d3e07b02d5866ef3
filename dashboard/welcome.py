"""No run yet: how to make one, and the demo fit that needs no data."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core.runs.files import shell_word
from dashboard import gateway, state, widgets
from dashboard.demo import demo_fit, start_demo

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
    st.markdown(
        "A run holds a fitted model's scores, its figures and its history. Each of these commands makes one, and this "
        "page opens it when it is done."
    )
    elsewhere = "" if out == state.ROOT / "runs" else f" --out {shell_word(out)}"
    st.code(_COMMANDS.format(out=elsewhere), language="bash", wrap_lines=True)
    widgets.small(f"Runs are looked for in {out}")
    _demo(str(out))


@st.fragment(run_every=_LOOK_EVERY)
def _demo(folder: str) -> None:
    with widgets.calm():
        out = Path(folder)
        newest = state.newest_whole(gateway.runs(out))
        if newest is not None:
            state.open_run(newest.run_id)
            st.rerun()
        fit = demo_fit(out)
        if fit is None:
            box = widgets.notice(
                "See it without any data", "Fits a small network on synthetic radiographs, on this machine."
            )
            label = "Make the demo run"
        elif fit.running:
            with widgets.notice("The demo fit is running", "It goes on when this page is reloaded or closed."):
                progress = fit.progress
                st.progress(0.0 if progress is None else progress.share, text=str(progress or "preparing"))
                st.code(fit.report or "starting", language=None, wrap_lines=True)
            return
        else:
            box = widgets.notice(
                "The demo fit stopped before its run was whole",
                "It goes on with the epoch in which it was stopped.",
                detail=fit.report,
            )
            label = "Go on with it"
        with box:
            if st.button(label, type="primary", key="start_demo"):
                start_demo(out)
                st.rerun()
