"""Which pages may open a WebSocket, by the two headers alone."""

import pytest
from starlette.datastructures import Headers

from dashboard.serving.origin import same_origin


@pytest.mark.parametrize(
    ("origin", "host", "same"),
    [
        ("http://127.0.0.1:8501", "127.0.0.1:8501", True),
        ("http://localhost:8501", "LOCALHOST:8501", True),
        ("https://thresholds.example", "thresholds.example", True),
        ("http://[::1]:8501", "[::1]:8501", True),
        ("http://127.0.0.1:8502", "127.0.0.1:8501", False),
        ("http://127.0.0.1", "127.0.0.1:8501", False),
        ("http://localhost:8501", "127.0.0.1:8501", False),
        ("https://thresholds.example", "thresholds.example:8443", False),
        ("null", "127.0.0.1:8501", False),
        ("null", "", False),
        ("file://", "", False),
        ("http://", "", False),
        ("", "127.0.0.1:8501", False),
        ("http://[", "[", False),
    ],
)
def test_host_and_port_must_be_equal(origin, host, same):
    assert same_origin(Headers({"origin": origin, "host": host})) is same


def test_each_header_must_be_there_once():
    origin, host = (b"origin", b"http://a:1"), (b"host", b"a:1")
    assert same_origin(Headers(raw=[origin, host]))
    for raw in ([host], [origin], [origin, origin, host], [origin, host, host], []):
        assert not same_origin(Headers(raw=raw))
