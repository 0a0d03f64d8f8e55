"""A unit signs, photographs and hands in; nobody else's unit can so much as look."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from flask_login import login_user

from citizen.cases.models import Check, Fix
from citizen.cases.queries import unit as unit_queries
from citizen.cases.queries.photos import staff_on_the_case
from citizen.cases.services import fixing
from citizen.core import clock
from citizen.core.audit import history
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.core.permissions import Permission, allowed
from citizen.extensions import db
from citizen.photos.evidence import Evidence
from citizen.photos.models import Photo
from citizen.photos.queries import photos_of
from tests.factories import PHOTO, clerk_of, in_transaction, make_case

NASTY = [
    text
    for group in json.loads((Path(__file__).parents[1] / "nasty.json").read_text(encoding="utf-8")).values()
    for text in group
    # The client takes these two, shown again, for mistakes of the page.
    if isinstance(text, str) and len(text) > 1 and "%(" not in text and "None" not in text
]
MONDAY_10 = datetime(2026, 9, 7, 2, 0, tzinfo=UTC)  # ten o'clock in the county


def hand(unit: str = "sanitation") -> fixing.By:
    return fixing.unit_hand(clerk_of(unit))


def collect(case, *uploads: fixing.Upload) -> int:
    with transaction():
        fix = fixing.open_fix(fixing.lock_unit_case(case.number, clerk_of(case.unit_code)), hand(case.unit_code))
        for upload in uploads:
            fixing.add_photo(fix, upload)
        return fix.id


def hand_in(case, resolution="fixed", note="已清运", by=None):
    def act(locked):
        fix = fixing.open_fix(locked, hand(locked.unit_code))
        fixing.hand_in(locked, fix, resolution=resolution, note=note, by=by or hand(locked.unit_code))

    return in_transaction(case, act)


@pytest.mark.both_databases
def test_signing_keeps_the_deadline(app):
    case = make_case("dispatched")
    before, version = (case.deadline_at, case.due_at), case.version
    signed = in_transaction(case, lambda c: fixing.sign(c, hand()))
    assert (signed.state, signed.deemed_signed, signed.deadline_at, signed.due_at) == ("in_progress", False, *before)
    assert signed.signed_at is not None and signed.version == version + 1
    with pytest.raises(Conflict):
        in_transaction(case, lambda c: fixing.sign(c, hand()))


def test_only_the_own_unit_signs(app, people):
    case = make_case("dispatched")
    ids = {name: people[name].id for name in ("unit-urban-mgmt", "moderator", "verifier", "resident", "leader")}
    for person_id in ids.values():
        with pytest.raises(NotFound):
            in_transaction(case, lambda c, wanted=person_id: fixing.sign(c, fixing.By(wanted, fixing.Actor.CLERK)))


def test_a_disabled_clerk_does_nothing(app, people):
    case = make_case("dispatched")
    with transaction():
        db.session.get(type(people["unit"]), people["unit"].id).disabled_at = clock.now()
    with pytest.raises(NotFound):
        in_transaction(case, lambda c: fixing.sign(c, fixing.By(people["unit"].id, fixing.Actor.CLERK)))


def test_one_open_fix_and_each_file_once(app):
    case = make_case("in_progress")
    first = collect(case, fixing.Upload(PHOTO, "a.jpg"))
    second = collect(case, fixing.Upload(PHOTO, "again.jpg"))
    assert first == second
    assert len(photos_of("fix", first)) == 1


def different(number: int) -> bytes:
    """Photos that differ in a comment only."""
    return PHOTO[:2] + b"\xff\xfe\x00\x04" + bytes([65, 65 + number]) + PHOTO[2:]


def test_three_photos_are_the_most_and_one_can_go(app):
    case = make_case("in_progress")
    fix_id = collect(case, *(fixing.Upload(different(n), "a.jpg") for n in range(3)))
    with pytest.raises(InvalidInput):
        collect(case, fixing.Upload(different(3), "a.jpg"))
    token = photos_of("fix", fix_id)[0].token
    for _twice in range(2):
        with transaction():
            fixing.remove_photo(db.session.get(Fix, fix_id), token)
    assert len(photos_of("fix", fix_id)) == 2


@pytest.mark.parametrize(
    ("resolution", "note", "photo", "field"),
    [
        ("fixed", "已清运", False, "photos"),
        ("fixed", "", True, "note"),
        ("fixed", " x ", True, "note"),
        ("cannot_fix", "", True, "note"),
        ("not_found", "", False, "note"),
        ("educated", "", False, "note"),
        ("self_resolved", "", False, "note"),
        ("", "已清运", True, "resolution"),
        ("closed", "已清运", True, "resolution"),
        ("fixed", "已清运", True, None),
        ("self_resolved", "到场时已没有", False, None),
        ("cannot_fix", "产权不明", False, None),
    ],
)
def test_what_a_result_needs(app, resolution, note, photo, field):
    case = make_case("in_progress")
    if photo:
        collect(case, fixing.Upload(PHOTO, "a.jpg"))
    if field is None:
        assert hand_in(case, resolution, note).state == "to_verify"
        return
    with pytest.raises(InvalidInput) as caught:
        hand_in(case, resolution, note)
    assert caught.value.field == field
    assert db.session.get(type(case), case.id, populate_existing=True).state == "in_progress"


@pytest.mark.parametrize(("minutes", "good"), [(-1, False), (1, True)])
def test_a_photo_taken_before_dispatch_proves_nothing(app, minutes, good):
    case = make_case("in_progress")
    taken = clock.local(case.dispatched_at + timedelta(minutes=minutes)).replace(tzinfo=None, microsecond=0)
    collect(case, fixing.Upload(PHOTO, "a.jpg", Evidence(taken_at=taken)))
    if good:
        assert hand_in(case).state == "to_verify"
    else:
        with pytest.raises(InvalidInput) as caught:
            hand_in(case)
        assert caught.value.field == "photos"


@pytest.mark.both_databases
def test_handing_in_draws_a_verifier_and_starts_the_working_day(app):
    with time_machine.travel(MONDAY_10, tick=False):
        case = make_case("in_progress")
        deadline = case.deadline_at
        collect(case, fixing.Upload(PHOTO, "a.jpg"))
        done = hand_in(case)
    check = db.session.execute(db.select(Check)).scalar_one()
    assert done.first_fixed_at == done.fixed_at == MONDAY_10
    assert clock.local(done.due_at).day == 8 and done.deadline_at == deadline
    assert check.verifier_id == done.verifier_id and check.verifier_unit != check.fixer_unit == "sanitation"
    words = [event.detail.get("words") for event in history("case", case.id) if event.action == "finish"]
    assert words == ["已清运"]


def test_the_first_hand_in_counts_for_being_on_time(app):
    case = make_case("to_verify")
    first = case.first_fixed_at

    def back(locked):
        locked.state, locked.verifier_id = "in_progress", None
        db.session.execute(db.update(Check).values(done_at=clock.now(), passed=False))

    in_transaction(case, back)
    collect(case, fixing.Upload(different(1), "b.jpg"))
    again = hand_in(case)
    assert again.first_fixed_at == first < again.fixed_at


# -- pages ------------------------------------------------------------------------------------------------------------

UNIT_PAGES = ("", "/fix")


def addresses(app) -> list[tuple[str, str]]:
    """Every address of the unit's blueprint that names a case, with its method."""
    return [
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("unit.") and "<number>" in rule.rule
        for method in rule.methods & {"GET", "POST"}
    ]


