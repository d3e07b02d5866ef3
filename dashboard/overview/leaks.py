"""One amber line a set that is not apart from the data of the fit, with the figures without what it shares."""

from core.runs.store import Run
from dashboard import gateway, widgets


def show(run: Run) -> None:
    with widgets.calm():
        for said in gateway.leakage(run):
            widgets.callout(said.head, said.text, warn=True)
