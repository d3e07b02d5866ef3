"""The headers where no browser gets: a server that fails, and an answer that has such a header already."""

import asyncio

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from dashboard import serving
from dashboard.serving.headers import HEADERS


def answered(endpoint):
    """The answer's status and headers; what the server raised."""
    app = Starlette(
        routes=[Route("/", endpoint)], middleware=serving.middleware(), exception_handlers={Exception: serving.failed}
    )
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b"", "app": app}
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    raised = None
    try:
        asyncio.run(app(scope, receive, send))
    except ZeroDivisionError as error:
        raised = error
    start = sent[0]
    return start["status"], [(name.decode(), value.decode()) for name, value in start["headers"]], raised


def test_a_server_that_fails_says_no_more_than_that():
    def broken(request: Request):
        raise ZeroDivisionError("secret")

    status, headers, raised = answered(broken)
    assert status == 500
    assert isinstance(raised, ZeroDivisionError), "the server's log has it"
    assert {name.lower(): value for name, value in HEADERS.items()}.items() <= dict(headers).items()


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_is_there_once(name):
    status, headers, raised = answered(lambda request: PlainTextResponse("", headers={name: "looser"}))
    assert (status, raised) == (200, None)
    assert [value for each, value in headers if each == name.lower()] == [HEADERS[name]]