def answers(client, app, number: str) -> set[int]:
    """What every address says about a case."""
    return {
        client.get(rule.replace("<number>", number)).status_code
        if method == "GET"
        else client.submit(
            rule.replace("<number>", number), {"version": "1", "do": "hand_in"}, page="/unit/"
        ).status_code
        for method, rule in addresses(app)
    }


@pytest.mark.parametrize("state", ["in_progress", "closed"])
def test_other_units_cases_do_not_exist(app, client, state):
    case = make_case(state, words="只有环卫能看见的垃圾堆")
    version = case.version
    assert len(addresses(app)) >= 4
    client.sign_in("unit-urban-mgmt@demo.invalid")
    assert answers(client, app, case.number) == {404}
    for segment in unit_queries.SEGMENTS:
        page = client.get(f"/unit/?show={segment}&after={case.number}").get_data(as_text=True)
        assert "只有环卫" not in page and f"/unit/cases/{case.number}" not in page
        assert not re.search(r"<b>[1-9]", page), "counts of another unit show"
    after = db.session.get(type(case), case.id, populate_existing=True)
    assert (after.state, after.version) == (state, version)


def test_the_row_level_test_can_fail(app, client):
    """The control: the same addresses answer the unit itself."""
    case = make_case("in_progress")
    client.sign_in("unit@demo.invalid")
    assert 404 not in answers(client, app, case.number)


@pytest.mark.parametrize("state", ["accepted", "rejected"])
def test_a_case_is_not_a_units_before_dispatch(app, client, state):
    case = make_case(state)
    in_transaction(case, lambda c: setattr(c, "unit_code", "sanitation"))
    client.sign_in("unit@demo.invalid")
    assert answers(client, app, case.number) == {404}


