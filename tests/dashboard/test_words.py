from dataclasses import replace

from core.telling.scale import scales_of
from dashboard import words
from dashboard.overview import tables


def test_facts(run):
    assert words.facts(run, 240).endswith("480 images of 240 patients · ResNet-18 at 96 px, 8 epochs")
    assert words.facts(replace(run, checkpoint=None), 240).endswith("imported predictions, no images")


def test_text_alternatives_hold_the_numbers(run):
    table = tables.discrimination(run)
    text = words.discrimination_in_words(table)
    assert all(f"{value:.3f}" in text for value in table["value"])
    composition = tables.composition(run)
    text = words.composition_in_words(composition, ("without", "with"))
    assert all(f"{number} with" in text for number in composition["with"])
    assert "8 epochs" in words.training_in_words(run.history)
    assert words.training_in_words(run.history.iloc[:0]) == "No epoch was finished."


def test_a_patient_with_more_than_a_tenth_of_a_split_is_named():
    assert words.largest_patients({"train": 0.1, "validation": 0.02, "test": 0.0}) == ""
    assert words.largest_patients({"validation": 0.52, "test": 0.1}) == (
        "One patient has 52 % of the images of validation: intervals are wider for it, or absent."
    )
    assert words.largest_patients({"validation": 0.52, "test": 0.104}) == (
        "One patient has 52 % of the images of validation and one 10 % of the images of test: intervals are wider for "
        "it, or absent."
    )


def test_a_negative_has_no_cause_and_a_positive_without_one_is_not_known():
    def called(*, positives, negatives, levels_of_positives=True):
        return words.without_level(levels_of_positives=levels_of_positives, positives=positives, negatives=negatives)

    assert called(positives=False, negatives=True) == "none"
    assert called(positives=True, negatives=False) == "not known"
    assert called(positives=True, negatives=True) == "none or not known"
    assert called(positives=False, negatives=True, levels_of_positives=False) == "not known"


def test_leakage_says_what_was_not_looked_for(run):
    def text(**data):
        changed = replace(run, manifest={**run.manifest, "data": data})
        return words.leakage_in_words(changed, tables.leakage(changed))

    nothing = {"images": [], "patients": []}
    assert "was not checked" in text(kind="folder")
    assert text(leakage=nothing) == "No image and no patient is known to stand both in test and outside it."
    assert text(leakage={**nothing, "validation_patients": ["p"]}).startswith("1 patient both in a split and outside")
    imported = text(kind="predictions", leakage=nothing)
    assert "No image" not in imported
    assert "Identical images cannot be looked for" in imported
    assert "1 patient both" in text(kind="predictions", leakage={"images": [], "patients": ["p"]})


def test_a_calibrated_probability_is_named_with_the_share_it_belongs_to():
    known = scales_of({"temperature": {"value": 2.0}})
    calibrated, raw = known["calibrated"], known["raw"]
    assert words.scale_in_words(calibrated, 0.74, "with pneumonia") == (
        "calibrated probability at validation's 74 % with pneumonia"
    )
    assert words.scale_in_words(calibrated, None, "with pneumonia") == "calibrated probability"
    assert words.scale_in_words(raw, 0.74, "with pneumonia") == "raw probability"


def test_a_threshold_in_the_clinic_is_what_bayes_rule_gives():
    """Even odds among 80 % ill are odds of 1 to 4 among an even share, and 1 to 36 among 10 %."""
    known = scales_of({"temperature": {"value": 2.0}})
    assert words.in_clinic(known["calibrated"], 0.0, 0.8, (0.1, 0.5)) == (
        "0.0270 to 0.2000 at your clinic's 10 % to 50 %, if the scores within each class stay as they are"
    )
    assert words.in_clinic(known["calibrated"], 0.0, 0.8, (0.5,)).startswith("0.2000 at your clinic's 50 %,")
    assert words.in_clinic(known["calibrated"], 0.0, 0.8, ()) == ""
    assert words.in_clinic(known["raw"], 0.0, 0.8, (0.5,)) == ""
    assert words.in_clinic(known["calibrated"], 0.0, None, (0.5,)) == ""
