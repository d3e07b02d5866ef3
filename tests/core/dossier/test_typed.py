"""What was typed comes back as it was typed, and a file that cannot be read is refused in words."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.dossier.typed import FILE, LONGEST, Typed, read_typed, write_typed
from core.errors import RunFolderError

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


def test_nothing_was_typed(tmp_path):
    assert read_typed(tmp_path) == Typed()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXT, TEXT, TEXT)
def test_it_comes_back(tmp_path, standard, owner, ethics):
    typed = Typed(answers={"reference_standard": standard, "owner": owner}, items={"6": ethics})
    write_typed(tmp_path, typed)
    found = read_typed(tmp_path)
    kept = {name: text.strip() for name, text in typed.answers.items() if text.strip()}
    assert (dict(found.answers), dict(found.items)) == (kept, {"6": ethics.strip()} if ethics.strip() else {})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("owner = ", "cannot be read as TOML"),
        ('ovner = "x"', "ovner is not understood"),
        ("owner = 3", "owner is no text"),
        ('[items]\n6 = ["a"]', "6 is no text"),
        (f'owner = "{"x" * (LONGEST + 1)}"', "owner is no text of at most 4,000"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path, text, said):
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(RunFolderError, match=said):
        read_typed(tmp_path)


def test_a_disk_that_refuses_is_said(tmp_path):
    with pytest.raises(RunFolderError, match=r"dossier\.toml: cannot be written"):
        write_typed(tmp_path / "missing", Typed(answers={"owner": "x"}))
