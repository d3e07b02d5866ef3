"""What people call their columns, in the languages that hospitals write in; compared without case, signs or spaces."""

from __future__ import annotations

import re
from collections.abc import Iterable

from core.tables import cells

_NAMES = {
    "image_id": "image_id image img image_name image_index image_file image_path img_id img_name filename file "
    "file_name file_id path filepath file_path relative_path dicom dicom_id sop_instance_uid sopinstanceuid "
    "study_instance_uid accession accession_number exam exam_id untersuchung untersuchung_id untersuchungsnummer "
    "bild bild_id bildname bilddatei datei dateiname aufnahme fichier image_fichier imagen archivo examen imagem "
    "arquivo exame immagine esame afbeelding bestand onderzoek",
    "patient_id": "patient_id patient patientid patient_no patient_number patient_nr pat_id pid subject subject_id "
    "mrn person person_id patienten_id patientennummer patienten_nr patientin patiente paciente paciente_id "
    "id_paciente paziente id_paziente patiënt patientnummer identifiant_patient",
    "split": "split set partition subset dataset_split data_split teilung aufteilung ensemble conjunto",
    "site": "site hospital clinic centre center institution standort klinik krankenhaus hopital hôpital "
    "ospedale ziekenhuis centro clinica",
    "date": "date study_date exam_date acquisition_date studydate acquisitiondate datum untersuchungsdatum "
    "aufnahmedatum date_examen fecha fecha_estudio data_esame data_exame onderzoeksdatum",
    "label": "y_true label labels finding_label finding_labels truth ground_truth groundtruth gt target y class "
    "diagnosis reference gold reference_standard diagnose befund klasse wahrheit verite vérité classe diagnostic "
    "etiqueta diagnóstico diagnostico diagnosi etichetta uitslag",
    "score": "logit probability prob proba score y_score y_prob y_pred_proba p confidence likelihood risk risk_score "
    "prediction pred output model_output percent percentage percentile ai_score wahrscheinlichkeit konfidenz risiko "
    "prozent vorhersage modellausgabe probabilité probabilite confiance probabilidad probabilidade confianza "
    "probabilità probabilita kans waarschijnlijkheid",
}
_WORDS = {role: frozenset(re.split(r"\s+", names)) for role, names in _NAMES.items()}


def called(role: str, names: Iterable[str]) -> list[str]:
    """The ``names`` of columns that mean the ``role``; a canonical name alone where one is there."""
    plain = {name: re.sub(r"_+", "_", re.sub(r"[^\w]+", "_", cells.plain_name(name))).strip("_") for name in names}
    exact = [name for name, word in plain.items() if word == role]
    return exact or [name for name, word in plain.items() if word in _WORDS[role]]


def parts(name: str) -> frozenset[str]:
    """The words in a column's name."""
    return frozenset(re.split(r"[\W_]+", cells.plain_name(name)))


def told_to_be_probability(name: str) -> bool:
    """Whether a column's name says that its scores are probabilities."""
    words = ("prob", "wahrscheinlich", "likelihood", "kans", "waarschijnlijk")
    return any(word in cells.plain_name(name) for word in words)


def told_to_be_percent(name: str) -> bool:
    """Whether a column's name says that its scores are percentages."""
    plain = cells.plain_name(name)
    return "%" in plain or bool(parts(name) & {"percent", "percentage", "prozent", "pct", "pourcent", "porcentaje"})
