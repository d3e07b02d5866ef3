"""A folder with one subfolder for each class, directly or below ``train``, ``val`` and ``test``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from core.data.classes import choose_classes
from core.data.contents import MASK_FOLDER
from core.data.dicom import is_dicom
from core.data.names import printable
from core.data.records import DataIndex, ImageRecord, SkippedFile
from core.disk import refusal
from core.errors import DataError

EXPECTED = "expected {train,test}/{NORMAL,PNEUMONIA} or {NORMAL,PNEUMONIA} in it, or a CSV given by --labels"

_SPLIT_FOLDERS = {"train": "train", "val": "train", "valid": "train", "validation": "train", "test": "test"}
_EXTENSIONS = {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".tif", ".tiff", ".dcm", ".dicom"}
_LITTER = {".ds_store", "thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx", "@eadir"}


@dataclass(slots=True)
class _Walk:
    """Collects the image files below a folder, and what lies there besides."""

    root: Path
    skipped: list[SkippedFile] = field(default_factory=list)
    seen: set[tuple[int, int]] = field(default_factory=set)
    """Device and inode of every folder entered: symbolic links can lead in circles."""

    def subfolders(self, folder: str) -> list[str]:
        """Names of the folders directly in ``folder``; files there belong to no class and are skipped."""
        names = []
        for entry in self._entries(folder):
            if not _is_text(entry.name):
                self.skip(_join(folder, entry.name), "its name is not valid UTF-8; rename it")
            elif entry.is_dir():
                names.append(entry.name)
            else:
                self.skip(_join(folder, entry.name), "lies in no class folder")
        return names

    def images(self, folder: str) -> Iterator[str]:
        """Paths, relative to the root, of the image files at any depth below ``folder``, which was entered."""
        for entry in self._entries(folder):
            path = _join(folder, entry.name)
            if not _is_text(entry.name):
                self.skip(path, "its name is not valid UTF-8; rename it")
            elif entry.is_dir():
                if _extension(path) in _EXTENSIONS:
                    self.skip(path, "a folder, not an image")
                if self.enter(path):
                    yield from self.images(path)
            elif reason := _unusable(entry):
                self.skip(path, reason)
            else:
                yield path

    def skip(self, path: str, reason: str) -> None:
        self.skipped.append(SkippedFile(path=printable(path), reason=reason))

    def skip_folder(self, folder: str, reason: str) -> None:
        """List a folder as one, with the number of files at any depth below it."""
        files = sum(len(names) for _, _, names in os.walk(self.root / folder))
        self.skip(f"{folder}/", f"{reason} (with {files} file{'' if files == 1 else 's'})")

    def enter(self, folder: str) -> bool:
        """Whether ``folder`` can be read and has not been entered before, by this or another name."""
        try:
            found = (self.root / folder).stat()
        except OSError as error:
            self.skip(folder, f"folder cannot be read: {refusal(error)}")
            return False
        if (found.st_dev, found.st_ino) in self.seen:
            self.skip(folder, "a link to a folder that is read elsewhere")
            return False
        self.seen.add((found.st_dev, found.st_ino))
        return True

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        """What lies in ``folder``, by name; hidden files and those of operating systems are skipped."""
        try:
            with os.scandir(self.root / folder) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            self.skip(folder or ".", f"folder cannot be read: {refusal(error)}")
            return []
        return [entry for entry in entries if not self._is_aside(entry, _join(folder, entry.name))]

    def _is_aside(self, entry: os.DirEntry[str], path: str) -> bool:
        """Whether ``entry`` is hidden or an operating system's own; it is then skipped."""
        litter = entry.name.casefold() in _LITTER
        if not litter and not entry.name.startswith("."):
            return False
        kind = "operating-system" if litter else "hidden"
        if entry.is_dir():
            self.skip_folder(path, f"{kind} folder")
        else:
            self.skip(path, f"{kind} file")
        return True


def has_class_folders(root: Path, class_names: tuple[str, str]) -> bool:
    """Whether one of the two lies in ``root``, or in its ``train``, ``val`` or ``test``."""
    walk, names = _Walk(root), {name.casefold() for name in class_names}
    top = walk.subfolders("")
    inside = [name for parent in top if parent.casefold() in _SPLIT_FOLDERS for name in walk.subfolders(parent)]
    return any(name.casefold() in names for name in (*top, *inside))


def index_unlabelled(root: Path, class_names: tuple[str, str]) -> DataIndex:
    """Every image at any depth below ``root``, about which nobody says which class it is of."""
    walk = _Walk(root)
    walk.enter("")
    records = [ImageRecord(image_id=path, path=path, label=None, patient_id="") for path in walk.images("")]
    return DataIndex(
        name=root.resolve().name or "data",
        root=root,
        class_names=class_names,
        records=tuple(records),
        skipped=tuple(walk.skipped),
        layout="images without labels",
    )


