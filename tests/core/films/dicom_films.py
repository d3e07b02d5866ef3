"""DICOM films in memory, with a patient's name planted in twelve fields."""

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

NAME = "Quixotesmith"
PATIENT_FIELDS = (
    "PatientName",
    "PatientID",
    "OtherPatientIDs",
    "PatientBirthName",
    "PatientMotherBirthName",
    "PatientAddress",
    "PatientComments",
    "ReferringPhysicianName",
    "InstitutionName",
    "StudyDescription",
    "AccessionNumber",
    "StudyID",
)


def dicom_film(gray: NDArray[np.uint8], **elements: Any) -> bytes:
    """``gray`` (h, w) as an uncompressed file; an element that is None is left out."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, generate_uid

    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.1"
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    dataset.Rows, dataset.Columns = gray.shape
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit, dataset.PixelRepresentation, dataset.SamplesPerPixel = 7, 0, 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.PixelData = gray.tobytes()
    dataset["PixelData"].VR = "OB"
    for name in PATIENT_FIELDS:
        setattr(dataset, name, NAME)
    for name, value in elements.items():
        if value is not None:
            setattr(dataset, name, value)
    content = io.BytesIO()
    dataset.save_as(content, enforce_file_format=True)
    return content.getvalue()
