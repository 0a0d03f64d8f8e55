"""What senders may do: the table of rights, each deed once, and nobody else's report."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from citizen.cases.models import Appeal, Case, Check, Question
from citizen.cases.rules import TRANSITIONS, CaseState
from citizen.cases.services import triage
from citizen.core import clock
from citizen.core.audit import history
from citizen.extensions import db
from citizen.photos.queries import photos_of
from citizen.reports.models import Message, Report
from citizen.tracking.rules import VERBS, Standing, possible, span
from citizen.web.idempotency import new_key
from tests.factories import _STEPS, PHOTO, by, case_of, in_transaction, make_case, make_report
from tests.tracking.conftest import Browser, do, merge_cases, open_report, report_of, text_of

NOW = datetime(2026, 9, 1, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)
S = CaseState

RIGHTS = [
    (Standing(S.SUBMITTED), ["add", "withdraw"]),
    (Standing(S.NEED_INFO), ["answer", "withdraw"]),
    (Standing(S.ACCEPTED), ["add", "confirm", "withdraw"]),
    (Standing(S.DISPATCHED), ["add", "confirm"]),
    (Standing(S.IN_PROGRESS), ["add", "confirm"]),
    (Standing(S.SUSPENDED), ["add", "confirm"]),
    (Standing(S.TO_VERIFY), ["add", "confirm"]),
    (Standing(S.TO_VERIFY, confirmed=True), ["add"]),
    (Standing(S.CLOSED, closed_at=NOW - 15 * DAY), ["dispute"]),
    (Standing(S.CLOSED, closed_at=NOW - 15 * DAY - timedelta(seconds=1)), []),
    (Standing(S.CLOSED, closed_at=NOW, disputed=True), []),
    (Standing(S.REJECTED, "test_submission", rejected_at=NOW, object_until=NOW), ["object"]),
    (Standing(S.REJECTED, "test_submission", rejected_at=NOW, object_until=NOW - timedelta(seconds=1)), []),
    (Standing(S.REJECTED, "test_submission", rejected_at=NOW, object_until=NOW, objected=True), []),
    (Standing(S.REJECTED, "no_reply", rejected_at=NOW - 15 * DAY), ["revive"]),
    (Standing(S.REJECTED, "not_enough_facts", rejected_at=NOW - 15 * DAY, revived=True), []),
    (Standing(S.REJECTED, "no_reply", rejected_at=NOW - 15 * DAY - timedelta(seconds=1)), []),
    (Standing(S.MERGED), []),
    (Standing(S.REFERRED), []),
    (Standing(S.WITHDRAWN), []),
    (Standing(S.SUBMITTED, taken_back=True), []),
]


@pytest.mark.parametrize(("standing", "verbs"), RIGHTS)
def test_rights(standing: Standing, verbs: list[str]) -> None:
    assert possible(standing, NOW) == verbs


def test_rights_and_transitions_agree() -> None:
    for verb in ("answer", "withdraw"):
        assert {state for state in S if verb in possible(Standing(state), NOW)} == TRANSITIONS[verb].sources


@pytest.mark.parametrize(
    ("seconds", "parts"), [(0, (0, 0, 0)), (-5, (0, 0, 0)), (97_200, (1, 3, 0)), (3_659, (0, 1, 0))]
)
def test_spans(seconds: int, parts: tuple[int, int, int]) -> None:
    found = span(NOW, NOW + timedelta(seconds=seconds))
    assert (found.days, found.hours, found.minutes) == parts


def opened(browser: Browser, state: str = "submitted", **more: Any) -> tuple[Any, Case, Report]:
    """A browser that holds the report of a new case in ``state``."""
    case = make_case(state, **more)
    report = report_of(case)
    client = browser()
    open_report(client, report)
    return client, case, report


def fresh(row: Any) -> Any:
    return db.session.get_one(type(row), row.id, populate_existing=True)


def messages_of(report: Report) -> list[Message]:
    return list(db.session.execute(db.select(Message).where(Message.report_id == report.id)).scalars())


STATE_OF = {
    "add": "submitted",
    "answer": "need_info",
    "confirm": "in_progress",
    "object": "rejected",
    "revive": "rejected",
    "dispute": "closed",
    "withdraw": "submitted",
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("who", ["nobody", "another sender", "staff"])
def test_nobody_else_gets_anywhere(app: Flask, browser: Browser, verb: str, who: str) -> None:
    """Every route of tracking, for somebody else's report and for one that never was: the same answers."""
    mine = report_of(make_case(STATE_OF[verb]))
    client = browser()
    if who == "another sender":
        open_report(client, make_report())
    elif who == "staff":
        client.sign_in("moderator@demo.invalid")
    before = len(history("report", mine.id))
    for number in (mine.number, "YY26-ZZZZ-ZZ"):
        for path in (f"/reports/track/{number}", f"/reports/track/{number}/{verb}"):
            answer = client.get(path)
            assert (answer.status_code, answer.location) == (303, f"/reports/track?number={number}")
        assert do(client, number, verb, words="x", reason="no_reason_given").status_code == 404
    assert len(history("report", mine.id)) == before and not messages_of(mine)


