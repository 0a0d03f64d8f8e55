"""Production starts only on settings that keep residents safe."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from citizen.config import ConfigError, load_settings

GOOD = {
    "CITIZEN_ENV": "production",
    "CITIZEN_SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz-ABCDEF",
    "CITIZEN_BASE_URL": "https://yunyi.example",
}


def test_good_settings_pass(tmp_path: Path) -> None:
    settings = load_settings({**GOOD, "CITIZEN_DATA_DIR": str(tmp_path)})
    assert settings.production
    assert settings.trusted_hosts == ("yunyi.example",), "neither localhost nor anything else"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"CITIZEN_SECRET_KEY": ""}, "CITIZEN_SECRET_KEY"),
        ({"CITIZEN_SECRET_KEY": "short"}, "CITIZEN_SECRET_KEY"),
        ({"CITIZEN_SECRET_KEY": "a" * 64}, "CITIZEN_SECRET_KEY"),
        ({"FLASK_DEBUG": "1"}, "FLASK_DEBUG"),
        ({"FLASK_DEBUG": "True"}, "FLASK_DEBUG"),
        ({"CITIZEN_BASE_URL": ""}, "CITIZEN_BASE_URL"),
        ({"CITIZEN_BASE_URL": "http://yunyi.example"}, "CITIZEN_BASE_URL"),
        ({"CITIZEN_TRUSTED_PROXIES": "²"}, "CITIZEN_TRUSTED_PROXIES"),
        ({"CITIZEN_TRUSTED_PROXIES": "-1"}, "CITIZEN_TRUSTED_PROXIES"),
        ({"CITIZEN_ENV": "prod"}, "CITIZEN_ENV"),
    ],
)
def test_unsafe_settings_are_refused_by_name(tmp_path: Path, change: dict[str, str], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        load_settings({**GOOD, "CITIZEN_DATA_DIR": str(tmp_path), **change})


def test_the_process_itself_does_not_start(tmp_path: Path) -> None:
    environment = {**os.environ, **GOOD, "CITIZEN_DATA_DIR": str(tmp_path), "CITIZEN_SECRET_KEY": "weak"}
    run = subprocess.run(
        [sys.executable, "-c", "import wsgi"], env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode != 0
    assert "CITIZEN_SECRET_KEY" in run.stderr
