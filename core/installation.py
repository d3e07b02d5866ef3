"""Start-up check: do the installed packages fit together? Says the command that mends them."""

from __future__ import annotations

import importlib
import sys
from importlib import metadata

from core.errors import InstallationError

OPENCV_PACKAGES = ("opencv-python", "opencv-python-headless", "opencv-contrib-python", "opencv-contrib-python-headless")


def check_opencv() -> None:
    """Refuse two OpenCV packages: they install into one folder, and which of them is imported is chance."""
    present = [name for name in OPENCV_PACKAGES if _version(name) is not None]
    if len(present) > 1:
        pip = f"{sys.executable} -m pip"
        raise InstallationError(
            f"{len(present)} OpenCV packages are installed ({', '.join(present)}) and overwrite each other; mend with\n"
            f"  {pip} uninstall -y {' '.join(present)} && {pip} install -r requirements.txt -c constraints.txt"
        )


def check_torch() -> None:
    """Refuse a torch and a torchvision that were not built for each other. Imports both."""
    try:
        importlib.import_module("torchvision")
    except (ImportError, RuntimeError, OSError, AttributeError) as error:
        raise InstallationError(
            f"torch ({_version('torch') or 'missing'}) and torchvision ({_version('torchvision') or 'missing'}) "
            f"do not fit together ({str(error).splitlines()[0]}); mend with\n"
            f"  {sys.executable} -m pip install --force-reinstall -c constraints.txt {' '.join(_pinned_pair())}"
        ) from error


def check_installation() -> None:
    """All checks that training needs. Raises :class:`InstallationError`."""
    check_opencv()
    check_torch()


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _pinned_pair() -> list[str]:
    """The lines of ``requirements.txt`` for torch and torchvision, which are a tested pair."""
    from core.config import PROJECT_FOLDER

    lines = (PROJECT_FOLDER / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.startswith(("torch=", "torchvision="))]
