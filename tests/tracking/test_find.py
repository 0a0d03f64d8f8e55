"""Number and code: what opens a report, what does not, and that neither answer tells the two apart."""

from __future__ import annotations

import re
import statistics
import time
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from citizen.core import clock
from citizen.reports.services import codes
from citizen.tracking import rules
from tests.factories import make_report
from tests.tracking.conftest import Browser, code_of, open_report

WRONG, UNKNOWN = "0000000000", "YY26-0000-00"


@pytest.mark.both_databases
def test_number_and_code_open_the_report_for_this_browser_only(app: Flask, browser: Browser) -> None:
    report = make_report()
    mine, other = browser(), browser()
    response = open_report(mine, report)
    assert response.location == f"/reports/track/{report.number}"
    page = mine.get(response.location)
    assert page.status_code == 200 and page.headers["Cache-Control"] == "no-store"
    assert other.get(response.location).status_code == 303


@pytest.mark.parametrize(
    "typed",
    [
        lambda number, code: (number.lower(), code.lower()),
        lambda number, code: (number.replace("-", ""), f"{code[:5]} {code[5:]}"),
        lambda number, code: (f"  {number} ", f"{code[:5]}-{code[5:]}"),
        lambda number, code: (
            "".join(chr(ord(c) + 0xFEE0) for c in number),
            "".join(chr(ord(c) + 0xFEE0) for c in code),
        ),
        lambda number, code: (number.removeprefix("YY"), code),
    ],
)
def test_any_way_of_typing_is_read(app: Flask, browser: Browser, typed: Any) -> None:
    report = make_report()
    number, code = typed(report.number, code_of(report))
    response = browser().submit("/reports/track", {"number": number, "code": code})
    assert response.status_code == 303


def answers(client: Any, number: str, code: str) -> tuple[int, str]:
    """Status and page without what is random or was typed."""
    response = client.submit("/reports/track", {"number": number, "code": code})
    page = response.get_data(as_text=True)
    for changing in (r'nonce="[^"]+"', r'name="csrf_token"[^>]*>', r'value="[^"]*"'):
        page = re.sub(changing, "", page)
    return response.status_code, page


def test_wrong_code_and_unknown_number_get_the_same_answer(app: Flask, browser: Browser) -> None:
    report = make_report()
    client = browser()
    wrong = answers(client, report.number, WRONG)
    assert wrong[0] == 422
    assert answers(client, UNKNOWN, code_of(report)) == wrong
    assert answers(client, "what?", code_of(report)) == wrong


def medians(client: Any, pairs: list[tuple[str, str]], *, rounds: int) -> list[float]:
    """Median seconds of each pair, taken in turn so that the machine's moods meet all of them."""
    token = client.token("/reports/track")
    taken: list[list[float]] = [[] for _pair in pairs]
    for _round in range(rounds):
        for index, (number, code) in enumerate(pairs):
            begin = time.perf_counter()
            client.post("/reports/track", data={"csrf_token": token, "number": number, "code": code})
            taken[index].append(time.perf_counter() - begin)
    return [statistics.median(values) for values in taken]


