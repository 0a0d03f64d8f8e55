"""Browsers that hold a report, and browsers that do not."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from citizen.cases.models import Case, CaseReport
from citizen.cases.rules import Actor
from citizen.cases.services import merging, release
from citizen.cases.services.door import lock_case
from citizen.core.database import transaction
from citizen.extensions import db
from citizen.reports.models import Report
from citizen.reports.services.codes import query_code
from citizen.web.idempotency import new_key
from tests.client import PageClient
from tests.factories import by

Browser = Callable[[], PageClient]


@pytest.fixture
def browser(app: Flask) -> Browser:
    """Makes a new browser with an empty session each time."""
    app.test_client_class = PageClient
    return app.test_client  # type: ignore[return-value]


def code_of(report: Report) -> str:
    """The query code that the receipt shows."""
    return query_code(report.number, report.salt)


def open_report(client: FlaskClient, report: Report) -> Any:
    """Type number and code, as the sender does."""
    page = "/reports/track"
    response = client.submit(page, {"number": report.number, "code": code_of(report)})  # type: ignore[attr-defined]
    assert response.status_code == 303, response.get_data(as_text=True)[-1500:]
    return response


def do(client: FlaskClient, number: str, verb: str, **data: Any) -> Any:
    """Send one form of the tracking page with a key of its own, unless one is given."""
    values = {"key": new_key(), "csrf_token": client.token("/reports/track"), **data}  # type: ignore[attr-defined]
    return client.post(f"/reports/track/{number}/{verb}", data=values, headers={"Sec-Fetch-Site": "same-origin"})


def text_of(response: Any) -> str:
    """What a reader reads: the page without its tags, scripts and spaces."""
    page = re.sub(r"<script.*?</script>", " ", response.get_data(as_text=True), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def report_of(case: Case) -> Report:
    """The first report that a case gathers."""
    query = db.select(Report).join(CaseReport, CaseReport.report_id == Report.id)
    return db.session.execute(query.where(CaseReport.case_id == case.id).order_by(Report.id)).scalars().first()


def release_case(case: Case) -> str:
    """Show an accepted case to people nearby; returns its public number."""
    with transaction():
        found = lock_case(case.number, check=False)
        return release.release(found, titles=("松心大道垃圾桶满溢", ""), precision="area", photo_ids=[], by=by())


def merge_cases(case: Case, target: Case) -> None:
    """A moderator finds that both are the same problem."""
    with transaction():
        locked_target = lock_case(target.number, check=False)
        merging.merge(lock_case(case.number, check=False), locked_target, reason_code="same_spot", by=by())


def unmerge_case(case: Case) -> None:
    """The shift leader finds that they were not."""
    with transaction():
        merging.unmerge(lock_case(case.number, check=False), by=by("leader", Actor.LEADER))