def test_a_grant_for_one_report_opens_no_other(app: Flask, browser: Browser) -> None:
    one, two = make_report(), make_report()
    first, second = browser(), browser()
    open_report(first, one)
    open_report(second, two)
    assert first.get(f"/reports/track/{one.number}").status_code == 200
    assert first.get(f"/reports/track/{two.number}").status_code == 303
    assert second.get(f"/reports/track/{one.number}").status_code == 303


def test_a_signed_in_sender_needs_no_code(app: Flask, browser: Browser, people: dict[str, Any]) -> None:
    report = make_report(person_id=people["resident"].id)
    client = browser()
    client.sign_in("resident@demo.invalid")
    assert client.get(f"/reports/track/{report.number}").status_code == 200
    other = browser()
    other.sign_in("volunteer@demo.invalid" if "volunteer" in people else "moderator@demo.invalid")
    assert other.get(f"/reports/track/{report.number}").status_code == 303


def test_no_deed_without_the_forms_token(app: Flask, browser: Browser) -> None:
    client, _case, report = opened(browser)
    for verb in VERBS:
        answer = client.post(f"/reports/track/{report.number}/{verb}", data={"words": "x", "key": new_key()})
        assert answer.status_code == 400
    assert not messages_of(report)


@pytest.mark.both_databases
def test_the_same_form_sent_twice_adds_one_message(app: Flask, browser: Browser) -> None:
    client, case, report = opened(browser)
    key = new_key()
    for _press in range(2):
        answer = do(client, report.number, "add", words="桶又满了", key=key)
        assert (answer.status_code, answer.location) == (303, f"/reports/track/{report.number}")
    assert [message.words for message in messages_of(report)] == ["桶又满了"]
    assert fresh(case).answered
    assert do(client, report.number, "add", words="另一句", key=key).status_code == 422
    assert "桶又满了" in text_of(client.get(f"/reports/track/{report.number}"))


def photo(name: str = "a.jpg", data: bytes = PHOTO) -> tuple[io.BytesIO, str]:
    return io.BytesIO(data), name


def test_photos_alone_are_enough_and_count_once(app: Flask, browser: Browser) -> None:
    client, case, report = opened(browser)
    assert do(client, report.number, "add", photos=[photo(), photo("b.jpg")]).status_code == 303
    (message,) = messages_of(report)
    assert len(photos_of("message", message.id)) == 1 and fresh(case).photo_count == 1


@pytest.mark.parametrize(
    "data",
    [
        {"words": ""},
        {"words": " \u200b\n"},
        {"words": "长" * 2_001},
        {"words": "bad", "key": "x"},
        {"words": "bad", "key": "²" * 32},
        {"words": "kept words", "photos": [(io.BytesIO(b"no photo"), "a.jpg")]},
        {"words": "kept words", "photos": [(io.BytesIO(PHOTO + bytes([n])), f"{n}.jpg") for n in range(4)]},
    ],
)
def test_what_cannot_be_added_is_explained_and_the_words_stay(
    app: Flask, browser: Browser, data: dict[str, Any]
) -> None:
    client, _case, report = opened(browser)
    answer = do(client, report.number, "add", **data)
    assert answer.status_code == 422 and not messages_of(report)
    page = answer.get_data(as_text=True)
    assert 'id="errors"' in page
    if data["words"].strip(" \u200b\n"):
        assert data["words"][:20] in page


@pytest.mark.parametrize(
    "words",
    ["\x00", "a\x00b", "\u202eabc", "<script>alert(1)</script>", "{{7*7}}", "%(x)s", "=1+1", "😀" * 900],
)
def test_any_text_is_kept_as_text(app: Flask, browser: Browser, words: str) -> None:
    client, _case, report = opened(browser)
    client.echoes = True
    answer = do(client, report.number, "add", words=words)
    assert answer.status_code in (303, 422)
    page = client.get(f"/reports/track/{report.number}")
    assert page.status_code == 200 and "<script>alert" not in page.get_data(as_text=True)


def test_fields_that_are_not_asked_for_change_nothing(app: Flask, browser: Browser) -> None:
    client, case, report = opened(browser)
    extra = {
        "status": "closed",
        "state": "closed",
        "person_id": "1",
        "kind": "confirm",
        "report_id": "1",
        "version": "99",
    }
    do(client, report.number, "add", words="x y", **extra)
    assert fresh(case).state == "submitted" and messages_of(report)[0].kind == "addition"


