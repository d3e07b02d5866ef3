import pytest

from core.errors import RunFolderError
from core.runs.site_names import check_site_name


@pytest.mark.parametrize("name", ["north", "St-Marys.2024", "a", "0", "x" * 80, "console", "tests"])
def test_names_that_every_file_system_takes(name: str) -> None:
    assert check_site_name(name, ["other"]) == name


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "empty"),
        ("x" * 81, "1 to 80"),
        (".hidden", "beginning with"),
        ("_x", "beginning with"),
        ("a b", "letters"),
        ("ä", "letters"),
        ("../x", "letters"),
        ("a\n", "letters"),
        ("end.", "ending in a dot"),
        *(
            (word, "the run's own images")
            for word in ("validation", "VAL", "valid", "train", "Training", "test", "All")
        ),
        *((word, "device") for word in ("con", "NUL", "com1", "LPT9.north", "aux.x")),
        ("north", "already"),
        ("North", "differs from 'north' in capitals only"),
    ],
)
def test_names_that_lead_elsewhere_or_mean_something_else(name: str, why: str) -> None:
    with pytest.raises(RunFolderError, match=why):
        check_site_name(name, ["north"])