def index_folders(root: Path, positive_class: str | None, class_names: tuple[str, str] | None = None) -> DataIndex:
    """Every image below the class folders of ``root``, with an empty patient_id. Raises DataError.

    With ``class_names`` they are these two, and one of them is enough.
    """
    walk = _Walk(root)
    top = walk.subfolders("")
    splits = [name for name in top if name.casefold() in _SPLIT_FOLDERS]
    folders = {parent: walk.subfolders(parent) for parent in splits} or {"": top}
    class_names = class_names or _class_names(root, folders, positive_class)
    for name in top:
        if splits and name not in splits:
            walk.skip_folder(name, "a folder that is neither train, val nor test")
    has_test = any(_split_of(name) == "test" for name in splits)
    # All are entered before any is read: a link in one class to the other would give images the wrong label.
    class_folders = list(_class_folders(walk, folders, class_names))
    records = [
        ImageRecord(image_id=path, path=path, label=label, patient_id="", split=_split_of(parent) if has_test else None)
        for parent, name, label in class_folders
        for path in walk.images(_join(parent, name))
    ]
    if has_test and not any(record.split == "test" for record in records):
        raise DataError(f"{root}: the test folder holds no images; fill it, or remove it to have a test split cut")
    where = f"folders {', '.join(splits)}" if splits else "folders"
    return DataIndex(
        name=root.resolve().name or "data",
        root=root,
        class_names=class_names,
        records=tuple(records),
        skipped=tuple(walk.skipped),
        layout=f"{where} with {class_names[0]} and {class_names[1]}",
    )


def _class_folders(
    walk: _Walk, folders: dict[str, list[str]], class_names: tuple[str, str]
) -> Iterator[tuple[str, str, int]]:
    """Parent, name and label of every folder of one of the two classes, all of them entered."""
    label_of = {name.casefold(): label for label, name in enumerate(class_names)}
    for folder in sorted({"", *folders}):
        walk.enter(folder)
    for parent, names in folders.items():
        for name in names:
            if name.casefold() not in label_of:
                reason = f"a folder that is neither {class_names[0]} nor {class_names[1]}"
                walk.skip_folder(_join(parent, name), reason)
            elif walk.enter(_join(parent, name)):
                yield parent, name, label_of[name.casefold()]


def _split_of(folder: str) -> str:
    return _SPLIT_FOLDERS[folder.casefold()]


def _class_names(root: Path, folders: dict[str, list[str]], positive_class: str | None) -> tuple[str, str]:
    names = [name for inside in folders.values() for name in inside]
    if "" in folders:
        for name in names:
            if any((root / name / split).is_dir() for split in ("train", "test")):
                raise DataError(f"{root}: the data set lies one folder deeper; say --data {root / name}")
        if pictures := _beside_masks(root, names):
            raise DataError(
                f"{root}: masks and pictures lie in folders of their own; the pictures are named by --data "
                f"{root / pictures}"
            )
    if not names:
        raise DataError(f"{root}: no class folders found; {EXPECTED}")
    return choose_classes(names, positive_class, where=f"folders in {root}")


def _beside_masks(root: Path, names: list[str]) -> str:
    """The folder with the same two folders or more as one that is called after masks; "" where there is none."""
    inside = {name: {path.name for path in (root / name).iterdir() if path.is_dir()} for name in names}
    masks = [name for name in names if MASK_FOLDER.fullmatch(name)]
    return next((one for one in names for mask in masks if one != mask and len(inside[one] & inside[mask]) > 1), "")


def _unusable(entry: os.DirEntry[str]) -> str | None:
    """Why a file in a class folder is no candidate; None when it is one."""
    if not entry.is_file():
        return "a broken link" if entry.is_symlink() else "not a regular file"
    extension = _extension(entry.name)
    if extension in _EXTENSIONS:
        return None
    # DICOM files often have no extension, end in the last number of their unique identifier, or as a device likes it.
    if _says_dicom(Path(entry.path)):
        return None
    return f"not a JPEG, PNG, TIFF or DICOM file by its name ({printable(extension) or 'no extension'})"


def _says_dicom(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return is_dicom(file.read(132))
    except OSError:
        return True  # listed with the reason when it is decoded


def _is_text(name: str) -> bool:
    """False for bytes that the file system could not give as text."""
    return printable(name) == name


def _extension(path: str) -> str:
    return PurePosixPath(path).suffix.casefold()


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
