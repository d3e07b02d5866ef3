"""What the server was started with."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from core.errors import ConfigError
from dashboard.theme import PAGES

ROOT = Path(__file__).resolve().parent.parent.parent


def runs_folder() -> Path:
    """Where runs lie: ``streamlit run dashboard/Home.py -- --out DIR``, or ``runs`` in the project's folder."""
    return Path(_options().out).expanduser().absolute()


def first_page() -> str:
    """The page that opens first, of ``theme.PAGES``: ``-- --page NAME``, or the Overview."""
    return str(_options().page)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("--out", type=Path, default=ROOT / "runs")
    parser.add_argument("--page", choices=list(PAGES), default=next(iter(PAGES)))
    try:
        return parser.parse_known_args(sys.argv[1:])[0]
    except argparse.ArgumentError as error:
        usage = f"streamlit run dashboard/Home.py -- [--out DIR] [--page {'|'.join(PAGES)}]"
        raise ConfigError(f"{error}: {usage}") from error
