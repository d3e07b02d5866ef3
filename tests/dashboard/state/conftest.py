"""A session and an address without a browser."""

from __future__ import annotations

import pytest


class Params(dict[str, str]):
    """Streamlit's parameters, which count how often they were written: each time is an entry of the history."""

    writes = 0

    def to_dict(self) -> dict[str, str]:
        return dict(self)

    def from_dict(self, values: dict[str, str]) -> None:
        self.writes += 1
        self.clear()
        self.update(values)

    def __setitem__(self, name: str, value: str) -> None:
        self.writes += 1
        super().__setitem__(name, value)


@pytest.fixture
def params(monkeypatch: pytest.MonkeyPatch) -> Params:
    """What stands in the address."""
    params = Params()
    monkeypatch.setattr("streamlit.query_params", params)
    return params


@pytest.fixture(autouse=True)
def session(monkeypatch: pytest.MonkeyPatch, params: Params) -> dict[str, object]:
    """What the session holds."""
    session: dict[str, object] = {}
    monkeypatch.setattr("streamlit.session_state", session)
    return session