def test_the_inbox_is_for_units(app, client):
    client.sign_in("verifier@demo.invalid")
    assert client.get("/unit/").status_code == 403


def test_nothing_leads_to_the_reporter(app, client):
    words = "垃圾满了，打我电话１３８ 0013 8000，身份证110101199003070011"
    case = make_case("in_progress", words=words, phone="13900139000", email="someone@example.org")
    client.sign_in("unit@demo.invalid")
    for page in ("/unit/", f"/unit/cases/{case.number}", f"/unit/cases/{case.number}/fix"):
        text = client.get(page).get_data(as_text=True)
        for secret in ("13900139000", "someone@example.org", "0013", "110101199003070011", "YY26-"):
            assert secret not in text, (page, secret)


def test_pictures_of_a_case_are_seen_by_those_who_work_on_it(app, client, people):
    case = make_case("to_verify", photos=1)
    with transaction():
        for photo in db.session.execute(db.select(Photo)).scalars():
            photo.masked_key = "masked/none"
    tokens = [photo.token for photo in db.session.execute(db.select(Photo)).scalars()]
    assert len(tokens) == 2
    drawn = next(name for name, person in people.items() if person.id == case.verifier_id)
    strangers = {"unit-urban-mgmt", "resident", "coordinator", *{"verifier", "verifier2", "verifier3"} - {drawn}}
    for name in ("unit", "moderator", "leader", drawn, *sorted(strangers)):
        for photo in db.session.execute(db.select(Photo)).scalars().all():
            with app.test_request_context():
                login_user(people[name])
                assert staff_on_the_case(photo) is (name not in strangers), name
    assert client.get(f"/photos/{tokens[0]}/thumb").status_code == 404


def test_the_whole_way_on_a_phone_without_script(app, client):
    case = make_case("dispatched")
    client.sign_in("unit@demo.invalid")
    sign = f"/unit/cases/{case.number}/sign"
    assert client.submit(sign, {"version": case.version}, page=f"/unit/cases/{case.number}").status_code == 303
    page = f"/unit/cases/{case.number}/fix"
    data = {"photos": (io.BytesIO(PHOTO), "a.jpg"), "note": "清了一半", "resolution": "fixed", "do": "keep"}
    kept = client.submit(page, data, content_type="multipart/form-data")
    assert kept.status_code == 303
    text = client.get(kept.headers["Location"]).get_data(as_text=True)
    assert "清了一半" in text and re.search(r'value="fixed" checked', text) and 'name="remove"' in text
    version = re.search(r'name="version"[^>]*value="(\d+)"', text)[1]
    last = {"note": "清完了", "resolution": "fixed", "do": "hand_in", "version": version}
    for _press in range(2):
        assert (
            client.submit(page, last, page=f"/unit/cases/{case.number}" if _press else page).status_code == 303
            or _press
        )
    after = db.session.get(type(case), case.id, populate_existing=True)
    assert after.state == "to_verify"
    assert db.session.scalar(db.select(db.func.count()).select_from(Check)) == 1


def test_pressing_twice_changes_nothing_more(app, client):
    case = make_case("in_progress")
    client.sign_in("unit@demo.invalid")
    page = f"/unit/cases/{case.number}/fix"
    token = client.token(page)
    headers = {"Sec-Fetch-Site": "same-origin"}
    statuses = []
    for _press in range(2):
        data = {
            "csrf_token": token,
            "version": str(case.version),
            "photos": (io.BytesIO(PHOTO), "a.jpg"),
            "note": "清完了",
            "resolution": "fixed",
            "do": "hand_in",
        }
        statuses.append(client.post(page, data=data, headers=headers).status_code)
    assert statuses == [303, 303]
    actions = [event.action for event in history("case", case.id)]
    assert actions.count("finish") == 1
    data |= {"photos": (io.BytesIO(PHOTO), "a.jpg"), "note": "别的话"}
    assert client.post(page, data=data, headers=headers).status_code == 409


@pytest.mark.parametrize(("version", "status"), [("", 422), ("1", 409), ("²", 422), ("9" * 30, 422)])
def test_a_decision_needs_the_version_it_was_made_on(app, client, version, status):
    case = make_case("in_progress")
    client.sign_in("unit@demo.invalid")
    page = f"/unit/cases/{case.number}/fix"
    data = {"photos": (io.BytesIO(PHOTO), "a.jpg"), "note": "这些话要留着", "resolution": "fixed", "do": "hand_in"}
    answer = client.submit(page, {**data, "version": version}, content_type="multipart/form-data")
    assert answer.status_code == status
    text = answer.get_data(as_text=True)
    assert "这些话要留着" in text and 'name="remove"' in text and re.search(r'value="fixed" checked', text)
    case = db.session.get(type(case), case.id, populate_existing=True)
    assert case.state == "in_progress"


