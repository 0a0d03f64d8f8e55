"""The moderator's release: text, each photo and the precision of the place, separately; and taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from citizen.cases.models import Case, CaseReport
from citizen.cases.rules import OPEN, find_hints
from citizen.cases.services.door import By, note_event
from citizen.core import clock
from citizen.core.content import to_traditional
from citizen.core.errors import Conflict, InvalidInput
from citizen.core.geo import round_place
from citizen.core.numbers import random_code
from citizen.core.text import clean_line
from citizen.departments.queries import directory
from citizen.extensions import db
from citizen.photos import services as photo_services
from citizen.photos.models import Photo
from citizen.photos.rules import PhotoState
from citizen.projection import services as projection
from citizen.projection.models import ReleasedFact
from citizen.reports.models import Category
from citizen.reports.queries import chosen_category

NEARBY = "nearby"
PRECISIONS = ("point", "street", "area")
TITLE_LIMIT = 60
TITLE_EN_LIMIT = 120
#: To how many metres the place is rounded; a street is longer than a point is wide.
POINT_METRES = 50
STREET_METRES = 200


def release(case: Case, *, titles: tuple[str, str], precision: str, photo_ids: Sequence[int], by: By) -> str:
    """Let the public know of an open case, in the moderator's words; returns its public number.

    ``titles`` are (Simplified Chinese, English; empty for the category's name). Releasing again replaces what was
    released. Raises InvalidInput for words that hold a number of a person, an impossible precision or a photo whose
    masks nobody checked; Conflict for a case that is not accepted or has ended.
    """
    category = chosen_category(case.category_code)
    if case.state not in OPEN or category is None or case.limit_version is None:
        raise Conflict(_l("Only an accepted case that is still open can be shown to people nearby."))
    hans, english = _titles(titles)
    place = _place(case, precision)
    photos = _chosen(case, photo_ids)
    number = public_number(case) or _free_number()
    _withdraw_others(case, keep=photos)
    names = [photo_services.release(photo) for photo in photos]
    case.released_at, case.public_precision = clock.now(), precision
    case.public_title_hans, case.public_title_en = hans, english
    facts = _facts(case, category) | place | _words(hans, english or category.name_en)
    if photos:
        facts |= {"before_photo": names[0], "before_alt": photos[0].alt}
    projection.publish(NEARBY, number, values={"case_id": case.id, **facts})
    note_event(case, "release", by=by, detail={"precision": precision, "photos": len(photos), "title": hans})
    return number


def unrelease(case: Case, *, by: By | None = None) -> None:
    """Take back whatever was released to people nearby; with ``by`` the event is recorded. Nothing happens otherwise.

    Photos that the board shows stay: the board takes them back itself.
    """
    number = public_number(case)
    if case.released_at is None and number is None:
        return
    if number is not None:
        projection.withdraw(NEARBY, number)
    _withdraw_others(case, keep=[])
    case.released_at, case.public_precision = None, ""
    if by is not None:
        note_event(case, "unrelease", by=by)


def case_ended(case: Case, **_more: Any) -> None:
    """Receiver of `case_closed`: what is fixed is no longer suggested to people nearby."""
    unrelease(case)


def public_number(case: Case) -> str | None:
    """The number under which the case is known to people nearby; unlike every number of a case or report."""
    query = db.select(ReleasedFact.number).where(ReleasedFact.surface == NEARBY, ReleasedFact.case_id == case.id)
    return db.session.execute(query.limit(1)).scalar_one_or_none()


def precisions(case: Case) -> list[str]:
    """The precisions at which the place of ``case`` can be released, finest first."""
    possible = {"point": case.point_code is not None, "street": case.lon is not None, "area": True}
    return [name for name in PRECISIONS if possible[name]]


def _titles(titles: tuple[str, str]) -> tuple[str, str]:
    hans = clean_line(titles[0], TITLE_LIMIT, field="title_hans")
    english = clean_line(titles[1], TITLE_EN_LIMIT, field="title_en")
    if len(hans) < 2:
        raise InvalidInput(_l("Write a neutral title"), "title_hans")
    for text, field in ((hans, "title_hans"), (english, "title_en")):
        if find_hints(text):
            raise InvalidInput(_l("The title holds a phone, plate or identity number. Take it out."), field)
    return hans, english


def _words(hans: str, english: str) -> dict[str, str]:
    return {"title_hans": hans, "title_hant": to_traditional(hans), "title_en": english}


def _facts(case: Case, category: Category) -> dict[str, Any]:
    reported = clock.local(case.received_at).date()
    return {
        "category_code": category.code,
        "resident_group": category.resident_group or "",
        "area_code": case.area_code,
        "unit_code": case.unit_code,
        "status": "working",
        "reported_day": reported,
        "promised_day": clock.local(case.deadline_at).date() if case.deadline_at else None,
        "day": reported,
        "released_at": case.released_at,
        "before_photo": None,
        "before_alt": "",
    }


def _place(case: Case, precision: str) -> dict[str, Any]:
    if precision not in precisions(case):
        raise InvalidInput(_l("Choose how exactly the place may be shown"), "precision")
    snapshot = directory()
    area, point = snapshot.areas[case.area_code], snapshot.points.get(case.point_code or "")
    named = point if precision == "point" and point is not None else area
    lon, lat = None, None
    if precision == "point" and point is not None:
        lon, lat = round_place(point.lon, point.lat, POINT_METRES)
    elif precision == "street" and case.lon is not None and case.lat is not None:
        lon, lat = round_place(case.lon, case.lat, STREET_METRES)
    names = {"place_hans": named.name_hans, "place_hant": named.name_hant, "place_en": named.name_en}
    return {**names, "lon": lon, "lat": lat}


def _photos(case: Case) -> list[Photo]:
    owners = db.select(CaseReport.report_id).where(CaseReport.case_id == case.id)
    query = db.select(Photo).where(Photo.owner_kind == "report", Photo.owner_id.in_(owners))
    return list(db.session.execute(query.order_by(Photo.owner_id, Photo.position, Photo.id)).scalars())


def _chosen(case: Case, photo_ids: Sequence[int]) -> list[Photo]:
    wanted = set(photo_ids)
    chosen = [photo for photo in _photos(case) if photo.id in wanted]
    ready = all(photo.state in (PhotoState.CHECKED, PhotoState.PUBLIC) for photo in chosen)
    if len(chosen) != len(wanted) or not ready:
        raise InvalidInput(_l("Check the masks of a photo before you release it"), "photos")
    return chosen


def _withdraw_others(case: Case, *, keep: Sequence[Photo]) -> None:
    kept = {photo.id for photo in keep}
    for photo in _photos(case):
        if photo.id not in kept and photo.state == PhotoState.PUBLIC and not _on_board(photo):
            photo_services.withdraw(photo)


def _on_board(photo: Photo) -> bool:
    shown = (ReleasedFact.before_photo == photo.public_name) | (ReleasedFact.after_photo == photo.public_name)
    query = db.select(ReleasedFact.id).where(shown, ReleasedFact.surface != NEARBY).limit(1)
    return db.session.execute(query).first() is not None


def _free_number() -> str:
    return f"N{random_code(9)}"
