from core.runs.class_words import class_words, finding


def test_classes_are_called_by_the_finding_or_by_their_labels():
    assert class_words(["NORMAL", "PNEUMONIA"]) == ("without pneumonia", "with pneumonia")
    assert class_words(None) == ("labelled negative", "labelled positive")
    assert finding(["no", "Pleural_Effusion"]) == "pleural effusion"
    assert finding(None) == ""
