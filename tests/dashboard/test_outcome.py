"""What a threshold means in counts, in HTML: text from elsewhere arrives in it as text."""

from dashboard import outcome
from dashboard.outcome import Outcome

HOSTILE = "<img src=x onerror=alert(1)>"


def test_everything_is_escaped(written):
    found = Outcome(split="test", n_pos=1, n_neg=1, patients_pos=1, patients_neg=1, found=1, cleared=0)
    outcome.show(HOSTILE, found, (HOSTILE, HOSTILE), HOSTILE)
    assert len(written) == 1
    assert "&lt;img" in written[0] and "<img" not in written[0]


def test_one_image_is_singular(written):
    found = Outcome(split="test", n_pos=2, n_neg=1200, patients_pos=1, patients_neg=700, found=1, cleared=1198)
    outcome.show("Youden", found, ("without pneumonia", "with pneumonia"), "radiographs")
    assert "Of 2 radiographs with pneumonia (1 patient), 1 is found and 1 is missed." in written[0]
    assert "Of 1,200 without pneumonia (700 patients), 1,198 are sent home and 2 are falsely alarmed." in written[0]
