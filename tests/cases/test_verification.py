"""A fix is checked by somebody else: who is drawn, what closes a case, what sends it back."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from citizen.accounts.models import Person, StaffRole
from citizen.cases.checklists import (
    FAIL,
    MAIN,
    PASS,
    PHOTO,
    UNSEEN,
    VISITED,
    Findings,
    checklist,
    ensure_verdict,
)
from citizen.cases.models import Case, Check, Fix
from citizen.cases.rules import Actor, Resolution, rework_deadline
from citizen.cases.services import drawing, fixing, verification
from citizen.cases.services.door import By
from citizen.cases.signals import case_closed
from citizen.core import clock
from citizen.core.audit import history
from citizen.core.content import content
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.extensions import db
from citizen.photos.services import receive
from citizen.reports.models import Report
from tests.factories import PHOTO as PICTURE
from tests.factories import clerk_of, in_transaction, make_case

TYPES = [
    {
        "code": "market",
        "items": [
            {"id": f"market.0{n}", "zh": f"第{n}项", "en": f"Item {n}", "category": "SAN-01", "method": "observe"}
            for n in range(1, 7)
        ],
    }
]
ITEMS = checklist([], category=None, resolution="fixed")


def answers(**values: str) -> dict[str, dict[str, str]]:
    return {item.id: {"value": values.get(item.id, PASS), "why": values.get(f"why_{item.id}", "")} for item in ITEMS}


# -- the pure rules -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("resolution", list(Resolution))
@pytest.mark.parametrize(("category", "point"), [(None, None), ("SAN-01", None), ("SAN-01", "market"), ("X", "park")])
def test_a_checklist_has_three_to_five_items(resolution, category, point):
    items = checklist(TYPES, category=category, resolution=resolution, point_type=point)
    assert 3 <= len(items) <= 5
    assert items[0].id == MAIN and len({item.id for item in items}) == len(items)
    special = [item for item in items if item.id.startswith("market")]
    solved = resolution in ("fixed", "self_resolved") and category == "SAN-01"
    assert len(special) == (0 if not solved else 4 if point == "market" else 2)


def test_every_category_of_the_county_has_a_checklist_in_three_languages(app):
    types = content().yaml("point_types.yaml")["point_types"]
    for row in content().rows("categories.csv"):
        items = checklist(types, category=row["code"], resolution="fixed")
        assert 3 <= len(items) <= 5
        assert all(item.text(tag) for item in items for tag in ("zh-Hans", "zh-Hant", "en"))


@pytest.mark.parametrize(
    ("findings", "photo", "outcome"),
    [
        (Findings(VISITED, answers()), True, True),
        (Findings(VISITED, answers()), False, "photos"),
        (Findings(PHOTO, answers()), False, True),
        (Findings("", answers()), True, "how"),
        (Findings("by phone", answers()), True, "how"),
        (Findings(PHOTO, {}), False, "items"),
        (Findings(PHOTO, {MAIN: {"value": PASS}}), False, "items"),
        (Findings(PHOTO, answers(clean="perhaps")), False, "items"),
        (Findings(PHOTO, answers(clean=UNSEEN)), False, True),
        (Findings(PHOTO, answers(main=UNSEEN)), False, "items"),
        (Findings(PHOTO, answers(main=UNSEEN, clean=UNSEEN, damage=UNSEEN)), False, "items"),
        (Findings(PHOTO, answers(clean=FAIL)), False, "items"),
        (Findings(PHOTO, answers(clean=FAIL), "看照片"), False, "items"),
        (Findings(PHOTO, answers(clean=FAIL), "看照片"), True, False),
        (Findings(PHOTO, answers(clean=FAIL, why_clean="没扫")), False, False),
        (Findings(PHOTO, answers(clean=FAIL, why_clean="没扫", damage=FAIL)), False, "items"),
        (Findings(PHOTO, answers(main=UNSEEN, clean=FAIL, why_clean="没扫")), False, False),
    ],
)
def test_what_closes_and_what_sends_back(findings, photo, outcome):
    if isinstance(outcome, bool):
        assert ensure_verdict(ITEMS, findings, has_photo=photo) is outcome
        return
    with pytest.raises(InvalidInput) as caught:
        ensure_verdict(ITEMS, findings, has_photo=photo)
    assert caught.value.field == outcome


@given(st.data())
def test_one_failed_item_never_closes(data):
    values = {item.id: data.draw(st.sampled_from([PASS, FAIL, UNSEEN])) for item in ITEMS}
    items = {key: {"value": value, "why": "没做"} for key, value in values.items()}
    if FAIL in values.values():
        assert ensure_verdict(ITEMS, Findings(PHOTO, items), has_photo=False) is False
    elif values[MAIN] == PASS:
        assert ensure_verdict(ITEMS, Findings(PHOTO, items), has_photo=False) is True
    else:
        with pytest.raises(InvalidInput):
            ensure_verdict(ITEMS, Findings(PHOTO, items), has_photo=False)


# -- drawing ------------------------------------------------------------------------------------------------------


def judge(case: Case, findings: Findings, *, by: By | None = None, photo: bool = False) -> Case:
    def act(locked: Case) -> None:
        check = verification.open_check(locked)
        assert check is not None
        if photo:
            receive(PICTURE, file_name="c.jpg", owner=("check", check.id))
        verification.judge(locked, check, findings=findings, by=by or By(locked.verifier_id, Actor.VERIFIER))

    return in_transaction(case, act)


def all_of(case: Case, value: str = PASS, why: str = "") -> Findings:
    fix = fixing.last_handed_in(case.id)
    items = {item.id: {"value": value, "why": why} for item in verification.items_of(case, fix)}
    return Findings(PHOTO, items)


UNITS = ("sanitation", "urban_mgmt", "parks", None)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(roster=st.lists(st.tuples(st.sampled_from(UNITS), st.booleans(), st.booleans()), max_size=6))
def test_the_verifier_is_never_of_the_fixing_unit(app, roster):
    """Whatever the roster: (unit, active, reported it); nobody who may not verify is drawn, and somebody who may is."""
    case = _case_of_property()
    with transaction():
        db.session.execute(db.delete(StaffRole).where(StaffRole.role == "verifier"))
        rows = [_person(unit, active) for unit, active, _reported in roster]
        reporters = {person.id for person, row in zip(rows, roster, strict=True) if row[2]}
        report = db.session.execute(db.select(Report)).scalars().first()
        report.person_id = min(reporters, default=None)
        locked = db.session.get(Case, case.id)
        drawn = drawing.draw_verifier(locked)
        free = {
            person.id
            for person, (unit, active, _reported) in zip(rows, roster, strict=True)
            if unit not in (None, "sanitation") and active and person.id != report.person_id
        }
        assert (drawn.id in free) if free else drawn is None
        db.session.rollback()


def _case_of_property() -> Case:
    found = db.session.execute(db.select(Case).where(Case.state == "to_verify")).scalars().first()
    return found or make_case("to_verify")


def _person(unit: str | None, active: bool) -> Person:
    now = clock.now()
    person = Person(name="核查", password_hash="x", unit_code=unit, created_at=now, disabled_at=None if active else now)
    person.grants = [StaffRole(role="verifier")]
    db.session.add(person)
    db.session.flush()
    return person


@pytest.mark.both_databases
def test_the_database_refuses_it_as_well(app, people):
    """The second line: even code that forgets the rule cannot store a check of the own unit."""
    case = make_case("to_verify")
    check = db.session.execute(db.select(Check)).scalar_one()
    assert check.verifier_unit != check.fixer_unit
    with pytest.raises((Conflict, IntegrityError)), transaction():
        db.session.get(Check, check.id).verifier_unit = "sanitation"
    with transaction():  # the control: another unit is stored without complaint
        db.session.get(Check, check.id).verifier_unit = "parks"
    assert db.session.get(Check, check.id).verifier_unit == "parks" and case.state == "to_verify"


def test_a_draw_that_forgot_the_rule_is_stopped_by_the_database(app, monkeypatch):
    """The control of the property above: with its filter off, the own unit is drawn, and the second line holds."""
    monkeypatch.setattr(drawing, "_eligible", lambda case: [clerk_of("sanitation")])
    with pytest.raises(Conflict):
        make_case("to_verify")


def test_checks_are_spread_and_the_draw_can_be_made_again(app):
    cases = [make_case("to_verify") for _n in range(6)]
    loads = {}
    for case in cases:
        loads[case.verifier_id] = loads.get(case.verifier_id, 0) + 1
    assert sorted(loads.values()) == [2, 2, 2]
    with transaction():
        locked = db.session.get(Case, cases[0].id)
        assert drawing.draw_verifier(locked).id == drawing.draw_verifier(locked).id


def test_with_nobody_to_draw_the_case_waits(app):
    with transaction():
        db.session.execute(db.delete(StaffRole).where(StaffRole.role == "verifier"))
    case = make_case("to_verify")
    assert case.state == "to_verify" and case.verifier_id is None
    assert db.session.execute(db.select(Check)).first() is None


# -- judging ------------------------------------------------------------------------------------------------------


@pytest.mark.both_databases
def test_everything_passed_closes(app):
    told = []
    with case_closed.connected_to(lambda case, fix: told.append((case.id, fix.resolution))):
        case = make_case("to_verify")
        closed = judge(case, all_of(case))
    assert (closed.state, closed.resolution, closed.due_at) == ("closed", "fixed", None)
    assert closed.closed_at is not None and told == [(case.id, "fixed")]
    event = history("case", case.id)[-1]
    assert event.action == "close" and event.actor_role == "verifier"
    window = datetime.fromisoformat(event.detail["rate_until"]) - closed.closed_at
    assert window == timedelta(days=14)


def test_only_the_drawn_verifier_judges(app, people):
    case = make_case("to_verify")
    others = [people[name].id for name in ("verifier", "verifier2", "verifier3", "leader", "unit", "resident")]
    for person_id in others:
        if person_id != case.verifier_id:
            with pytest.raises(NotFound):
                judge(case, all_of(case), by=By(person_id, Actor.VERIFIER))
    assert judge(case, all_of(case)).state == "closed"


@pytest.mark.parametrize("spoil", ["unit", "report", "role", "disabled"])
def test_independence_is_checked_again_at_the_decision(app, spoil):
    case = make_case("to_verify")
    with transaction():
        person = db.session.get(Person, case.verifier_id)
        if spoil == "unit":
            person.unit_code = "sanitation"
        elif spoil == "report":
            db.session.execute(db.update(Report).values(person_id=person.id))
        elif spoil == "role":
            person.grants = []
        else:
            person.disabled_at = clock.now()
    with pytest.raises((NotFound, Conflict)):
        judge(case, all_of(case))
    assert db.session.get(Case, case.id, populate_existing=True).state == "to_verify"


FRIDAY_16 = datetime(2026, 9, 4, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "judged", "expected"),
    [
        # Four working hours from Friday 16:00 end on Monday 11:00; half of them from Friday 17:00 end sooner.
        (FRIDAY_16, FRIDAY_16 + timedelta(hours=1), "old"),
        # On Tuesday morning nothing is left: two working hours from then on.
        (FRIDAY_16, datetime(2026, 9, 8, 1, 30, tzinfo=UTC), "half"),
        # The last working day before the National Day holiday: the half limit ends after it.
        (datetime(2026, 9, 29, 2, 0, tzinfo=UTC), datetime(2026, 9, 30, 9, 0, tzinfo=UTC), "half"),
    ],
)
def test_the_new_deadline_is_the_later_of_rest_and_half(app, start, judged, expected):
    with time_machine.travel(start, tick=False):
        case = make_case("to_verify")
    old = case.deadline_at
    with time_machine.travel(judged, tick=False):
        again = judge(case, all_of(case, FAIL, "没清"))
    from citizen.departments.queries import directory

    half = directory().calendar.add_working_minutes(judged, int(case.limit_hours * 30))
    assert again.deadline_at == again.due_at == max(old, half) == (old if expected == "old" else half)
    assert directory().calendar.is_working_day(clock.local(again.deadline_at).date())
    detail = history("case", case.id)[-1].detail
    assert datetime.fromisoformat(detail["old_deadline"]) == old and detail["words"] == "没清"


@given(st.lists(st.datetimes(timezones=st.just(UTC)), min_size=3, max_size=3))
def test_a_new_deadline_is_never_in_the_past_nor_shorter(moments):
    now, old, half = moments
    assert rework_deadline(now, old, half) >= max(now, old, half)


def test_the_third_time_alarms_the_leader(app):
    case = make_case("to_verify")
    for time in (1, 2, 3):
        case = judge(case, all_of(case, FAIL, "还没清"))
        assert (case.state, case.rework_count, case.verifier_id) == ("in_progress", time, None)
        alarms = [event for event in history("case", case.id) if event.action == "rework_alarm"]
        assert len(alarms) == (1 if time == 3 else 0)

        def again(locked):
            hand = fixing.unit_hand(clerk_of("sanitation"))
            fix = fixing.open_fix(locked, hand)
            fixing.hand_in(locked, fix, resolution="self_resolved", note="又去看过", by=hand)

        case = in_transaction(case, again)
    assert db.session.scalar(db.select(db.func.count()).select_from(Fix)) == 4


# -- pages ------------------------------------------------------------------------------------------------------------


def signed_in(client, people, case):
    names = {person.id: person.email for person in people.values()}
    return client.sign_in(names[case.verifier_id])


def fields(case: Case, value: str = PASS, **more: str) -> dict[str, str]:
    ticked = {f"c{key}": value for key in all_of(case).items}
    whys = {f"why{key}": "没清干净" for key in all_of(case).items} if value == FAIL else {}
    return {"how": PHOTO, "do": "hand_in", "version": str(case.version), **ticked, **whys, **more}


def test_a_verifier_sees_only_what_was_drawn(app, client, people):
    case = make_case("to_verify", words="只给抽到的人看")
    other = next(people[n] for n in ("verifier", "verifier2", "verifier3") if people[n].id != case.verifier_id)
    client.sign_in(other.email)
    assert "只给抽到的人看" not in client.get("/verify/").get_data(as_text=True)
    assert client.get(f"/verify/{case.number}").status_code == 404
    assert client.submit(f"/verify/{case.number}", fields(case), page="/verify/").status_code == 404
    assert client.get("/unit/").status_code == 403
    assert db.session.get(Case, case.id, populate_existing=True).state == "to_verify"


@pytest.mark.parametrize(("value", "state"), [(PASS, "closed"), (FAIL, "in_progress")])
def test_handing_in_a_check_twice_decides_once(app, client, people, value, state):
    case = make_case("to_verify", words="垃圾堆，电话13800138000")
    signed_in(client, people, case)
    page = f"/verify/{case.number}"
    text = client.get(page).get_data(as_text=True)
    assert "13800138000" not in text
    data = {**fields(case, value), "csrf_token": re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text)[1]}
    headers = {"Sec-Fetch-Site": "same-origin"}
    assert [client.post(page, data=data, headers=headers).status_code for _press in range(2)] == [303, 303]
    after = db.session.get(Case, case.id, populate_existing=True)
    assert (after.state, after.rework_count) == (state, int(value == FAIL))
    changed = {**data, "how": VISITED}
    assert client.post(page, data=changed, headers=headers).status_code == 409
    assert client.get(page).status_code == 404


@pytest.mark.parametrize(("version", "status"), [("", 422), ("1", 409), ("²", 422)])
def test_a_check_needs_the_version_and_keeps_what_was_typed(app, client, people, version, status):
    case = make_case("to_verify")
    signed_in(client, people, case)
    data = fields(case, FAIL, version=version, words="总的来说不行")
    answer = client.submit(f"/verify/{case.number}", data)
    text = answer.get_data(as_text=True)
    assert answer.status_code == status and "总的来说不行" in text and "没清干净" in text
    assert len(re.findall(r'value="no" checked', text)) == len(all_of(case).items)


def test_answers_and_photos_are_kept_until_the_decision(app, client, people):
    case = make_case("to_verify")
    signed_in(client, people, case)
    page = f"/verify/{case.number}"
    data = {**fields(case), "how": VISITED, "do": "keep", "photos": (io.BytesIO(PICTURE), "x.jpg")}
    assert client.submit(page, data, content_type="multipart/form-data").status_code == 303
    text = client.get(page).get_data(as_text=True)
    assert 'value="visited" checked' in text and 'name="remove"' in text
    assert client.submit(page, {**fields(case), "how": VISITED}).status_code == 303
    assert db.session.get(Case, case.id, populate_existing=True).state == "closed"


def test_nasty_answers_never_break_the_page(app, client, people):
    case = make_case("to_verify")
    signed_in(client, people, case)
    page = f"/verify/{case.number}"
    for text in ("<script>", "字" * 5000, "a\0b", "²", "9" * 40, "{{7*7}}"):
        data = {
            "how": text,
            "words": text,
            "version": text,
            "cmain": text,
            "whymain": text,
            "remove": text,
            "do": "hand_in",
        }
        assert client.submit(page, data).status_code == 422
    for number in ("0", "²", "261122-ZZZZ", "字" * 300):
        assert client.get(f"/verify/{number}").status_code == 404
