"""Public data sets in miniature: their folders and headers, a few tiny images, and the awkward rows that they have.

``python tests/core/data/layouts/miniatures.py DIR`` writes them all, each into a folder of its name.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid

SIDE = 40


def pixels(number: int) -> np.ndarray:
    return np.random.default_rng(number).integers(0, 256, (SIDE, SIDE), dtype=np.uint8)


def picture(path: Path, number: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), pixels(number))


def dicom(path: Path, number: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    meta = FileMetaDataset()
    meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = ExplicitVRLittleEndian, SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=[str(number)])
    one = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    one.SOPClassUID, one.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    one.Rows = one.Columns = SIDE
    one.SamplesPerPixel, one.PhotometricInterpretation, one.PixelRepresentation = 1, "MONOCHROME2", 0
    one.BitsAllocated, one.BitsStored, one.HighBit = 8, 8, 7
    one.PixelData = pixels(number).tobytes()
    pydicom.dcmwrite(path, one, enforce_file_format=True)


def nih(folder: Path) -> Path:
    """Ages with a unit, an impossible one, a row with a field too many, a file that is not there."""
    rows = [
        "00000001_000.png,Cardiomegaly,0,1,058Y,M,PA,2682,2749,0.143,0.143,",
        "00000001_001.png,Pneumonia|Infiltration,1,1,058Y,M,AP,2894,2729,0.143,0.143,",
        "00000002_000.png,No Finding,0,2,011M,F,PA,2500,2048,0.168,0.168,",
        "00000003_000.png,Pneumonia,0,3,414Y,F,PA,2500,2048,0.168,0.168,",
        "00000004_000.png,No Finding,0,4,003D,F,PA,2500,2048,0.168,0.168,",
        "00000005_000.png,No Finding,0,5,017Y,M,PA,2500,2048,0.168,0.168,,x",
        "00000006_000.png,Hernia,0,6,007Y,M,PA,2500,2048,0.168,0.168,",
    ]
    header = (
        "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,"
        "OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y],"
    )
    for number, row in enumerate(rows[:-1]):
        picture(folder / f"images_00{1 + number % 2}" / "images" / row.split(",")[0], number)
    return table(folder / "Data_Entry_2017.csv", header, rows)


def rsna(folder: Path) -> Path:
    """Two boxes of one image; a class that is neither."""
    rows = [
        "0004cfab,,,,,0",
        "00313ee0,,,,,0",
        "00436515,264.0,152.0,213.0,379.0,1",
        "00436515,562.0,152.0,256.0,453.0,1",
    ]
    classes = [
        "0004cfab,No Lung Opacity / Not Normal",
        "00313ee0,Normal",
        "00436515,Lung Opacity",
        "00436515,Lung Opacity",
    ]
    for number, name in enumerate(("0004cfab", "00313ee0", "00436515")):
        dicom(folder / "stage_2_train_images" / f"{name}.dcm", number)
    table(folder / "stage_2_detailed_class_info.csv", "patientId,class", classes)
    return table(folder / "stage_2_train_labels.csv", "patientId,x,y,width,height,Target", rows)


FOUR_VALUES = (
    "No Finding,Enlarged Cardiomediastinum,Cardiomegaly,Lung Opacity,Lung Lesion,Edema,Consolidation,Pneumonia"
)


def chexpert(folder: Path) -> Path:
    """Uncertain and empty labels, a lateral view, a child, unpacked into a folder of another name."""
    place = "CheXpert-v1.0-small/train"
    rows = [
        f"{place}/patient00001/study1/view1_frontal.jpg,Female,68,Frontal,AP,,,,,,,,1.0",
        f"{place}/patient00001/study1/view2_lateral.jpg,Female,68,Lateral,,,,,,,,,1.0",
        f"{place}/patient00002/study1/view1_frontal.jpg,Male,87,Frontal,PA,1.0,,,,,,,",
        f"{place}/patient00003/study1/view1_frontal.jpg,Male,41,Frontal,AP,,,1.0,,,,,",
        f"{place}/patient00004/study1/view1_frontal.jpg,Male,17,Frontal,AP,,,,,,,,0.0",
        f"{place}/patient00005/study1/view1_frontal.jpg,Male,41,Frontal,AP,,,,,,,,-1.0",
    ]
    for number, row in enumerate(rows):
        picture(folder / row.split(",")[0].removeprefix("CheXpert-v1.0-small/"), number)
    return table(folder / "train.csv", f"Path,Sex,Age,Frontal/Lateral,AP/PA,{FOUR_VALUES}", rows)


def vindr_pcxr(folder: Path) -> Path:
    """Three readers who agree, two of three, one against one; one finding with a comma in another table's name."""
    rows = [
        *(f"aa01,R{reader},0.0,1.0,0.0" for reader in (1, 2, 3)),
        "bb02,R1,0.0,1.0,0.0",
        "bb02,R2,1.0,0.0,0.0",
        "bb02,R3,1.0,0.0,0.0",
        "cc03,R1,0.0,1.0,0.0",
        "cc03,R2,0.0,0.0,1.0",
        "dd04,R1,1.0,0.0,0.0",
    ]
    for number, name in enumerate(("aa01", "bb02", "cc03", "dd04")):
        dicom(folder / "train" / f"{name}.dicom", number)
    return table(folder / "image_labels_train.csv", "image_id,rad_ID,No finding,Pneumonia,Bronchitis", rows)


