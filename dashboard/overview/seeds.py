"""How far the figures of a run move with the seed of its fit, where it was fitted with several."""

from __future__ import annotations

import pandas as pd

from core.runs.seed_spread import SeedSpread, figure_name, spread_table
from core.runs.store import Run
from dashboard import gateway, state, theme, widgets
from dashboard.charts.seeds import seeds_figure

_FIRST_RULE = "youden"
HOW = (
    "The fits differ in the seed of split, initial weights, order and augmentation; what they have in common is the "
    "data, the settings and the images of test. Each fit's own threshold, chosen on its own validation, is judged. "
    "This is the chance in the fit; the intervals of one run are the chance in its patients, and do not hold it."
)


def found(run: Run) -> SeedSpread | None:
    """The figures of the runs that differ from ``run`` in the seed alone, its own among them; None without another."""
    return gateway.seed_spread(run, tuple(state.LISTED_RUNS.value(())))


def show(run: Run, spread: SeedSpread) -> None:
    """The picture of rates and areas, and the table of all figures."""
    share = spread.values.drop("threshold", level="figure")
    names = [_named(*place) for place in share.index]
    table = summary(spread)
    widgets.sentence(in_words(spread))
    widgets.figure(
        seeds_figure(share, names, run.run_id, dark=state.dark()),
        key="seeds",
        name="seeds",
        alt=f"A dot a fit for each figure. {alternative(spread)}",
        table=table,
        sets="validation and test",
    )
    with widgets.folded("The same in numbers, with the thresholds"):
        widgets.small_table(table, name="seeds")
    widgets.small(HOW)


def summary(spread: SeedSpread) -> pd.DataFrame:
    """One row a figure, as text."""
    rows = spread_table(spread).to_dict("records")
    return pd.DataFrame(
        [
            {
                "Figure": _named(row["figure"], row["rule"], row["set"]),
                "Fits": theme.count(row["fits"]),
                "Mean": theme.fixed(row["mean"], 3),
                "Standard deviation": theme.fixed(row["sd"], 3),
                "Lowest": theme.fixed(row["lowest"], 3),
                "Highest": theme.fixed(row["highest"], 3),
            }
            for row in rows
        ]
    )


def in_words(spread: SeedSpread) -> str:
    """How far AUROC and the rates of the first rule lie apart, on the set that reports."""
    rows = spread_table(spread).to_dict("records")
    auroc = [row for row in rows if row["figure"] == "auroc"][-1]
    text = (
        f"Over {theme.counted(len(spread.runs), 'fit')} AUROC on {theme.set_name(auroc['set'])} is "
        f"{theme.limits(auroc['lowest'], auroc['highest'])}."
    )
    of_rule = {row["figure"]: row for row in rows if row["rule"] == _FIRST_RULE and row["set"]}
    if not of_rule:
        return text
    rates = " and ".join(f"{rate} is {theme.limits(row['lowest'], row['highest'])}" for rate, row in of_rule.items())
    return f"{text} At each fit's own threshold by {theme.RULES[_FIRST_RULE]}, {rates}."


def alternative(spread: SeedSpread) -> str:
    """What the picture shows, in words."""
    rows = spread_table(spread).to_dict("records")
    parts = [
        f"{_named(row['figure'], row['rule'], row['set'])} {theme.limits(row['lowest'], row['highest'])}"
        for row in rows
        if row["figure"] != "threshold"
    ]
    return f"Over {theme.counted(len(spread.runs), 'fit')}: {'; '.join(parts)}."


def _named(figure: str, rule: str, name: str) -> str:
    """``Sensitivity at least 0.95: specificity, test``: rules are called after rates as well."""
    called = figure_name(figure, "", name)
    return f"{theme.RULES.get(rule, rule)}: {called}" if rule else called
