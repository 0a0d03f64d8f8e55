"""The queue and the page of a case: pages, counts, filters, and that nothing typed is lost."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from citizen.accounts.models import Person
from citizen.cases.models import Case
from citizen.cases.models.case import NEVER
from citizen.cases.queries import queue
from citizen.cases.rules import OPEN, PAUSED, CaseState
from citizen.cases.services import claims
from citizen.core import clock
from citizen.core.audit import history
from citizen.core.database import transaction
from citizen.extensions import db
from tests.client import PageClient
from tests.factories import by, case_of, in_transaction, make_case, make_report

QUERIES_OF_THE_QUEUE = 12


def _fill(count: int, seed: int) -> None:
    """``count`` rows straight into the table: many share their moment, as a bulk import would make them."""
    dice, now = random.Random(seed), clock.now()
    moments = [now + timedelta(hours=hours) for hours in (-30, -1, 1, 1, 5, 50)]
    with transaction():
        for index in range(count):
            state = dice.choice(list(CaseState))
            due = dice.choice(moments) if state in OPEN - PAUSED else None
            db.session.add(
                Case(
                    number=f"26083{index // 1000}-{index % 1000:04d}",
                    state=state,
                    title=dice.choice(["垃圾", "路灯 100%", "a_b\\c", "Lamp"]) + str(index),
                    category_code=dice.choice(["SAN-01", "FAC-04", None]),
                    area_code=dice.choice(["A1", "A2"]),
                    urgency_rank=dice.choice([0, 1, 1]),
                    received_at=now,
                    due_at=due,
                    queue_at=due or NEVER,
                    answered=dice.random() < 0.2,
                    hinted=dice.random() < 0.2,
                    photo_count=dice.choice([0, 1]),
                    updated_at=now,
                )
            )


def _all_pages(view: str, wanted: queue.Filter) -> list[int]:
    seen, after = [], None
    for _page in range(100):
        page = queue.read_page(view, wanted, after=after)
        seen += [case.id for case in page.rows]
        after = page.next
        if after is None:
            return seen
        assert len(page.rows) == queue.PAGE
        after = queue.Cursor.parse(after.encode())
        assert after == page.next
    raise AssertionError("the pages never end")


def _expected(view: str, wanted: queue.Filter, rows: Sequence[Case]) -> list[int]:
    """The same list, made by plain Python from all ``rows``."""
    held = {
        key for key, holder in claims.holders([row.id for row in rows]).items() if holder.person_id == wanted.viewer_id
    }
    late = [row for row in rows if row.queue_at < wanted.now]
    tests: dict[str, Any] = {
        "urgent": lambda row: row.urgency_rank == 0,
        "overdue": lambda row: row in late,
        "late_units": lambda row: row in late,
        "mine": lambda row: row.id in held,
        "answered": lambda row: row.answered,
        "hinted": lambda row: row.hinted,
        "no_photo": lambda row: not row.photo_count,
    }
    found = [
        row
        for row in rows
        if row.state in queue.VIEWS[view]
        and tests.get(view, lambda _row: True)(row)
        and (not wanted.area or row.area_code == wanted.area)
        and (not wanted.category or row.category_code == wanted.category)
        and wanted.words.lower() in row.title.lower()
    ]
    return [row.id for row in sorted(found, key=lambda row: (row.urgency_rank, row.queue_at, row.id))]


@pytest.mark.both_databases
def test_pages_together_are_the_list_and_counts_are_their_rows(app: Flask, people: dict[str, Person]) -> None:
    _fill(160, 7)
    me = people["moderator"].id
    for number in db.session.execute(db.select(Case.number).where(Case.state == "submitted").limit(3)).scalars().all():
        with transaction():
            claims.claim(number, person_id=me)
    now = clock.now()
    for area, category, words in [
        ("", "", ""),
        ("A1", "", ""),
        ("A2", "SAN-01", ""),
        ("", "", "100%"),
        ("", "", "b\\c"),
    ]:
        wanted = queue.Filter(now, me, area, category, words)
        counts = queue.read_page("open", wanted).counts
        rows = db.session.execute(db.select(Case)).scalars().all()
        for view in queue.VIEWS:
            pages = _all_pages(view, wanted)
            assert len(pages) == len(set(pages)) == counts[view], view
            if view != "soon":
                assert pages == _expected(view, wanted, rows), view


@pytest.mark.both_databases
def test_new_cases_between_two_pages_repeat_and_hide_nothing(app: Flask, people: dict[str, Person]) -> None:
    for _number in range(2):
        make_case()
    _fill(200, 3)
    wanted = queue.Filter(clock.now(), people["moderator"].id)
    first = queue.read_page("open", wanted)
    make_case(category="FAC-01")
    second = queue.read_page("open", wanted, after=first.next)
    assert not {row.id for row in first.rows} & {row.id for row in second.rows}


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40) | st.from_regex(r"[01]-[0-9]{1,25}-[0-9]{1,25}", fullmatch=True))
@example("")
@example("1-999999999999999999-2147483647")
@example("１-1-1")
@example("0-0-0\n")
@example("1-1-2147483648")
def test_cursors_are_parsed_strictly(text: str) -> None:
    found = queue.Cursor.parse(text)
    if found is not None:
        assert queue.Cursor.parse(found.encode()) == found


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 1), st.datetimes(datetime(1970, 1, 1), datetime(9999, 1, 1)), st.integers(1, 2**31 - 1))
def test_cursors_come_back(rank: int, moment: datetime, case_id: int) -> None:
    cursor = queue.Cursor(rank, moment.replace(tzinfo=clock.now().tzinfo), case_id)
    assert queue.Cursor.parse(cursor.encode()) == cursor


@contextmanager
def _queries(app: Flask) -> Iterator[list[str]]:
    said: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        said.append(statement)

    event.listen(db.engine, "before_cursor_execute", count)
    try:
        yield said
    finally:
        event.remove(db.engine, "before_cursor_execute", count)


def test_the_queue_asks_the_same_few_questions_however_long_it_is(app: Flask, client: PageClient) -> None:
    client.sign_in("moderator@demo.invalid")
    make_case(photos=1)
    client.get("/office/queue")
    with _queries(app) as few:
        client.get("/office/queue")
    for index in range(12):
        case = make_case(photos=index % 3, point=f"P{20 + index:03d}")
        with transaction():
            claims.claim(case.number, person_id=by("moderator2").person_id or 0)
    with _queries(app) as many:
        client.get("/office/queue")
    assert len(many) == len(few) <= QUERIES_OF_THE_QUEUE, many
    with _queries(app) as one_case:
        client.get(f"/office/cases/{case.number}")
    assert len(one_case) <= 22, one_case


@pytest.mark.both_databases
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    name=st.sampled_from(["view", "after", "area", "category", "q", "page"]),
    value=st.text(max_size=30)
    | st.sampled_from(["%", "_", "\x00", "²", "9" * 5000, "１", "'; drop", "<script>alert(1)</script>"]),
)
def test_junk_in_the_address_never_breaks_the_queue(app: Flask, client: PageClient, name: str, value: str) -> None:
    if not client.get_cookie("session") and client.get("/office/queue").status_code != 200:
        client.sign_in("moderator@demo.invalid")
    response = client.get("/office/queue", query_string={name: value.encode("utf-8", "replace").decode()})
    assert response.status_code in (200, 303)
    assert "<script>alert" not in response.text


def test_a_number_leads_to_its_case(app: Flask, client: PageClient) -> None:
    client.sign_in("moderator@demo.invalid")
    report = make_report()
    case = case_of(report)
    for typed in (case.number, case.number.lower().replace("-", " "), report.number):
        response = client.get("/office/queue", query_string={"q": typed})
        assert (response.status_code, response.location) == (303, f"/office/cases/{case.number}")


@pytest.mark.parametrize(
    ("name", "start", "queue_status"),
    [
        ("moderator", "/office/queue", 200),
        ("head", "/office/queue", 200),
        ("unit", "/unit/", 403),
        ("verifier", "/verify/", 403),
    ],
)
def test_everybody_starts_at_their_own_desk(
    app: Flask, client: PageClient, name: str, start: str, queue_status: int
) -> None:
    client.sign_in(f"{name}@demo.invalid")
    response = client.get("/office/")
    assert (response.status_code, response.location) == (303, start)
    assert client.get("/office/queue").status_code == queue_status


def _page_of(case: Case) -> str:
    return f"/office/cases/{case.number}"


#: Verb → what is typed; every value must be on the page that says no.
TYPED: dict[str, dict[str, str]] = {
    "accept": {"category": "FAC-04", "area": "A5", "unit": "urban_mgmt", "step": "dispatch"},
    "ask": {"words": "请问是哪一盏灯不亮？"},
    "reject": {"reason": "private_dispute", "words": "这是两家之间的事，请找社区调解"},
    "merge": {"target": "260101-AAAA", "reason": "same_cause"},
    "refer": {"body": "市水务局的值班室", "number": "W-2026-77"},
}


@pytest.mark.parametrize("verb", TYPED)
@pytest.mark.parametrize(("version", "status"), [("", 422), ("7", 409)])
def test_nothing_typed_is_lost(app: Flask, client: PageClient, verb: str, version: str, status: int) -> None:
    client.sign_in("moderator@demo.invalid")
    case = make_case()
    response = client.submit(f"{_page_of(case)}/{verb}", {**TYPED[verb], "version": version}, page=_page_of(case))
    assert response.status_code == status
    for name, value in TYPED[verb].items():
        if name != "step" or status == 409:
            assert re.search(rf'(value="{re.escape(value)}"|>\s*{re.escape(value)})', response.text), (
                name,
                value,
            )
    db.session.rollback()
    assert db.session.get_one(Case, case.id).state == "submitted"
    if status == 409:
        assert f'name="version" value="{case.version}"' in response.text


def test_somebody_else_holds_it(app: Flask, client: PageClient, people: dict[str, Person]) -> None:
    client.sign_in("moderator@demo.invalid")
    case = make_case()
    with transaction():
        claims.claim(case.number, person_id=people["moderator2"].id)
    response = client.submit(
        f"{_page_of(case)}/ask", {"words": "哪一盏灯？", "version": case.version}, page=_page_of(case)
    )
    assert response.status_code == 409
    assert people["moderator2"].name in response.text and "哪一盏灯？" in response.text
    refused = client.submit(f"{_page_of(case)}/claim", page=_page_of(case))
    assert refused.status_code == 409 and people["moderator2"].name in refused.text


def test_the_comparison_page_can_be_sent_again(app: Flask, client: PageClient) -> None:
    client.sign_in("moderator@demo.invalid")
    case = make_case()
    stale = case.version
    in_transaction(case, lambda found: setattr(found, "version", found.version + 1))
    data = {
        **TYPED["accept"],
        "version": stale,
        "was_category": "SAN-01",
        "was_area": case.area_code,
        "was_unit": "",
    }
    refused = client.submit(f"{_page_of(case)}/accept", data, page=_page_of(case))
    assert refused.status_code == 409 and 'name="pick_category"' in refused.text
    again = {
        **data,
        "version": stale + 1,
        "pick_category": "theirs",
        "pick_area": "mine",
        "pick_unit": "mine",
    }
    assert client.submit(f"{_page_of(case)}/accept", again, page=_page_of(case)).status_code == 303
    db.session.rollback()
    found = db.session.get_one(Case, case.id)
    assert (found.state, found.category_code, found.area_code, found.unit_code) == (
        "dispatched",
        "SAN-01",
        "A5",
        "urban_mgmt",
    )


@pytest.mark.parametrize("state", [state for state in CaseState if state != "suspended"])
@pytest.mark.parametrize("name", ["moderator", "leader", "head"])
def test_every_state_has_a_page_with_only_its_own_verbs(
    app: Flask, client: PageClient, state: CaseState, name: str
) -> None:
    client.sign_in(f"{name}@demo.invalid")
    if state == CaseState.MERGED:
        make_case()
    case = make_case(state)
    page = client.get(_page_of(case)).text
    offered = set(re.findall(rf'action="{_page_of(case)}/([a-z-]+)"', page))
    moderator = {
        "submitted": {"accept", "ask", "reject", "merge", "refer"},
        "need_info": {"give-up"},
        "accepted": {"dispatch", "merge", "refer", "release"},
        "dispatched": {"merge", "release"},
        "in_progress": {"merge", "release"},
        "to_verify": {"release"},
    }
    leader = {key: value & {"merge", "release"} for key, value in moderator.items()}
    leader |= {"rejected": {"revive"}, "merged": {"unmerge"}}
    expected = {"moderator": moderator, "leader": leader, "head": {}}[name].get(state, set())
    assert offered - {"note", "claim"} == expected


def test_contact_data_is_shown_only_after_a_recorded_look(app: Flask, client: PageClient) -> None:
    client.sign_in("moderator@demo.invalid")
    case = case_of(make_report(phone="13912345678"))
    assert "13912345678" not in client.get(_page_of(case)).text
    assert client.submit(f"{_page_of(case)}/contact", page=_page_of(case)).status_code == 303
    assert history("case", case.id)[-1].action == "contact"
    assert "13912345678" in client.get(_page_of(case)).text
    client.submit("/account/sign-out", page=_page_of(case))
    client.sign_in("head@demo.invalid")
    assert "13912345678" not in client.get(_page_of(case)).text


def test_notes_are_kept_and_refused_without_words(app: Flask, client: PageClient) -> None:
    client.sign_in("moderator@demo.invalid")
    case = make_case()
    assert client.submit(f"{_page_of(case)}/note", {"words": " "}, page=_page_of(case)).status_code == 422
    assert client.submit(f"{_page_of(case)}/note", {"words": "看照片里的招牌"}, page=_page_of(case)).status_code == 303
    assert "看照片里的招牌" in client.get(_page_of(case)).text
    assert client.get("/office/cases/260101-AAAA").status_code == 404
    assert client.get("/office/cases/nonsense").status_code == 404


def test_bulk_claims_are_listed_one_by_one(app: Flask, client: PageClient, people: dict[str, Person]) -> None:
    client.sign_in("moderator@demo.invalid")
    free, taken = make_case(), make_case()
    with transaction():
        claims.claim(taken.number, person_id=people["moderator2"].id)
    data = {"action": "claim", "number": [free.number, taken.number, "junk"]}
    assert client.submit("/office/queue/bulk", data, page="/office/queue").status_code == 303
    page = client.get("/office/queue").text
    assert f"{taken.number}" in page and people["moderator2"].name in page
    assert claims.holders([free.id])[free.id].person_id == people["moderator"].id


def test_the_button_of_a_row_claims_that_row_alone(app: Flask, client: PageClient, people: dict[str, Person]) -> None:
    client.sign_in("moderator@demo.invalid")
    wanted, other = make_case(), make_case()
    here = "/office/queue?view=submitted&lang=en"
    page = client.get(here).text
    assert f'form="claim" name="number" value="{wanted.number}"' in page
    form = re.search(r'<form id="claim" method="post" action="([^"]+)"[^>]*>(.*?)</form>', page)
    assert (
        form
        and 'name="action" value="claim"' in form[2]
        and f'name="next" value="{here.replace("&", "&amp;")}' in form[2]
    )
    answer = client.submit(form[1], {"action": "claim", "next": here, "number": wanted.number}, page=here)
    assert (answer.status_code, answer.headers["Location"]) == (303, here)
    assert set(claims.holders([wanted.id, other.id])) == {wanted.id}
    page = client.get(here).text
    assert "Claimed by me" in page and "Done:" not in page, "the row says it"
    assert f'form="claim" name="number" value="{wanted.number}"' not in page
