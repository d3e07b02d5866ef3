"""What our server adds to Streamlit's (``st.App``): what answers say, who may connect, where uploads lie.

``Home.py`` takes :func:`middleware`, :func:`failed` and :func:`lifespan`. None of it reads what is served.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from streamlit import cli_util, config
from streamlit.web.server import server_util

from dashboard.serving.headers import SaferAnswers, failed
from dashboard.serving.origin import SameOriginOnly
from dashboard.serving.uploads import keep_in_memory

__all__ = ["failed", "lifespan", "middleware"]


def middleware() -> list[Middleware]:
    """What every request passes before it reaches Streamlit, outermost first."""
    return [Middleware(SaferAnswers), Middleware(SameOriginOnly)]


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[None]:
    """Before the first request: uploads stay in memory, a desktop's browser opens, as without ``st.App``, and a widget
    may be told twice what it shows (``controls.bound``)."""
    config.set_option("global.disableWidgetStateDuplicationWarning", True)
    keep_in_memory(st.get_option("server.maxUploadSize"))
    if not st.get_option("server.headless"):
        cli_util.open_browser(server_util.get_url(st.get_option("server.address") or "localhost"))
    yield
