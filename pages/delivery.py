"""Promise and delivery: what does test hold, or a site, does it differ from validation, and what changed?"""

from collections.abc import Mapping

import streamlit as st

from core.evaluation.comparing.across_hospitals import RATES
from core.evaluation.comparing.difference_from_validation import Difference
from core.runs.store import Run
from core.telling.presets import locked_presets, presets
from dashboard import at_hospitals, called, drawn, frame, gateway, question, state, theme, widgets, words
from dashboard.charts import delivery as charts
from dashboard.charts.hospitals import hospitals_figure, site_scores_figure
from dashboard.delivery import hospitals, how, unlabelled
from dashboard.delivery import widgets as delivery_widgets
from dashboard.delivery import words as sentences


def promise(run: Run, reported: str) -> float | None:
    """What became of the rule's promise, where it makes one; gives its threshold, None without one."""
    rules = (*presets(gateway.sweep(run, "validation"), state.floors()), *locked_presets(gateway.locked_points(run)))
    untouched = state.threshold(run) == state.first_threshold(run)
    rule = delivery_widgets.rule_controls(rules, state.threshold(run), untouched=untouched)
    current = rule.name == delivery_widgets.CURRENT.name
    threshold = state.threshold(run) if current else rule.threshold
    if threshold is None:
        widgets.notice(
            "Validation gives this rule no threshold", "Choose another rule, or a lower floor.", detail=rule.reason
        )
        return None
    scale = state.scale(run)
    label = f"{rule.label} {rule.floor}".strip()
    at = f"{label}, at {called.threshold(run, threshold)}"
    if not rule.floors:
        widgets.callout("", how.PROMISES_NOTHING.format(rule=at))
        return threshold
    named = theme.set_name(reported)
    found = gateway.deliveries(run, reported, threshold, rule.floors, delivery_widgets.margin_input())
    head, text, broken = sentences.headline(found, at)
    widgets.callout(head, text, warn=broken)
    delivery_widgets.promise_table(found, scale, named=named, caption=how.CHOSEN)
    widgets.small(sentences.needed_in_words(found, scale, named=named))
    with widgets.folded("How a promise is judged"):
        drawn.text("\n\n".join((how.HOW_PROMISE, how.HOW_SUPPORT)))
    return threshold


def compared(run: Run, reported: str, threshold: float) -> Mapping[str, Difference]:
    """Both rates at one threshold, among all that are in play."""
    locked = {point.threshold for point in gateway.locked_points(run)}
    others, floors = tuple(sorted(locked | {state.threshold(run)})), state.floors()
    asked = question.asked()
    answered = asked if asked is not None and gateway.is_answer(run, asked, state.threshold(run)) else None
    again = answered if answered is not None and not answered.confidence else None
    with st.spinner("Choosing again on resamples of validation"):
        found = gateway.differences(run, reported, tuple(floors.items()), others, again)[threshold]
    few, named = gateway.few_patients(run, ("validation", reported)), theme.set_name(reported)
    text, lost = sentences.difference(found, words.class_words(run), few, named=named)
    widgets.callout("", text, warn=lost)
    by_rule = threshold in {rule.threshold for rule in presets(gateway.sweep(run, "validation"), floors)}
    by_question = answered if threshold == state.threshold(run) else None
    widgets.small(sentences.correction(by_question, by_rule=by_rule))
    delivery_widgets.difference_table(found, named=named, caption="")
    with widgets.folded("How the gap is corrected for the choice"):
        drawn.text(how.HOW_DIFFERENCE)
    return found


def shift(run: Run, reported: str, threshold: float | None, found: Mapping[str, Difference] | None) -> None:
    with st.spinner("Exchanging patients between the splits"):
        changed = gateway.dataset_shift(run, reported)
    classes, named = words.class_words(run), theme.set_name(reported)
    few = gateway.few_patients(run, ("validation", reported))
    text, warn = sentences.conclusion(changed, found, classes, few, named=named)
    widgets.callout("", text, warn=warn)
    widgets.figure(
        charts.distributions_figure(
            table := gateway.distributions(run, reported),
            theme.escaped(classes),
            threshold=threshold,
            dark=state.dark(),
        ),
        key="distributions",
        alt=sentences.distributions_alt(changed, classes, named=named),
        table=table,
        name="score-distributions",
        sets=f"validation and {named}",
        threshold="" if threshold is None else called.in_pictures(run, threshold),
    )
    widgets.small_table(sentences.shift_table(changed, classes, named=named), name="shift")
    widgets.label("Prevalence")
    widgets.tiles(
        [
            ("Validation, true", changed.prevalence.validation),
            (f"{words.begun(named)}, true", changed.prevalence.test),
            (f"{words.begun(named)}, from its scores alone", changed.inferred.test),
        ]
    )
    widgets.small(sentences.prevalence(changed, classes[1], named=named))
    with widgets.folded("For researchers: how the shift is measured"):
        widgets.small_table(sentences.chance_table(changed, classes), name="shift-and-chance")
        drawn.text("\n\n".join((how.PREVALENCE_ONLY, how.HOW_SHIFT, how.HOW_INFERRED)))


