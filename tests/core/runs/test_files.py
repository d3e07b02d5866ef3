import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.runs.files import plain, write_json

_LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
_VALUES = st.recursive(
    _LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.lists(st.text()), max_leaves=20
)


@given(value=_VALUES)
def test_json_is_indented_as_python_indents_it(tmp_path_factory: pytest.TempPathFactory, value: object):
    file: Path = tmp_path_factory.mktemp("json") / "value.json"
    write_json(file, value)
    assert file.read_text(encoding="utf-8") == json.dumps(plain(value), indent=2) + "\n"