def test_signing_needs_the_version_but_not_twice(app, client):
    case = make_case("dispatched")
    client.sign_in("unit@demo.invalid")
    sign, page = f"/unit/cases/{case.number}/sign", f"/unit/cases/{case.number}"
    assert client.submit(sign, {}, page=page).status_code == 422
    assert client.submit(sign, {"version": "1"}, page=page).status_code == 409
    for _press in range(2):
        assert (
            client.submit(sign, {"version": case.version}, page="/unit/" if _press == 0 else f"{page}/fix").status_code
            == 303
        )
    assert [event.action for event in history("case", case.id)].count("sign") == 1


def test_a_bad_file_costs_no_other(app, client):
    case = make_case("in_progress")
    client.sign_in("unit@demo.invalid")
    page = f"/unit/cases/{case.number}/fix"
    files = [(io.BytesIO(PHOTO), "a.jpg"), (io.BytesIO(b"<svg onload=alert(1)>"), "b.svg")]
    answer = client.submit(page, {"photos": files, "note": "字还在", "do": "keep"}, content_type="multipart/form-data")
    assert answer.status_code == 422 and "字还在" in answer.get_data(as_text=True)
    assert db.session.scalar(db.select(db.func.count()).select_from(Photo)) == 1


def sendable(texts: list[str]) -> list[str]:
    """As a client can encode them: a lone surrogate becomes a question mark."""
    return [text.encode("utf-8", "replace").decode() for text in texts]


def test_nasty_words_never_break_a_page(app, client):
    case = make_case("in_progress")
    client.sign_in("unit@demo.invalid")
    page = f"/unit/cases/{case.number}/fix"
    token = client.token(page)
    client.echoes = True
    for text in (*sendable(NASTY[::5]), "a\0b", "字" * 5000):
        fields = {"note": text, "resolution": text, "version": text, "remove": text, "taken_at": text, "do": "hand_in"}
        answer = client.post(page, data={**fields, "csrf_token": token}, headers={"Sec-Fetch-Site": "same-origin"})
        assert answer.status_code == 422, text
    for text in sendable(NASTY[::15]):
        assert client.get("/unit/", query_string={"show": text, "after": text}).status_code == 200
        assert client.get(page, query_string={"result": text}).status_code == 200


def test_numbers_that_name_nothing(app, client):
    client.sign_in("unit@demo.invalid")
    for number in ("0", "261122-ZZZZ", "²", "999999-AAAA", "%00", "..%2f..%2fx", "字" * 500):
        assert client.get(f"/unit/cases/{number}").status_code == 404, number


def test_the_inbox_is_ordered_and_paged(app, client, monkeypatch):
    monkeypatch.setattr(unit_queries, "PAGE", 2)
    cases = [make_case("dispatched", words=f"第{n}处垃圾") for n in range(5)]
    for days, case in enumerate(reversed(cases)):
        moment = clock.now() + timedelta(days=days + 1)
        in_transaction(case, lambda c, moment=moment: setattr(c, "queue_at", moment))
    client.sign_in("unit@demo.invalid")
    seen, address = [], "/unit/"
    for _page in range(3):
        text = client.get(address).get_data(as_text=True)
        seen += re.findall(r">第(\d)处垃圾<", text)
        following = re.search(r'href="(/unit/\?show=todo&amp;after=[0-9A-Z-]+)"', text)
        address = following[1].replace("&amp;", "&") if following else ""
    assert not address, "there is no fourth page"
    assert seen == ["4", "3", "2", "1", "0"]


def test_segments_count_what_they_show(app):
    for state in ("dispatched", "in_progress", "to_verify", "closed"):
        make_case(state)
    make_case("in_progress", unit="urban_mgmt")
    now = clock.now() + timedelta(days=30)
    counts = unit_queries.counts("sanitation", now)
    for segment in unit_queries.SEGMENTS:
        rows, _after = unit_queries.inbox("sanitation", segment, now=now)
        assert len(rows) == counts[segment], segment
    assert counts == {"todo": 2, "sign": 1, "doing": 1, "rework": 0, "overdue": 2, "checking": 1, "done": 1}


def test_the_permission_is_the_units_own(people):
    case = Fix(unit_code="sanitation")
    assert allowed(people["unit"], Permission.FIX_CASE, case)
    assert not allowed(people["unit-urban-mgmt"], Permission.FIX_CASE, case)
