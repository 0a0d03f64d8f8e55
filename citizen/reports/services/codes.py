"""Query codes: derived from a secret, stored only as a keyed hash, compared in constant time."""

from __future__ import annotations

import hashlib
import hmac

from flask import current_app

from citizen.core.content import content
from citizen.core.numbers import derive_code, normalise_code, normalise_report_number
from citizen.reports.models import Report
from citizen.reports.queries import report_by_number

#: Compared with when there is no such report, so that an unknown number costs the same work as a wrong code.
_NO_HASH = "0" * 64
_NO_CODE = "0" * 10


def _secret() -> bytes:
    secret: bytes = current_app.config["SETTINGS"].secret_bytes
    return secret


def query_code(number: str, salt: str) -> str:
    """The ten characters (50 bits) that open the report ``number``; the same for the same secret and salt."""
    return derive_code(_secret(), "query-code", number, salt)


def code_hash(number: str, code: str) -> str:
    """What the database keeps of a code: HMAC-SHA256 under the site's secret, bound to the number."""
    return hmac.new(_secret(), f"code-hash:{number}:{code}".encode(), hashlib.sha256).hexdigest()


def known_code(report: Report) -> str | None:
    """The report's query code, derived again; None when the secret has changed since and it would be a
    wrong one."""
    code = query_code(report.number, report.salt)
    return code if hmac.compare_digest(code_hash(report.number, code), report.code_hash) else None


def check_code(number_raw: object, code_raw: object) -> Report | None:
    """The report that number and code together open, else None.

    Any way of typing them is read. An unknown number, an unreadable one and a wrong code take the same steps.
    """
    number = normalise_report_number(number_raw, content().site["report_prefix"]) or ""
    code = normalise_code(code_raw) or _NO_CODE
    report = report_by_number(number)
    expected = report.code_hash if report is not None else _NO_HASH
    fits = hmac.compare_digest(code_hash(number, code), expected)
    return report if fits and report is not None else None
