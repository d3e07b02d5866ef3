"""The server's settings lie beside the entry script and keep the dashboard on this machine."""

import tomllib
from pathlib import Path

CONFIG = Path(__file__).resolve().parents[2] / "dashboard" / ".streamlit" / "config.toml"


def test_server_stays_on_this_machine_and_asks_for_nothing():
    config = tomllib.loads(CONFIG.read_text())
    assert config["server"]["address"] == "127.0.0.1"
    assert config["server"]["allowedHosts"] == ["localhost", "127.0.0.1"]
    assert config["server"]["enableXsrfProtection"]
    assert config["server"]["enableCORS"]
    assert not config["server"]["enableStaticServing"]
    assert not config["server"]["showEmailPrompt"]
    assert not config["browser"]["gatherUsageStats"]
    assert config["client"]["showErrorDetails"] == "none"


def test_no_table_leaves_by_an_export_that_guards_no_formula():
    assert tomllib.loads(CONFIG.read_text())["client"]["disableDataExport"]