def vindr_cxr(folder: Path) -> Path:
    """A row a box: a reader who draws two, and one who finds nothing."""
    rows = [
        "ee05,Pneumonia,1,R8,10,10,20,20",
        "ee05,Pneumonia,1,R8,30,10,35,20",
        "ee05,Consolidation,4,R9,10,10,20,20",
        "ee05,Pneumonia,1,R10,10,10,20,20",
        *(f"ff06,No finding,14,R{reader},,,," for reader in (8, 9, 10)),
    ]
    for number, name in enumerate(("ee05", "ff06")):
        dicom(folder / "train" / f"{name}.dicom", number)
    return table(folder / "train.csv", "image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max", rows)


def padchest(folder: Path) -> Path:
    """Lists in a cell, a lateral view, an image that the authors exclude, a birth that nobody knows, a child."""
    rows = [
        "1_a.png,0,20140915,s1,p1,1930.0,M,PA,\"['pneumonia', 'pleural effusion']\"",
        "1_b.png,0,20140915,s1,p1,1930.0,M,L,\"['pneumonia', 'pleural effusion']\"",
        "2_a.png,1,20101001,s2,p2,2005.0,F,PA,['normal']",
        "3_a.png,1,20101001,s3,p3,,F,AP_horizontal,\"['scoliosis', ' normal']\"",
        "4_a.png,1,20101001,s4,p4,1950.0,F,EXCLUDE,['exclude']",
        "5_a.png,1,20101001,s5,p5,1950.0,F,PA,",
    ]
    for number, row in enumerate(rows):
        picture(folder / row.split(",")[1] / row.split(",")[0], number)
    header = "ImageID,ImageDir,StudyDate_DICOM,StudyID,PatientID,PatientBirth,PatientSex_DICOM,Projection,Labels"
    return table(folder / "PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv", header, rows)


def mimic(folder: Path) -> Path:
    """A study of two views, and one of which the report does not speak; labels a study, images in their own table."""
    images = [
        ("02aa804e", "10000032", "50414267", "PA", "train"),
        ("174413ec", "10000032", "50414267", "LATERAL", "train"),
        ("2a2277a9", "10000032", "53189527", "AP", "test"),
        ("e084de3b", "10000764", "57375967", "", "test"),
    ]
    for number, (dicom_id, subject, study, _, _) in enumerate(images):
        picture(folder / "files" / f"p{subject[:2]}" / f"p{subject}" / f"s{study}" / f"{dicom_id}.jpg", number)
    head = "dicom_id,subject_id,study_id,PerformedProcedureStepDescription,ViewPosition"
    rows = [f"{dicom_id},{subject},{study},CHEST,{view}" for dicom_id, subject, study, view, _ in images]
    table(folder / "mimic-cxr-2.0.0-metadata.csv", head, rows)
    rows = [f"{dicom_id},{study},{subject},{split}" for dicom_id, subject, study, _, split in images]
    table(folder / "mimic-cxr-2.0.0-split.csv", "dicom_id,study_id,subject_id,split", rows)
    rows = ["10000032,50414267,,,,,,,,1.0", "10000032,53189527,1.0,,,,,,,", "10000764,57375967,,,,,,,,-1.0"]
    return table(folder / "mimic-cxr-2.0.0-chexpert.csv", f"subject_id,study_id,{FOUR_VALUES}", rows)


def covid(folder: Path) -> Path:
    """Masks of the same names beside the images; the workbook of Normal spells names in capitals; a third class."""
    named = {"COVID": ("COVID-1",), "Normal": ("NORMAL-1", "NORMAL-2"), "Viral Pneumonia": ("Viral Pneumonia-1",)}
    number = 0
    for name, files in named.items():
        for file in files:
            on_disk = file.replace("NORMAL", "Normal")
            picture(folder / name / "images" / f"{on_disk}.png", number := number + 1)
            mask = np.zeros((SIDE, SIDE), np.uint8)
            mask[8:30, 6:18] = 255
            (folder / name / "masks").mkdir(exist_ok=True)
            cv2.imwrite(str(folder / name / "masks" / f"{on_disk}.png"), mask)
        rows = [{"FILE NAME": file, "FORMAT": "PNG", "SIZE": "256*256", "URL": "https://example.org"} for file in files]
        pd.DataFrame(rows).to_excel(folder / f"{name}.metadata.xlsx", index=False)
    return folder / "COVID.metadata.xlsx"


def table(path: Path, header: str, rows: list[str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


ALL: dict[str, Callable[[Path], Path]] = {
    made.__name__: made for made in (nih, rsna, chexpert, vindr_pcxr, vindr_cxr, padchest, mimic, covid)
}


if __name__ == "__main__":
    for name, made in ALL.items():
        print(made(Path(sys.argv[1]) / name))