@pytest.mark.both_databases
def test_an_answer_moves_the_case_on(app: Flask, browser: Browser) -> None:
    client, case, report = opened(browser, "need_info")
    assert "坏的是第几根灯杆" in text_of(client.get(f"/reports/track/{report.number}"))
    assert do(client, report.number, "answer", words="第三根").status_code == 303
    assert fresh(case).state == "submitted" and fresh(case).due_at is not None
    question = db.session.execute(db.select(Question).where(Question.case_id == case.id)).scalar_one()
    assert question.answer == "第三根"
    assert do(client, report.number, "answer", words="还有").status_code == 409


@pytest.mark.both_databases
def test_withdrawing_deletes_what_reaches_the_sender(app: Flask, browser: Browser) -> None:
    client, case, report = opened(browser, "accepted", phone="13800138000", email="a@example.org")
    assert client.get(f"/reports/track/{report.number}/withdraw").status_code == 200
    assert do(client, report.number, "withdraw", reason="nonsense").status_code == 422
    assert do(client, report.number, "withdraw", reason="sent_by_mistake").status_code == 303
    report = fresh(report)
    assert fresh(case).state == "withdrawn"
    assert (report.contact_phone, report.contact_email, report.contact_name, report.contact_phone_typed) == (
        None,
        None,
        "",
        "",
    )
    page = client.get(f"/reports/track/{report.number}?lang=en")
    assert page.status_code == 200
    assert "Others reported the same thing" not in text_of(page), "nobody else did: the case ended with the report"
    assert "You took your report back" not in text_of(page), "the timeline says it twice"


def test_somebody_who_worries_takes_the_photos_along(app: Flask, browser: Browser) -> None:
    client, _case, report = opened(browser, photos=2)
    do(client, report.number, "withdraw", reason="privacy_worry")
    assert not photos_of("report", report.id)


def test_photos_added_later_go_along(app: Flask, browser: Browser) -> None:
    client, _case, report = opened(browser, photos=1)
    assert do(client, report.number, "add", words="再拍一张", photos=[photo()]).status_code == 303
    message = db.session.execute(db.select(Message.id).where(Message.report_id == report.id)).scalar_one()
    assert len(photos_of("message", message)) == 1
    do(client, report.number, "withdraw", reason="privacy_worry")
    assert not photos_of("report", report.id) and not photos_of("message", message)


def test_the_case_ends_with_its_last_sender(app: Flask, browser: Browser) -> None:
    one, first, kept = opened(browser, "accepted")
    two, second, report = opened(browser)
    merge_cases(second, first)
    assert "goes on without your report" in text_of(two.get(f"/reports/track/{report.number}/withdraw?lang=en"))
    assert do(two, report.number, "withdraw", reason="no_reason_given").status_code == 303
    assert fresh(first).state == "accepted"
    assert "goes on without your report" not in text_of(one.get(f"/reports/track/{kept.number}/withdraw?lang=en"))
    assert do(one, kept.number, "withdraw", reason="no_reason_given").status_code == 303
    assert fresh(first).state == "withdrawn", "nobody is left who reported it"


@pytest.mark.parametrize("state", ["dispatched", "in_progress", "to_verify", "closed"])
def test_after_dispatch_nothing_can_be_taken_back(app: Flask, browser: Browser, state: str) -> None:
    client, case, report = opened(browser, state, phone="13800138000")
    assert client.get(f"/reports/track/{report.number}/withdraw").status_code == 409
    answer = do(client, report.number, "withdraw", reason="sent_by_mistake")
    assert answer.status_code == 409 and report.number in answer.get_data(as_text=True)
    assert fresh(case).state == state and fresh(report).contact_phone == "13800138000"


def test_one_of_several_senders_leaves_and_the_case_goes_on(app: Flask, browser: Browser) -> None:
    first = make_case("accepted")
    client, second, report = opened(browser, phone="13800138000")
    merge_cases(second, first)
    assert do(client, report.number, "withdraw", reason="no_reason_given").status_code == 303
    assert fresh(first).state == "accepted" and fresh(report).contact_phone is None
    page = text_of(client.get(f"/reports/track/{report.number}?lang=en"))
    assert "Others reported the same thing" in page and "You took your report back" in page
    assert do(client, report.number, "add", words="doch").status_code == 409


@pytest.mark.both_databases
def test_objecting_to_a_refusal(app: Flask, browser: Browser) -> None:
    client, case, report = opened(browser, "rejected")
    key = new_key()
    assert do(client, report.number, "object", words="", key=key).status_code == 422
    for _press in range(2):
        assert do(client, report.number, "object", words="它就在那里", key=key).status_code == 303
    found = db.session.execute(db.select(Appeal).where(Appeal.case_id == case.id)).scalars().all()
    assert [(row.kind, row.words) for row in found] == [("refusal", "它就在那里")]
    assert do(client, report.number, "object", words="再说一次").status_code == 409
    with time_machine.travel(clock.now() + 20 * DAY):
        open_report(client, report)
        assert do(client, report.number, "object", words="迟了").status_code == 409


