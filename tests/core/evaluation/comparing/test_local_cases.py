"""Samples of patients and what is left of a split."""

from core.evaluation.comparing.local_cases import draw_patients, without


def test_sample_has_whole_patients_and_rest_has_the_others(clustered):
    local = draw_patients(clustered, 150, seed=4)
    rest = without(clustered, local)
    assert local.n_patients == 150
    assert rest.n_patients == clustered.n_patients - 150
    assert local.n + rest.n == clustered.n
    assert not set(local.patient_id) & set(rest.patient_id)
    assert set(draw_patients(clustered, 150, seed=5).image_id) != set(local.image_id)
    assert draw_patients(clustered, 10_000).n == clustered.n


def test_an_image_that_is_known_takes_its_patient_along(make):
    split = make([0, 1, 1, 0], [0.0, 1.0, 2.0, 3.0], [0, 0, 1, 2])
    local = make([1], [9.0], [77])  # image0 is an image of patient0
    assert without(split, local).patient_id.tolist() == ["patient1", "patient2"]
