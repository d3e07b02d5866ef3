"""Compare: two models, or a model and a reader, on the same children."""

from core.evaluation.comparing.paired import Comparison
from core.runs.compare import Point
from core.runs.store import Run
from core.telling.scale import scales
from dashboard import frame, gateway, state, widgets
from dashboard.compare import controls, disagreement, drawing, margin, pairs, words
from dashboard.compare import widgets as compare_widgets
from dashboard.words import class_words


def comparison(run: Run, other: Run, split: str, points: tuple[Point, Point]) -> None:
    """The answer and all that it rests on."""
    prevalence = next(iter(state.prevalences()), None)
    both = gateway.overlaid(run, other, split, points, prevalence, controls.alarms_held())
    found, runs, names = both.found.comparison, (run, other), (run.run_id, other.run_id)
    with widgets.section("What differs between A and B?"):
        widgets.callout("", words.answer(found, split, class_words(run)))
        at = [words.point(letter, own, point) for letter, own, point in zip("AB", runs, points, strict=True)]
        widgets.small(" ".join([*at, words.images(found, split)]))
        left_out(found)
    with widgets.section("Both on the same axes"):
        drawing.overlaid(both, runs, split)
    with widgets.section("Every figure of both"):
        controls.alarms_input()
        compare_widgets.figures_table(found, names)
        widgets.small(f"{words.worth(found)} {words.NOT_ALONE}")
        if split != "validation":
            margin.stated(found, run, other, split)
        folded = widgets.folded("For researchers: each two runs tested, and further runs")
        with folded, widgets.calm():
            pairs.every_pair(run, other, split)
    if both.found.reader:
        with widgets.section("The model at the reader's own rates"):
            compare_widgets.reader_table(both.found)
    if found.pairs is not None:
        with widgets.section("Where they disagree"):
            if both.concordance is not None:
                widgets.sentence(f"{words.concordance(both.concordance)} {words.discordant(found, names)}")
            shown = [next(iter(scales(own).values())) for own in runs]
            disagreement.show(disagreement.Disagreement(runs, both, (shown[0], shown[1])))


def left_out(found: Comparison) -> None:
    """The images whose truth differs."""
    ids = () if found.pairs is None else found.pairs.differing
    if ids:
        widgets.callout("", words.differing(ids), warn=True)
        with widgets.folded("Images whose truth differs"):
            widgets.listing(words.listed(ids), key="compare_differing", file_name="truth-differs")


run = frame.opened_run()
frame.heading(run)
frame.reading_bar(run, scale=False)
frame.to_lock(run)
split = state.split(run)
with widgets.calm():
    other = controls.other_run(run)
    if other is not None and controls.may_be_compared(other, split) and margin.was_looked_at(run, other, split):
        points = controls.points(run, other, split)
        comparison(run, other, split, points)
        margin.note_look(run, other, split)
