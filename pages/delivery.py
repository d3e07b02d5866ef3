"""Promise and delivery: what does test hold, does it differ from validation, and what changed?"""

from collections.abc import Mapping

import streamlit as st

from core.evaluation.comparing.difference_from_validation import Difference
from core.runs.store import Run
from dashboard import called, frame, gateway, state, theme, widgets, words
from dashboard.charts import delivery as charts
from dashboard.delivery import how
from dashboard.delivery import widgets as delivery_widgets
from dashboard.delivery import words as sentences
from dashboard.presets import locked_presets, presets


def promise(run: Run) -> float | None:
    """What became of the rule's promise, where it makes one; gives its threshold, None without one."""
    rules = (*presets(gateway.sweep(run, "validation"), state.floors()), *locked_presets(gateway.locked_points(run)))
    rule = delivery_widgets.rule_controls(rules, state.threshold(run))
    current = rule.name == delivery_widgets.CURRENT.name
    threshold = state.threshold(run) if current else rule.threshold
    if threshold is None:
        widgets.notice("Validation gives this rule no threshold", "Choose another rule, or a lower floor.",
                       detail=rule.reason)  # fmt: skip
        return None
    scale = state.scale(run)
    label = f"{rule.label} {rule.floor}".strip()
    at = f"{label}, at {called.scale_name(run)} of {theme.probability(scale.probability(threshold))}"
    if not rule.floors:
        widgets.callout("", how.PROMISES_NOTHING.format(rule=at))
        return threshold
    found = gateway.deliveries(run, threshold, rule.floors, delivery_widgets.margin_input())
    head, text, broken = sentences.headline(found, at)
    widgets.callout(head, text, warn=broken)
    delivery_widgets.promise_table(found, scale, caption=how.CHOSEN)
    widgets.small(sentences.needed_in_words(found, scale))
    with st.expander("How a promise is judged"):
        st.text("\n\n".join((how.HOW_PROMISE, how.HOW_SUPPORT)))
    return threshold


def compared(run: Run, threshold: float) -> Mapping[str, Difference]:
    """Both rates at one threshold, among all that are in play."""
    locked = {point.threshold for point in gateway.locked_points(run)}
    others = tuple(sorted(locked | {state.threshold(run)}))
    with st.spinner("Choosing again on resamples of validation"):
        found = gateway.differences(run, tuple(state.floors().items()), others)[threshold]
    text, lost = sentences.difference(found)
    widgets.callout("", text, warn=lost)
    delivery_widgets.difference_table(found, caption="")
    with st.expander("How the gap is corrected for the choice"):
        st.text(how.HOW_DIFFERENCE)
    return found


def shift(run: Run, threshold: float | None, found: Mapping[str, Difference] | None) -> None:
    with st.spinner("Exchanging patients between the splits"):
        changed = gateway.dataset_shift(run)
    classes = words.class_words(run)
    few = gateway.few_patients(run, ("validation", "test"))
    text, warn = sentences.conclusion(changed, found, classes, few)
    widgets.callout("", text, warn=warn)
    widgets.figure(
        charts.distributions_figure(
            table := gateway.distributions(run), theme.escaped(classes),
            threshold=threshold, dark=state.dark(),
        ),
        key="distributions", alt=sentences.distributions_alt(changed, classes), table=table,
        file_name=f"{run.run_id}-score-distributions",
    )  # fmt: skip
    widgets.small_table(sentences.shift_table(changed, classes), stack=True)
    widgets.label("Prevalence")
    widgets.tiles(
        [
            ("Validation, true", changed.prevalence.validation),
            ("Test, true", changed.prevalence.test),
            ("Test, from its scores alone", changed.inferred.test),
        ]
    )
    widgets.small(sentences.prevalence(changed, classes[1]))
    with st.expander("How the shift is taken apart"):
        st.text("\n\n".join((how.PREVALENCE_ONLY, how.HOW_SHIFT, how.HOW_INFERRED)))


run = frame.opened_run()
frame.heading(run)
frame.reading_bar(run, split=False)
shown = state.splits(run)
if len(shown) < 2:
    widgets.notice("Promise and delivery cannot be compared", words.only_split(shown[0], hidden=run.hidden))
else:
    threshold, found = None, None
    with widgets.section("Is the promise held?"):
        threshold = promise(run)
    if threshold is not None:
        with widgets.section("Does test differ from validation?"):
            found = compared(run, threshold)
    with widgets.section("What changed between validation and test"):
        shift(run, threshold, found)