def test_more_facts_bring_a_report_back_once(app: Flask, browser: Browser) -> None:
    client, case, report = opened(browser)
    refuse = lambda row: triage.reject(row, reason_code="not_enough_facts", words="", by=by())  # noqa: E731
    in_transaction(case, refuse)
    received = case.received_at
    assert do(client, report.number, "revive", words="在东门第二个桶旁边", photos=[photo()]).status_code == 303
    case = fresh(case)
    assert (case.state, case.revived, case.received_at, case.photo_count) == ("submitted", True, received, 1)
    in_transaction(case, refuse)
    assert do(client, report.number, "revive", words="再来").status_code == 409


def test_a_refusal_for_other_reasons_cannot_be_revived(app: Flask, browser: Browser) -> None:
    client, case, report = opened(browser, "rejected")
    assert do(client, report.number, "revive", words="再来").status_code == 409
    assert fresh(case).state == "rejected"


@pytest.mark.both_databases
def test_disputing_a_fix(app: Flask, browser: Browser) -> None:
    client, case, report = opened(browser, "closed")
    assert do(client, report.number, "dispute", words="还是满的", photos=[photo()]).status_code == 303
    found = db.session.execute(db.select(Appeal).where(Appeal.case_id == case.id)).scalar_one()
    (message,) = messages_of(report)
    assert (found.kind, message.kind, len(photos_of("message", message.id))) == ("fix", "dispute", 1)


def test_a_fix_can_be_disputed_for_fifteen_days(app: Flask, browser: Browser) -> None:
    client, _case, report = opened(browser, "closed")
    with time_machine.travel(clock.now() + 15 * DAY + timedelta(minutes=1)):
        open_report(client, report)
        assert do(client, report.number, "dispute", words="还是满的").status_code == 409


def test_the_senders_word_alone_closes_nothing(app: Flask, browser: Browser) -> None:
    client, case, report = opened(browser, "to_verify")
    assert do(client, report.number, "confirm").status_code == 303
    assert fresh(case).state == "to_verify" and messages_of(report)[0].kind == "confirm"
    assert do(client, report.number, "confirm").status_code == 409


@pytest.mark.both_databases
def test_three_who_saw_it_close_it(app: Flask, browser: Browser) -> None:
    target = make_case("accepted")
    browsers = [(browser(), report_of(target))]
    for _number in range(2):
        other = make_case()
        browsers.append((browser(), report_of(other)))
        merge_cases(other, target)
    drive(target, "dispatch", "sign", "hand_in")
    for number, (client, report) in enumerate(browsers):
        assert fresh(target).state == "to_verify", f"closed after {number}"
        open_report(client, report)
        assert do(client, report.number, "confirm", words="干净了").status_code == 303
    closed = fresh(target)
    assert (closed.state, closed.resolution) == ("closed", "fixed") and closed.closed_at is not None
    assert history("case", target.id)[-1].action != "close"
    check = db.session.execute(db.select(Check).where(Check.case_id == target.id)).scalar_one()
    assert check.passed is None and check.done_at is not None


def drive(case: Case, *steps: str) -> None:
    for step in steps:
        in_transaction(case, lambda row, step=step: _STEPS[step](row, "sanitation"))


def test_a_unit_cannot_confirm_its_own_work(app: Flask, browser: Browser, people: dict[str, Any]) -> None:
    """Reports by accounts of the fixing unit do not count towards closing; those of strangers do (above)."""
    unit = people["unit"]
    target = make_case("accepted", person_id=unit.id)
    reports = [report_of(target)]
    for _number in range(2):
        other = make_case(person_id=unit.id)
        reports.append(report_of(other))
        merge_cases(other, target)
    drive(target, "dispatch", "sign", "hand_in")
    for report in reports:
        client = browser()
        open_report(client, report)
        assert do(client, report.number, "confirm").status_code == 303
    assert fresh(target).state == "to_verify"


def test_the_queue_notices_an_addition(app: Flask, browser: Browser) -> None:
    client, case, report = opened(browser, "accepted")
    version = case.version
    do(client, report.number, "add", words="电话13800138000")
    case = case_of(report)
    assert case.answered and case.hinted and case.version > version


def test_somebody_who_presses_too_often_is_slowed_down(app: Flask, browser: Browser) -> None:
    client, _case, report = opened(browser)
    statuses = [do(client, report.number, "add", words="").status_code for _press in range(31)]
    assert statuses == [422] * 30 + [429]
