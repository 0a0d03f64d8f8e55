"""From a verified fix to the board and off it again."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from citizen.accounts.models import Person
from citizen.boards import queries
from citizen.boards.jobs import keep_boards_true, propose_overdue
from citizen.boards.models import BoardEntry
from citizen.boards.services import candidates, entries, facts, replies
from citizen.cases.models import Case
from citizen.cases.signals import case_reopened
from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput
from citizen.extensions import db
from citizen.photos import services as photos
from citizen.photos.models import Photo
from citizen.projection import queries as projection
from tests.boards.conftest import entry_for, fresh, prepare_photos, step, write
from tests.factories import make_case

pytestmark = pytest.mark.usefixtures("people")


def test_a_verified_fix_is_proposed_once(closed: Case) -> None:
    entry = queries.entry_of_case(closed.id, "exposure")
    assert entry is not None and entry.state == "candidate"
    assert entry.number.startswith("B") and closed.number not in entry.number
    with transaction():
        assert candidates.make_candidate(db.session.get_one(Case, closed.id)) is None


def test_what_was_not_fixed_is_not_proposed(app: object) -> None:
    case = make_case("to_verify", photos=1)
    with transaction():
        assert candidates.make_candidate(db.session.get_one(Case, case.id)) is None


@pytest.mark.both_databases
def test_the_author_cannot_review(closed: Case, people: dict[str, Person]) -> None:
    entry = entry_for(closed, "drafted")
    with pytest.raises(Conflict):
        step(entry, lambda row: entries.review(row, by_id=people["moderator"].id))
    assert fresh(entry.number).state == "drafted"


@pytest.mark.both_databases
def test_the_database_refuses_one_person_in_both_roles(
    closed: Case, people: dict[str, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the rule switched off the constraint still holds."""
    entry = entry_for(closed, "drafted")
    monkeypatch.setattr("citizen.boards.rules.ensure_two_people", lambda *_people: None)
    with pytest.raises(IntegrityError):
        step(entry, lambda row: entries.review(row, by_id=people["moderator"].id))


