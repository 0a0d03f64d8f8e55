""" "Me too": once for each person, only for what is released, and undone by the same person."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from citizen.cases.models import Supporter
from citizen.cases.services import release
from citizen.core.audit import history
from citizen.core.database import transaction
from citizen.extensions import db
from citizen.reports.services import drafts
from citizen.tracking.services.supporting import supporter_hash
from tests.factories import by, in_transaction, make_case
from tests.tracking.conftest import Browser, merge_cases, open_report, release_case, report_of, text_of
from tests.tracking.test_acting import drive, fresh


def press(client: Any, number: str, what: str = "join") -> Any:
    data = {"csrf_token": client.token("/reports/track")}
    return client.post(f"/reports/nearby/{number}/{what}", data=data, headers={"Sec-Fetch-Site": "same-origin"})


@pytest.mark.both_databases
def test_everybody_counts_once(app: Flask, browser: Browser) -> None:
    case = make_case("accepted")
    number = release_case(case)
    first, second = browser(), browser()
    for _press in range(3):
        answer = press(first, number)
        assert (answer.status_code, answer.location) == (303, f"/reports/nearby/{number}")
    assert fresh(case).supporter_count == 1
    press(second, number)
    assert fresh(case).supporter_count == 2
    assert "松心大道垃圾桶满溢" in text_of(first.get(f"/reports/nearby/{number}"))
    assert press(first, number, "leave").status_code == 303
    assert fresh(case).supporter_count == 1
    assert [event.action for event in history("case", case.id)].count("support") == 2


def test_an_account_counts_once_on_all_its_devices(app: Flask, browser: Browser) -> None:
    case = make_case("accepted")
    number = release_case(case)
    for _device in range(2):
        client = browser()
        client.sign_in("resident@demo.invalid")
        press(client, number)
    assert fresh(case).supporter_count == 1


def test_the_table_names_nobody(app: Flask, browser: Browser, people: dict[str, Any]) -> None:
    case = make_case("accepted")
    client = browser()
    client.sign_in("resident@demo.invalid")
    press(client, release_case(case))
    (row,) = db.session.execute(db.select(Supporter)).scalars().all()
    assert row.device_hash == supporter_hash(f"person:{people['resident'].id}") and len(row.device_hash) == 64
    assert all(event.actor_id is None for event in history("case", case.id) if event.action == "support")


def test_who_reported_it_is_not_counted_again(app: Flask, browser: Browser) -> None:
    case = make_case("accepted")
    number = release_case(case)
    client = browser()
    open_report(client, report_of(case))
    assert press(client, number).status_code == 303
    assert fresh(case).supporter_count == 0


@pytest.mark.parametrize("number", ["N000000000", "x", "²", "N" * 5_000, "a b", "%00", "\u202e"])
def test_unknown_numbers_are_not_found(app: Flask, browser: Browser, number: str) -> None:
    client = browser()
    assert client.get(f"/reports/nearby/{number}").status_code == 404
    for what in ("join", "leave", "confirm"):
        assert press(client, number, what).status_code == 404
    assert not db.session.execute(db.select(Supporter)).first()


def test_numbers_of_reports_and_cases_lead_nowhere(app: Flask, browser: Browser) -> None:
    case = make_case("accepted")
    release_case(case)
    for number in (case.number, report_of(case).number):
        assert press(browser(), number).status_code == 404


def test_what_was_withdrawn_is_not_found(app: Flask, browser: Browser) -> None:
    case = make_case("accepted")
    number = release_case(case)
    client = browser()
    press(client, number)
    in_transaction(case, lambda row: release.unrelease(row, by=by()))
    for what in ("join", "leave", "confirm"):
        assert press(client, number, what).status_code == 404
    assert client.get(f"/reports/nearby/{number}").status_code == 404


def test_getting_the_page_counts_nobody(app: Flask, browser: Browser) -> None:
    case = make_case("accepted")
    number = release_case(case)
    client = browser()
    assert client.get(f"/reports/nearby/{number}").status_code == 200
    assert client.get(f"/reports/nearby/{number}/join").status_code == 405
    assert fresh(case).supporter_count == 0


def test_supporters_move_with_a_merger(app: Flask, browser: Browser) -> None:
    case, target = make_case("accepted"), make_case("accepted")
    client = browser()
    press(client, release_case(case))
    merge_cases(case, target)
    assert fresh(target).supporter_count == 1


@pytest.mark.both_databases
def test_a_reporter_and_two_supporters_close_a_fix(app: Flask, browser: Browser) -> None:
    case = make_case("accepted")
    number = release_case(case)
    early, second, late = browser(), browser(), browser()
    press(early, number)
    press(second, number)
    drive(case, "dispatch", "sign", "hand_in")
    press(late, number)
    for client in (early, late, early):
        assert press(client, number, "confirm").status_code == 303
    reporter = browser()
    open_report(reporter, report_of(case))
    data = {"csrf_token": reporter.token("/reports/track"), "key": "0" * 32}
    reporter.post(f"/reports/track/{report_of(case).number}/confirm", data=data)
    # Whoever joined after the hand-in does not count: the unit could send them.
    assert fresh(case).state == "to_verify"
    assert press(second, number, "confirm").status_code == 303
    assert (fresh(case).state, fresh(case).resolution) == ("closed", "fixed")


def test_two_supporters_without_the_reporter_close_nothing(app: Flask, browser: Browser) -> None:
    case = make_case("accepted")
    number = release_case(case)
    clients = [browser() for _client in range(4)]
    for client in clients:
        press(client, number)
    drive(case, "dispatch", "sign", "hand_in")
    for client in clients:
        press(client, number, "confirm")
    assert fresh(case).state == "to_verify"


def test_only_supporters_confirm(app: Flask, browser: Browser) -> None:
    case = make_case("accepted")
    number = release_case(case)
    assert press(browser(), number, "confirm").status_code == 404


def test_an_unfinished_report_is_kept_and_can_be_discarded(app: Flask, browser: Browser) -> None:
    case = make_case("accepted")
    number = release_case(case)
    client = browser()
    started = client.submit("/reports/new", {"token": "0" * 32, "skip": "1"})
    assert started.status_code == 303
    key = started.location.split("/")[3]
    press(client, number)
    page = client.get(f"/reports/nearby/{number}").get_data(as_text=True)
    assert f"/reports/new/{key}/check" in page and f"/reports/new/{key}/clear" in page
    with transaction():
        drafts.clear(key)
    assert f"/reports/new/{key}" not in client.get(f"/reports/nearby/{number}").get_data(as_text=True)
