"""Promise and delivery: what did test keep, and what changed?"""

import streamlit as st

from core.evaluation.comparing.delivery import Deliveries
from core.runs.store import Run
from dashboard import called, frame, gateway, state, theme, widgets, words
from dashboard.charts import delivery as charts
from dashboard.delivery import widgets as delivery_widgets
from dashboard.delivery import words as sentences
from dashboard.presets import locked_presets, presets


def promise(run: Run) -> Deliveries | None:
    rules = presets(gateway.sweep(run, "validation"), state.floors())
    rule = delivery_widgets.rule_controls((*rules, *locked_presets(gateway.locked_points(run))), state.threshold(run))
    current = rule.name == delivery_widgets.CURRENT.name
    threshold = state.threshold(run) if current else rule.threshold
    if threshold is None:
        widgets.notice("Validation gives this rule no threshold", "Choose another rule, or a lower floor.",
                       detail=rule.reason)  # fmt: skip
        return None
    floor = (rule.name, rule.floor) if rule.floor else None
    found = gateway.deliveries(run, threshold, floor)
    scale = state.scale(run)
    label = f"{rule.label} {rule.floor}".strip()
    at = f"{label}, at {called.scale_name(run)} of {theme.probability(scale.probability(threshold))}"
    head, text, warn = sentences.headline(found, at)
    widgets.callout(head, text, warn=warn)
    delivery_widgets.delivery_table(found, scale, caption=sentences.CHOSEN)
    widgets.small(sentences.needed_in_words(found, scale))
    with st.expander("How these figures are made"):
        st.text(sentences.HOW_SUPPORT)
    return found


def shift(run: Run, found: Deliveries | None) -> None:
    with st.spinner("Exchanging patients between the splits"):
        changed = gateway.dataset_shift(run)
    classes = words.class_words(run)
    few = gateway.few_patients(run, ("validation", "test"))
    text, warn = sentences.conclusion(changed, found, classes, few)
    widgets.callout("", text, warn=warn)
    widgets.figure(
        charts.distributions_figure(
            table := gateway.distributions(run), theme.escaped(classes),
            threshold=None if found is None else found.threshold, dark=state.dark(),
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
        st.text("\n\n".join((sentences.PREVALENCE_ONLY, sentences.HOW_SHIFT, sentences.HOW_INFERRED)))


run = frame.opened_run()
frame.heading(run)
frame.reading_bar(run, split=False)
shown = state.splits(run)
if len(shown) < 2:
    widgets.notice("Promise and delivery cannot be compared", words.only_split(shown[0], hidden=run.hidden))
else:
    found = None
    with widgets.section("Was the promise kept?"):
        found = promise(run)
    with widgets.section("What changed between validation and test"):
        shift(run, found)