def test_without_the_constraint_one_person_would_do(
    closed: Case, people: dict[str, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the test above: it is the constraint that refuses, nothing else."""
    entry = entry_for(closed, "drafted")
    monkeypatch.setattr("citizen.boards.rules.ensure_two_people", lambda *_people: None)
    with db.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA ignore_check_constraints=ON")
        connection.execute(text("UPDATE board_entries SET reviewer_id = author_id WHERE id = :id"), {"id": entry.id})
        connection.commit()
        connection.exec_driver_sql("PRAGMA ignore_check_constraints=OFF")
    row = fresh(entry.number)
    assert row.reviewer_id == row.author_id


def test_a_redraft_voids_the_review(closed: Case, people: dict[str, Person]) -> None:
    entry = entry_for(closed, "notified")
    write(entry, title="换了一个标题的条目", author="moderator2")
    row = fresh(entry.number)
    assert (row.state, row.reviewer_id, row.author_id) == ("drafted", None, people["moderator2"].id)
    with pytest.raises(Conflict):
        step(entry, lambda row: entries.publish(row, by_id=people["leader"].id))


def test_a_repair_is_shown_without_waiting(published: BoardEntry) -> None:
    fact = projection.board_entry(published.number)
    assert fact is not None and fact.status == "done"
    assert published.reply_due_at is not None and published.reply_due_at > clock.now()
    assert fact.before_photo and fact.after_photo and fact.verified_day
    assert fact.title_hant == "葦舍新村垃圾投放點滿溢"
    assert fact.title_en.startswith("Exposed refuse · ")
    assert fact.expires_at == published.expires_at


def test_the_place_is_rounded(published: BoardEntry, closed: Case) -> None:
    fact, case = projection.board_entry(published.number), db.session.get_one(Case, closed.id)
    assert fact is not None and fact.lon is not None and case.lon is not None
    assert (fact.lon, fact.lat) != (case.lon, case.lat)
    assert len(str(fact.lon).split(".")[1]) <= 4


@pytest.mark.parametrize(
    ("precision", "named", "located"),
    [("point", "point", True), ("street", "area", True), ("area", "area", False)],
)
def test_the_precision_decides_what_is_told(
    closed: Case, people: dict[str, Person], precision: str, named: str, located: bool
) -> None:
    entry = entry_for(closed, "drafted")
    write(entry, precision=precision)
    step(entry, lambda row: entries.review(row, by_id=people["moderator2"].id))
    step(entry, lambda row: entries.publish(row, by_id=people["leader"].id))
    fact, known = projection.board_entry(entry.number), facts.directory()
    assert fact is not None
    case = db.session.get_one(Case, closed.id)
    wanted = known.points[case.point_code or ""] if named == "point" else known.areas[case.area_code]
    assert fact.place_hans == wanted.name_hans
    assert (fact.lon is not None) == located
    assert case.landmark == "" or case.landmark not in fact.place_hans


def test_only_checked_pictures_of_the_case(closed: Case, app: object) -> None:
    entry = queries.entry_of_case(closed.id, "exposure")
    assert entry is not None
    before, _after = queries.pictures_of_case(closed.id)
    with pytest.raises(InvalidInput):
        write(entry, before=(before[0].id, ""))  # not yet masked nor checked
    other = make_case("submitted", photos=1, words="另外一件事情的照片")
    prepare_photos(closed.id)
    foreign = queries.pictures_of_case(other.id)[0][0]
    with pytest.raises(InvalidInput):
        write(entry, before=(foreign.id, ""))
    write(entry)


def test_an_overdue_case_waits_for_its_unit(app: object, people: dict[str, Person]) -> None:
    case = make_case("in_progress", photos=1)
    with time_machine.travel(clock.now() + timedelta(days=40), tick=True):
        propose_overdue({})
        entry = queries.entry_of_case(case.id, "exposure")
        assert entry is not None
        prepare_photos(case.id)
        write(entry)
        step(entry, lambda row: entries.review(row, by_id=people["moderator2"].id))
        with pytest.raises(Conflict):
            step(entry, lambda row: entries.publish(row, by_id=people["leader"].id))
        step(entry, lambda row: replies.reply(row, "", by_id=people["unit"].id, role="unit"))
        step(entry, lambda row: entries.publish(row, by_id=people["leader"].id))
        fact = projection.board_entry(entry.number)
        assert fact is not None and fact.status == "overdue" and fact.reply == ""


def test_a_reply_after_publication_shows_at_once(published: BoardEntry, people: dict[str, Person]) -> None:
    step(published, lambda row: replies.reply(row, "清运改为每天两次", by_id=people["unit"].id, role="unit"))
    fact = projection.board_entry(published.number)
    assert fact is not None and fact.reply == "清运改为每天两次" and fact.before_photo
    with pytest.raises(Conflict):
        step(published, lambda row: replies.reply(row, "再来一次也不行", by_id=people["unit"].id, role="unit"))


def test_a_correction_needs_a_second_person_again(
    published: BoardEntry, people: dict[str, Person], client: FlaskClient
) -> None:
    step(published, lambda row: entries.recall(row, by_id=people["leader"].id))
    assert projection.board_entry(published.number) is None
    write(published, title="改正以后的标题")
    with pytest.raises(Conflict):
        step(published, lambda row: entries.publish(row, by_id=people["leader"].id))
    step(published, lambda row: entries.review(row, by_id=people["moderator2"].id))
    row = step(published, lambda row: entries.publish(row, by_id=people["leader"].id))
    fact = projection.board_entry(published.number)
    assert row.state == "corrected" and fact is not None and fact.title_hans == "改正以后的标题"


def test_expiry_takes_everything_off(published: BoardEntry) -> None:
    names = [photo.public_name for photo in db.session.execute(db.select(Photo)).scalars() if photo.public_name]
    assert len(names) == 2
    with time_machine.travel(clock.now() + timedelta(days=731), tick=True):
        assert projection.board_entry(published.number) is None, "gone before the job comes round"
        keep_boards_true({})
        assert fresh(published.number).state == "expired"
    assert not [photo for photo in db.session.execute(db.select(Photo)).scalars() if photo.public_name]


def test_a_reopened_case_leaves_the_board(published: BoardEntry, closed: Case) -> None:
    with transaction():
        case_reopened.send(db.session.get_one(Case, closed.id))
    assert projection.board_entry(published.number) is None
    assert fresh(published.number).state == "drafted"


def test_an_unknown_reason_is_refused(published: BoardEntry, people: dict[str, Person]) -> None:
    with pytest.raises(InvalidInput):
        step(published, lambda row: entries.withdraw(row, "because", by_id=people["leader"].id))
    assert projection.board_entry(published.number) is not None


def test_new_masks_take_the_entry_off(published: BoardEntry, people: dict[str, Person]) -> None:
    keep_boards_true({})
    assert projection.board_entry(published.number) is not None, "the control: nothing changed, it stays"
    with transaction():
        photo = db.session.get_one(Photo, published.before_photo_id)
        photos.set_boxes(photo, [], by_id=people["moderator"].id)
    keep_boards_true({})
    assert projection.board_entry(published.number) is None
    assert fresh(published.number).state == "drafted"
