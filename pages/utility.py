"""Utility: is it worth using at all?"""

from core.evaluation.choosing.operating_point import rates
from core.evaluation.worth.cost_curve import probability_cost, threshold_cost
from core.evaluation.worth.utility import GRID, net_benefit_at
from core.runs.store import Run
from dashboard import frame, gateway, state, theme, widgets, words
from dashboard.charts import utility as charts
from dashboard.scale import scales
from dashboard.utility import clinic, tables
from dashboard.utility import words as sentences

SHOWN_RATES = ("sensitivity", "specificity", "precision", "npv", "f1")


def worth(run: Run, split: str) -> None:
    scale, threshold = state.scale(run), state.threshold(run)
    odds = threshold / scale.temperature
    found = {
        name: net_benefit_at(run.predictions(split), odds * other.temperature, other.temperature)
        for name, other in scales(run.calibration).items()
    }
    here, curve = found[scale.name], gateway.decision_curve(run, split)
    widgets.sentence(sentences.price_in_words(here.price, words.class_words(run)[1]))
    told = sentences.verdict(here)
    widgets.sentence(told)
    drawing = charts.decision_figure(
        curve, shown=scale.name, now=scale.probability(threshold), worth=here.model.value, dark=state.dark()
    )
    widgets.figure(
        drawing, key="decision_curve", table=curve, file_name=f"{run.run_id}-{split}-decision-curve",
        alt=sentences.decision_alternative(curve, scale.name, told),
    )  # fmt: skip
    widgets.sentence(sentences.range_of_use(GRID, gateway.more_useful(run, split, scale.name), scale.name))
    widgets.small_table(sentences.worth_table(found))
    widgets.small(f"{sentences.HOW_WEIGHED} {sentences.TWO_SCALES if len(found) > 1 else ''}")


def in_clinic(run: Run, split: str) -> None:
    """At each end of the prevalence that was stated; which it is where none was."""
    prevalences = state.prevalences()
    if not prevalences:
        widgets.sentence(clinic.NOT_STATED)
        return
    there = [gateway.worth_in_clinic(run, split, state.threshold(run), prevalence) for prevalence in prevalences]
    found = [one for one in there if one is not None]
    if not found:
        widgets.sentence(clinic.NOT_CARRIED)
        return
    for one in found:
        widgets.sentence(clinic.price(one, words.class_words(run)[1]))
        widgets.sentence(clinic.verdict(one))
    widgets.small_table(clinic.worth_table(found))
    widgets.small(clinic.HOW)


def costs(run: Run, split: str) -> None:
    sweep, threshold = gateway.sweep(run, split), state.threshold(run)
    least = gateway.least_cost(run, split)
    choices = gateway.choices_cost(run) if split == "test" else None
    choices = None if choices is None or choices.empty else choices
    here = threshold_cost(sweep, threshold, tables.PC)
    prevalence = sweep.n_pos / (sweep.n_pos + sweep.n_neg)
    now = probability_cost(prevalence, state.scale(run).probability(threshold))
    widgets.sentence(sentences.WHAT_COST_IS)
    told = sentences.cost(here, least, now)
    widgets.sentence(told)
    drawing = charts.cost_figure(least, choices, here, now=now, dark=state.dark())
    table = tables.cost_lines(here, least, choices)
    widgets.figure(
        drawing, key="cost_curve", alt=sentences.cost_alternative(told), table=table,
        file_name=f"{run.run_id}-{split}-cost-curve",
    )  # fmt: skip
    widgets.small(sentences.HOW_COST)


def every_rate(run: Run, split: str) -> None:
    scale, threshold = state.scale(run), state.threshold(run)
    table = gateway.rates_by_threshold(run, split, scale.name)
    all_rates = rates(gateway.sweep(run, split), threshold)
    found = {name: all_rates[name] for name in SHOWN_RATES}
    called = theme.probability(scale.probability(threshold))
    widgets.figure(
        charts.rates_figure(table, now=threshold, scale=scale, dark=state.dark()), key="rates_by_threshold",
        alt=sentences.rates_alternative(found, called), table=table, file_name=f"{run.run_id}-{split}-rates", zoom=True,
    )  # fmt: skip
    widgets.tiles([(f"{theme.RATES[name]}, now", estimate) for name, estimate in found.items()])
    widgets.small(sentences.HOW_RATES)


run = frame.opened_run()
split = state.split(run)
frame.heading(run)
frame.reading_bar(run)
widgets.sentence(sentences.where_chosen(split))
if 0 < run.predictions(split).n_pos < run.predictions(split).n:
    with widgets.section("What it is worth in your clinic"):
        in_clinic(run, split)
    with widgets.section("Is it worth using at all, at the prevalence of these images?"):
        worth(run, split)
    with widgets.section("What the errors cost"):
        costs(run, split)
    with widgets.section("Every rate against the threshold"):
        every_rate(run, split)
else:
    widgets.notice("Nothing to weigh", sentences.ONE_CLASS)