def test_both_refusals_take_the_same_time(app: Flask, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    report = make_report()
    client = browser()
    monkeypatch.setattr("citizen.tracking.views.finding.TRIES_PER_VISITOR", "100000/hour")
    monkeypatch.setattr("citizen.tracking.views.finding.TRIES_PER_NUMBER", "100000/hour")
    pairs = [(report.number, WRONG), (UNKNOWN, WRONG)]
    medians(client, pairs, rounds=10)
    for _try in range(5):
        wrong, unknown = medians(client, pairs, rounds=40)
        if abs(wrong - unknown) <= 0.1 * max(wrong, unknown):
            break
    else:
        pytest.fail(f"wrong code {wrong:.5f} s, unknown number {unknown:.5f} s")


def test_the_measure_of_time_would_see_a_difference(
    app: Flask, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: comparing only when the number exists costs time, and is seen."""
    report = make_report()
    client = browser()
    monkeypatch.setattr("citizen.tracking.views.finding.TRIES_PER_VISITOR", "100000/hour")
    monkeypatch.setattr("citizen.tracking.views.finding.TRIES_PER_NUMBER", "100000/hour")
    honest = codes.check_code

    def leaky(number: object, code: object) -> Any:
        if codes.report_by_number(str(number)) is not None:
            time.sleep(0.01)
        return honest(number, code)

    monkeypatch.setattr("citizen.tracking.views.finding.check_code", leaky)
    wrong, unknown = medians(client, [(report.number, WRONG), (UNKNOWN, WRONG)], rounds=10)
    assert wrong > 1.1 * unknown


@pytest.mark.both_databases
def test_ten_failures_in_an_hour_are_enough(app: Flask, browser: Browser) -> None:
    report = make_report()
    client = browser()
    for _try in range(10):
        assert client.submit("/reports/track", {"number": UNKNOWN, "code": WRONG}).status_code == 422
    blocked = client.submit("/reports/track", {"number": report.number, "code": code_of(report)})
    assert blocked.status_code == 429 and blocked.headers["Retry-After"] == "3600"
    with time_machine.travel(clock.now() + timedelta(minutes=61)):
        open_report(client, report)


def test_a_number_is_guarded_against_many_visitors(app: Flask, browser: Browser) -> None:
    report, another = make_report(), make_report()
    client = browser()
    token = client.token("/reports/track")

    def try_from(address: str, number: str, code: str) -> int:
        data = {"csrf_token": token, "number": number, "code": code}
        return client.post("/reports/track", data=data, environ_base={"REMOTE_ADDR": address}).status_code

    statuses = [try_from(f"10.0.0.{n}", report.number, WRONG) for n in range(21)]
    assert statuses == [422] * 20 + [429]
    assert try_from("10.0.1.1", report.number, code_of(report)) == 429
    assert try_from("10.0.1.2", another.number, code_of(another)) == 303


def test_unreadable_numbers_of_others_shut_nobody_out(app: Flask, browser: Browser) -> None:
    client = browser()
    token = client.token("/reports/track")
    data = {"csrf_token": token, "number": "?", "code": WRONG}
    for n in range(25):
        assert client.post("/reports/track", data=data, environ_base={"REMOTE_ADDR": f"10.0.0.{n}"}).status_code == 422


def test_looking_at_ones_own_report_is_never_counted(app: Flask, browser: Browser) -> None:
    report = make_report()
    client = browser()
    for _time in range(12):
        open_report(client, report)
    assert client.get(f"/reports/track/{report.number}").status_code == 200


def test_the_grant_ends_after_a_day(app: Flask, browser: Browser) -> None:
    report = make_report()
    client = browser()
    open_report(client, report)
    start = clock.now()
    with time_machine.travel(start + rules.OPEN_FOR - timedelta(minutes=1)):
        assert client.get(f"/reports/track/{report.number}").status_code == 200
    with time_machine.travel(start + rules.OPEN_FOR + timedelta(minutes=1)):
        assert client.get(f"/reports/track/{report.number}").status_code == 303


def test_a_browser_holds_only_so_many_reports(app: Flask, browser: Browser) -> None:
    reports = [make_report(f"第{n}个") for n in range(rules.MOST_OPEN + 2)]
    client = browser()
    for report in reports:
        open_report(client, report)
    assert client.get(f"/reports/track/{reports[-1].number}").status_code == 200
    assert client.get(f"/reports/track/{reports[0].number}").status_code == 303


def test_the_code_stands_in_no_address_and_no_log(
    app: Flask, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    report = make_report()
    client = browser()
    with caplog.at_level(0):
        response = open_report(client, report)
        page = client.get(response.location).get_data(as_text=True)
    code = code_of(report)
    assert code not in response.location and code not in caplog.text and code not in page


def test_the_number_in_the_address_is_filled_in(app: Flask, browser: Browser) -> None:
    page = browser().get("/reports/track?number=yy260000zz").get_data(as_text=True)
    assert 'value="YY26-0000-ZZ"' in page


NASTY = [
    "",
    " ",
    "²",
    "９" * 12,
    "\x00",
    "YY26-0000-00\x00",
    "A" * 5_000,
    "-1",
    "1e309",
    "NaN",
    "'\" OR 1=1",
    "%s%n",
    "\u202eYY26",
    "\ufffd",
]


@pytest.mark.parametrize("value", NASTY)
def test_nothing_that_can_be_typed_breaks_the_form(app: Flask, browser: Browser, value: str) -> None:
    client = browser()
    for data in ({"number": value, "code": "x"}, {"number": UNKNOWN, "code": value}):
        assert client.submit("/reports/track", data).status_code == 422
    assert client.get("/reports/track", query_string={"number": value}).status_code == 200
    assert client.get(f"/reports/track/{value or 'x'}").status_code in (303, 404)
