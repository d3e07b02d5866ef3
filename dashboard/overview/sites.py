"""The sites of a run on its Overview: who they are, and which are left out."""

import pandas as pd

from core.runs.store import Run
from dashboard import frame, gateway, theme, widgets


def show(run: Run) -> None:
    """One row a site, and a line for each that is damaged."""
    for name, problem in run.sites.problems.items():
        widgets.callout(f"Site {name} is left out.", f"{problem}. All else of this run is as it was.", warn=True)
    if run.sites.whole:
        widgets.small_table(table(run), name="sites")
        frame.link("delivery", "Promise and delivery across hospitals")


def table(run: Run) -> pd.DataFrame:
    """Images, patients and AUROC of each site, as text."""
    rows = []
    for name in run.sites.whole:
        images = run.site(name)
        auroc = gateway.set_figures(run, name)["auroc"] if images.labelled.n else None
        rows.append(
            {
                "Site": name,
                "Images": theme.count(images.n),
                "Patients": theme.count(images.n_patients),
                "Truth unknown": theme.count(images.n_unlabelled),
                "AUROC": theme.EM_DASH if auroc is None else f"{theme.rate(auroc.value)} ({theme.interval(auroc)})",
            }
        )
    return pd.DataFrame(rows)