def across_hospitals(run: Run, threshold: float) -> None:
    elsewhere = at_hospitals.test_control(run)
    chose = called.chosen_on(run, threshold)
    counted = at_hospitals.counted_sets(run, chose, test_elsewhere=elsewhere)
    predicted = {rate: gateway.next_hospital(run, counted, threshold, rate) for rate in RATES}
    asking = at_hospitals.counted_sets(run, (), test_elsewhere=elsewhere)
    floors = state.floors()
    table = gateway.across_hospitals(run, threshold)
    widgets.callout("", hospitals.headline(table, predicted), warn=False)
    widgets.figure(
        hospitals_figure(table, predicted, chose=chose, dark=state.dark()),
        key="hospitals",
        table=table,
        alt=hospitals.alternative(table, predicted),
        name="hospitals",
        sets=words.sets_in_words(run.labelled_sets),
        threshold=called.in_pictures(run, threshold),
    )
    widgets.small_table(hospitals.for_people(run, table, threshold, floors), name="hospitals-table")
    if said := hospitals.left_out([name for name in run.sets if name not in run.labelled_sets]):
        widgets.small(said)
    if asking:
        widgets.label("The threshold that would have kept the promise")
        for asked in floors.items():
            at_hospitals.kept_elsewhere(run, asking, (asked,))
    with widgets.folded("For researchers: how hospitals are taken together"):
        drawn.text("\n\n".join((hospitals.how(predicted), at_hospitals.HOW_EVERY)))


def without_truth(run: Run, site: str, threshold: float) -> None:
    found = gateway.called_positive(run, site, threshold)
    widgets.sentence(unlabelled.called(found, site))
    stated, share = state.prevalences(), gateway.validation_share(run)
    for prevalence in stated or ((share,) if share is not None else ()):
        expected = gateway.expected_calls(run, site, threshold, prevalence)
        widgets.sentence(unlabelled.expected(expected, found.share.value, clinics=bool(stated)))
    if (inferred := gateway.prevalence_of_scores(run, site, threshold)) is not None:
        widgets.sentence(unlabelled.inferred(inferred))
    widgets.figure(
        site_scores_figure(table := gateway.scores_beside(run, site), site, threshold=threshold, dark=state.dark()),
        key=f"scores_{site}",
        table=table,
        alt=unlabelled.scores_alt(table, site),
        name=f"scores-{site}",
        sets=words.sets_in_words(table["set"].unique()),
        threshold=called.in_pictures(run, threshold),
    )
    with widgets.folded("What can be known without a truth"):
        drawn.text(unlabelled.HOW)


run = frame.opened_run()
frame.heading(run)
reported = frame.reading_bar(run, against_validation=True)
threshold = None
if "validation" not in state.splits(run) or reported is None:
    alone = next(iter(state.splits(run)), "validation")
    frame.to_lock(run)
    if not run.hidden:
        widgets.notice("Promise and delivery cannot be compared", words.only_split(alone))
else:
    found, named = None, theme.set_name(reported)
    with widgets.section("Is the promise held?"):
        if said := hospitals.chosen_here(called.chosen_on(run, state.threshold(run)), reported):
            widgets.callout("", said, warn=True)
        threshold = promise(run, reported)
    if threshold is not None:
        with widgets.section(f"Does {named} differ from validation?"):
            found = compared(run, reported, threshold)
    with widgets.section(f"What changed between validation and {named}"):
        shift(run, reported, threshold, found)
threshold = state.threshold(run) if threshold is None else threshold
if set(run.labelled_sets) - {"validation", "test"}:
    with widgets.section("Across hospitals"):
        across_hospitals(run, threshold)
for site in run.sets:
    if site not in run.labelled_sets:
        with widgets.section(f"Site {site}, whose truth is unknown"):
            without_truth(run, site, threshold)
