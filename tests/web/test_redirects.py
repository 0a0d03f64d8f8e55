"""Going on after a form never leads to another site."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask

from citizen.web.redirects import safe_next

NASTY = json.loads((Path(__file__).parents[1] / "nasty.json").read_text())
EXTRA = [
    "//e", "/\\e", "/\t/e", "/%2F/e", "https:e", "javascript:alert(1)", "/%09/e", "/\r\nSet-Cookie: a=b", "////e",
    "//user@e", "//例子.测试", "/%2e%2e//e", "/static/css/base.css", "/nowhere", "/account/sign-out", "x" * 600, None,
    "/account/sign-in\n", "\x00", "http://localhost/account/", "/account//evil.example", "/office/audit\\@evil",
]  # fmt: skip


@pytest.mark.parametrize("target", [*EXTRA, *NASTY["redirects"]])
def test_hostile_targets_lead_home(app: Flask, target: str | None) -> None:
    with app.test_request_context("/", base_url="http://localhost"):
        found = safe_next(target)
    assert found == "/"


@pytest.mark.parametrize(
    "target", ["/", "/account/", "/office/audit?subject=case&before=9", "/account/sign-in?next=/account/"]
)
def test_pages_of_ours_are_kept(app: Flask, target: str) -> None:
    with app.test_request_context("/", base_url="http://localhost"):
        found = safe_next(target)
    assert found == target
    assert urlsplit(urljoin("http://localhost/", found)).netloc == "localhost"
