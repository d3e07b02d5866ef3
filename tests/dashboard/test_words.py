from dataclasses import replace

from dashboard import tables, words


def test_facts(run):
    assert words.facts(run).endswith("480 images of 240 patients · ResNet-18 at 96 px, 8 epochs")
    assert words.facts(replace(run, checkpoint=None)).endswith("imported predictions, no images")


def test_text_alternatives_hold_the_numbers(run):
    table = tables.discrimination(run)
    text = words.discrimination_in_words(table)
    assert all(f"{value:.3f}" in text for value in table["value"])
    composition = tables.composition(run)
    text = words.composition_in_words(composition, ("without", "with"))
    assert all(f"{number} with" in text for number in composition["with"])
    assert "8 epochs" in words.training_in_words(run.history)
    assert words.training_in_words(run.history.iloc[:0]) == "No epoch was finished."
