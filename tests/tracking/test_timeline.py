"""The story of a report in words: what is public is told in every language, nothing internal at all."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from babel.messages.mofile import read_mo
from flask import Flask

from citizen.cases.models import Case
from citizen.cases.rules import TRANSITIONS, Actor, CaseState, Resolution
from citizen.cases.services import appeals, notes, triage
from citizen.config import PROJECT
from citizen.core import clock
from citizen.extensions import db
from citizen.tracking.documents import page_of, steps_of
from citizen.tracking.queries import follow
from citizen.tracking.status import STATES, status
from citizen.tracking.timeline import ENDS, HANDED_IN, PUBLIC, TEXTS, Facts, timeline
from tests.county import people
from tests.factories import by, in_transaction, make_case
from tests.tracking.conftest import Browser, merge_cases, open_report, report_of, text_of, unmerge_case

NOW = clock.now()


def facts(**more: Any) -> Facts:
    names = {"sanitation": "环卫中心"}
    known: dict[str, Any] = {
        "when": lambda moment: moment.strftime("%m-%d %H:%M"),
        "unit": lambda code: names.get(code or "", ""),
        "reason": lambda code: f"reason {code}" if code else "",
        "office": "the office",
        "received": "1 photo",
    }
    return Facts(**{**known, **more})


def event(action: str, number: int = 1, **detail: Any) -> Any:
    return SimpleNamespace(id=number, action=action, at=NOW, detail=detail, subject="case", subject_id=1)


def test_every_transition_is_told() -> None:
    assert set(TRANSITIONS) <= set(PUBLIC)
    assert set(Resolution) == set(ENDS)
    assert set(CaseState) == set(STATES)
    for name in TRANSITIONS:
        steps = timeline([event(name, resolution="fixed")], facts())
        assert len(steps) == 1 and steps[0].what and "%(" not in steps[0].what


@pytest.mark.parametrize("locale", ["zh_Hans", "zh_Hant"])
def test_every_word_of_the_story_is_translated(locale: str) -> None:
    """English is the source; the two Chinese catalogues must hold each sentence."""
    path = PROJECT / "translations" / locale / "LC_MESSAGES" / "messages.mo"
    with path.open("rb") as file:
        catalogue = read_mo(file)
    sentences = [*PUBLIC.values(), *ENDS.values(), HANDED_IN, *(word for _shape, word in STATES.values())]
    missing = [text for text in map(english, sentences) if not catalogue.get(text) or not catalogue[text].string]
    assert not missing


def english(lazy: Any) -> str:
    """The source text of a lazy sentence."""
    return str(lazy._args[0])


@pytest.mark.parametrize(
    "name", ["note", "claim", "takeover", "verifier_drawn", "release", "support", "", "fix_everything"]
)
def test_what_is_not_named_is_not_told(name: str) -> None:
    assert timeline([event(name, words="CANARY", reason="CANARY", unit="CANARY")], facts()) == []


def test_words_are_shown_only_where_they_were_written_for_the_sender() -> None:
    canary = [event(name, words="CANARY", resolution="fixed") for name in PUBLIC]
    told = {e.action for e in canary for step in timeline([e], facts(appeals=frozenset())) if "CANARY" in str(step)}
    assert told == {"reject", "finish", "rework", "reopen", "revive", "suspend"}


def test_objections_of_others_are_not_told() -> None:
    events = [event("appeal", 1, appeal=7), event("appeal_rejected", 2, appeal=7, words="x")]
    assert timeline(events, facts()) == []
    assert len(timeline(events, facts(appeals=frozenset({7})))) == 2


def test_the_unit_of_the_last_dispatch_speaks() -> None:
    events = [
        event("dispatch", 1, unit="sanitation", deadline=NOW.isoformat()),
        event("finish", 2, words="done", resolution="fixed"),
    ]
    handed, finished = timeline(events, facts())
    assert "环卫中心" in handed.what and NOW.strftime("%m-%d %H:%M") in handed.text
    assert finished.reply == "done" and finished.unit == "环卫中心"


def test_no_repair_is_claimed_before_it_was_checked() -> None:
    for resolution in set(Resolution) - {Resolution.FIXED}:
        step = timeline([event("finish", resolution=resolution, words="x")], facts())[0]
        assert "done" not in step.what
    assert "not count" in timeline([event("close", resolution="cannot_fix")], facts())[0].text


def test_damaged_details_do_no_harm() -> None:
    for name in (*PUBLIC, *TEXTS):
        for detail in ({}, {"deadline": 5, "reason": None, "words": None}, {"deadline": "soon"}):
            timeline([event(name, **detail)], facts())


def whats(case: Case) -> list[str]:
    found = follow(report_of(case))
    assert found is not None
    return [step.what for step in steps_of(found, clock.now())]


@pytest.mark.both_databases
@pytest.mark.parametrize("state", [s for s in CaseState if s not in (CaseState.MERGED, CaseState.SUSPENDED)])
def test_every_state_has_a_page(app: Flask, browser: Browser, state: CaseState) -> None:
    case = make_case(state, photos=1)
    report = report_of(case)
    client = browser()
    open_report(client, report)
    for language in ("zh-Hans", "zh-Hant", "en"):
        page = client.get(f"/reports/track/{report.number}?lang={language}")
        assert page.status_code == 200 and report.number in page.get_data(as_text=True)
    names = {person.name for person in people().values()}
    assert not [name for name in names if name in text_of(page)]
    assert case.number not in page.get_data(as_text=True)


def test_internal_notes_and_the_words_of_others_stay_inside(app: Flask, browser: Browser) -> None:
    first, second = (
        make_case("accepted", words="CANARY-FIRST"),
        make_case(words="CANARY-SECOND", phone="13800138000"),
    )
    in_transaction(first, lambda case: notes.add_note(case, "CANARY-NOTE", author_id=people()["moderator"].id))
    report = report_of(second)
    merge_cases(second, first)
    client = browser()
    open_report(client, report)
    page = client.get(f"/reports/track/{report.number}").get_data(as_text=True)
    for secret in ("CANARY-NOTE", "CANARY-FIRST", "13800138000", report_of(first).number):
        assert secret not in page


def test_a_merged_report_tells_both_stories(app: Flask) -> None:
    first, second = make_case("in_progress"), make_case()
    report = report_of(second)
    merge_cases(second, first)
    found = follow(report)
    assert found is not None and found.case.id == first.id
    steps = [step for step in steps_of(found, clock.now()) if step.iso]
    assert [step.what for step in steps] == [str(PUBLIC["submit"]), str(PUBLIC["merge"])]
    assert "环境卫生" in steps[1].text or "Sanitation" in steps[1].text
    assert page_of_without_urls(app, found)["others"] == 1
    unmerge_case(db.session.get_one(Case, second.id))
    again = follow(report)
    assert again is not None and again.case.id == second.id
    assert [s.what for s in steps_of(again, clock.now()) if s.iso][-1] == str(PUBLIC["unmerge"])


def page_of_without_urls(app: Flask, found: Any) -> dict[str, Any]:
    with app.test_request_context():
        return page_of(found, clock.now())


def test_after_a_merger_the_other_case_goes_on_in_the_story(app: Flask) -> None:
    first, second, third = make_case("accepted"), make_case(), make_case()
    report = report_of(third)
    merge_cases(third, second)
    merge_cases(second, first)
    in_transaction(first, lambda case: triage.withdraw(case, reason_code="other_channel", by=by(actor=Actor.REPORTER)))
    found = follow(report)
    assert found is not None
    told = [step.what for step in steps_of(found, clock.now())]
    assert told == [str(PUBLIC[name]) for name in ("submit", "merge", "merge", "withdraw")]


def test_overdue_is_said_in_days(app: Flask) -> None:
    case = make_case("in_progress")
    found = follow(report_of(case))
    assert found is not None and case.deadline_at is not None
    for late, number in (
        (timedelta(days=3, hours=2), "3"),
        (timedelta(hours=5), "5"),
        (timedelta(seconds=1), "1"),
    ):
        now = case.deadline_at + late
        shown = status(found, now)
        assert shown.shape == "overdue" and number in shown.word
    assert status(found, case.deadline_at - timedelta(hours=1)).shape == "working"


def test_the_office_owns_up_to_its_own_delay(app: Flask) -> None:
    case = make_case()
    found = follow(report_of(case))
    assert found is not None and case.due_at is not None
    assert status(found, case.due_at + timedelta(hours=2)).shape == "overdue"


def test_a_decided_objection_is_told_with_its_words(app: Flask) -> None:
    case = make_case("rejected")
    report = report_of(case)
    in_transaction(case, lambda c: appeals.appeal(c, report_of(c), kind="refusal", words="就在那里"))
    found = appeals_of(report.id)
    in_transaction(
        case,
        lambda c: appeals.decide(c, appeals_of(report.id), upheld=False, words="已再次核实", person=people()["leader"]),
    )
    assert found is not None
    steps = follow(report)
    assert steps is not None
    last = steps_of(steps, clock.now())[-1]
    assert last.what == str(PUBLIC["appeal_rejected"]) and last.reply == "已再次核实"


def appeals_of(report_id: int) -> Any:
    return db.session.execute(db.select(appeals.Appeal).where(appeals.Appeal.report_id == report_id)).scalar_one()


def test_the_control_of_secrecy_can_fail(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """With notes named as public, the canary shows: the test above is not blind."""
    monkeypatch.setitem(PUBLIC, "note", "a note")
    assert timeline([event("note")], facts())


def test_days_are_those_of_the_county(app: Flask) -> None:
    with time_machine.travel("2026-09-01T23:30:00+00:00", tick=False):
        case = make_case()
        found = follow(report_of(case))
        assert found is not None
        with app.test_request_context("/?lang=zh-Hans"):
            assert "9月2日" in steps_of(found, clock.now())[0].when
