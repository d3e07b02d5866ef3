"""Utility: is it worth using at all?"""

from core.evaluation.calibration.platt import centred
from core.evaluation.choosing.operating_point import rates
from core.evaluation.worth.cost_curve import probability_cost, threshold_cost
from core.evaluation.worth.utility import net_benefit_at
from core.runs.store import Run
from core.telling.scale import probabilities
from dashboard import drawn, frame, gateway, state, theme, widgets, words
from dashboard.charts import utility as charts
from dashboard.utility import clinic, tables
from dashboard.utility import words as sentences

SHOWN_RATES = ("sensitivity", "specificity", "precision", "npv", "f1")


def worth(run: Run, split: str) -> None:
    scale, threshold = state.probability_scale(run), state.threshold(run)
    odds = (threshold - scale.midpoint) / scale.temperature
    predictions = centred(run.predictions(split), scale.midpoint)
    found = {
        name: net_benefit_at(predictions, odds * other.temperature, other.temperature)
        for name, other in probabilities(run).items()
    }
    here = found[scale.name]
    told = sentences.verdict(here)
    widgets.callout("", told)
    widgets.sentence(sentences.price_in_words(here.price, words.class_words(run)[1]))
    curve = gateway.decision_curve(run, split)
    drawing = charts.decision_figure(
        curve, shown=scale.name, now=scale.probability(threshold), worth=here.model.value, dark=state.dark()
    )
    widgets.figure(
        drawing,
        key="decision_curve",
        table=curve,
        name="decision-curve",
        alt=sentences.decision_alternative(curve, scale.name, told),
    )
    widgets.sentence(sentences.range_of_use(curve, scale.name))
    widgets.small_table(sentences.worth_table(found), name="worth")
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
    widgets.small_table(clinic.worth_table(found), name="worth-in-clinic")
    widgets.small(clinic.HOW)


def costs(run: Run, split: str) -> None:
    sweep, threshold = gateway.sweep(run, split), state.threshold(run)
    least = gateway.least_cost(run, split)
    choices = gateway.choices_cost(run, split) if split != "validation" else None
    choices = None if choices is None or choices.empty else choices
    here = threshold_cost(sweep, threshold, tables.PC)
    prevalence = sweep.n_pos / (sweep.n_pos + sweep.n_neg)
    now = probability_cost(prevalence, state.probability_scale(run).probability(threshold))
    told = sentences.cost(here, least, now)
    widgets.sentence(told)
    widgets.small(sentences.WHAT_COST_IS)
    drawing = charts.cost_figure(least, choices, here, now=now, dark=state.dark())
    table = tables.cost_lines(here, least, choices)
    widgets.figure(drawing, key="cost_curve", alt=sentences.cost_alternative(told), table=table, name="cost-curve")
    with widgets.folded("For researchers: how the cost curve is made"):
        drawn.text(sentences.HOW_COST)


def every_rate(run: Run, split: str) -> None:
    scale, threshold = state.probability_scale(run), state.threshold(run)
    table = gateway.rates_by_threshold(run, split, scale.name)
    all_rates = rates(gateway.sweep(run, split), threshold)
    found = {name: all_rates[name] for name in SHOWN_RATES}
    called = theme.probability(scale.probability(threshold))
    widgets.figure(
        charts.rates_figure(table, now=threshold, scale=scale, dark=state.dark()),
        key="rates_by_threshold",
        alt=sentences.rates_alternative(found, called),
        table=table,
        name="rates",
        zoom=True,
    )
    widgets.tiles([(f"{theme.RATES[name]}, now", estimate) for name, estimate in found.items()])
    widgets.small(sentences.HOW_RATES)


def committees(run: Run, split: str) -> None:
    found = gateway.asked_by_committees(run, split, state.threshold(run))
    widgets.small_table(tables.asked(found, words.class_words(run)), name="asked-by-committees")


run = frame.opened_run()
split = state.split(run)
frame.heading(run)
frame.reading_bar(run)
if not probabilities(run):
    widgets.notice("Nothing to weigh", sentences.NO_PROBABILITY)
elif 0 < run.predictions(split).n_pos < run.predictions(split).n:
    parts = {
        "What it is worth in your clinic": in_clinic,
        "Is it worth using at all, at the prevalence of these images?": worth,
    }
    for title in parts if state.prevalences() else reversed(parts):  # an answer comes first
        with widgets.section(title):
            parts[title](run, split)
    with widgets.section("What committees ask for"):
        committees(run, split)
    with widgets.section("What the errors cost"):
        costs(run, split)
    with widgets.section("Every rate against the threshold"):
        every_rate(run, split)
    widgets.small(sentences.where_chosen(split))
else:
    widgets.notice("Nothing to weigh", sentences.ONE_CLASS)
