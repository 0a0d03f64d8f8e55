"""Kinds of posts from the county's file, and posts at places."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from citizen.accounts.models import Person
from citizen.accounts.queries import person_of
from citizen.accounts.rules import contact_of
from citizen.core import clock
from citizen.core.audit import record
from citizen.core.content import Content, Words
from citizen.core.database import locked
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.departments.models import Point
from citizen.departments.queries import directory
from citizen.departments.services import touch
from citizen.extensions import db
from citizen.volunteers.models import Post, PostKind, Shift
from citizen.volunteers.rules.booking import BookingState, By
from citizen.volunteers.rules.briefings import weekly_from
from citizen.volunteers.rules.eligibility import MAX_AGE
from citizen.volunteers.rules.shifts import ShiftStatus
from citizen.volunteers.services import messages
from citizen.volunteers.services.places import bookings_of, lock_shifts

MIN_RADIUS, MAX_RADIUS = 20, 5_000


@dataclass(frozen=True, slots=True)
class PostDraft:
    """A post as a coordinator asks for it; ``hans`` and ``en`` texts, Traditional is derived.

    ``point`` gives name and place unless others are typed; ``lon`` and ``lat`` are WGS-84. Without ``area`` the place's is
    taken. ``lead_id`` is a person with an account.
    """

    kind: str
    point: str | None = None
    area: str = ""
    place: tuple[str, str] = ("", "")
    lon: float | None = None
    lat: float | None = None
    radius: int = 200
    hazards: tuple[str, str] = ("", "")
    min_age: int | None = None
    lead_id: int | None = None
    care: bool = False
    active: bool = True
    note: str = ""


def create_post(draft: PostDraft, *, by: By) -> Post:
    """A new post. Raises InvalidInput, naming the field, for a place outside the county and other impossible values."""
    if db.session.get(PostKind, draft.kind) is None:
        raise InvalidInput(_l("Choose a kind of post."), "kind")
    post = Post(kind_code=draft.kind, qr_secret=new_secret(), slug=new_slug(), **_columns(draft))
    db.session.add(post)
    db.session.flush()
    record("post.created", "post", subject_id=post.id, actor=by.pair, detail={"kind": post.kind_code})
    return post


def lock_post(post_id: int, *, version: object) -> Post:
    """The post, fresh and locked; raises NotFound, and Conflict when a coordinator looked at an older version."""
    post = locked(Post, Post.id == post_id)
    if post is None:
        raise NotFound()
    if str(version) != str(post.version):
        raise Conflict(_l("The post has changed in the meantime. Look at it again before you decide."))
    return post


def edit_post(post: Post, draft: PostDraft, *, tell: bool, by: By) -> int:
    """Change a locked post and the copies that its coming shifts hold; its kind stays.

    With ``tell`` those who have a place at a coming shift read that it changed; returns how many they are. Raises
    InvalidInput as `create_post`.
    """
    columns = _columns(draft)
    changed = sorted(name for name, value in columns.items() if getattr(post, name) != value)
    for name, value in columns.items():
        setattr(post, name, value)
    post.version += 1
    db.session.flush()
    told = _follow(post, tell=tell)
    record("post.edited", "post", subject_id=post.id, actor=by.pair, detail={"changed": changed, "told": told})
    return told


def _follow(post: Post, *, tell: bool) -> int:
    """Bring the coming shifts of a post up to date and, if wished, tell their people."""
    query = db.select(Shift.id).where(
        Shift.post_id == post.id, Shift.status == ShiftStatus.OPEN, Shift.starts_at > clock.now()
    )
    told = 0
    for shift in lock_shifts(list(db.session.execute(query).scalars())).values():
        if not tell and shift.area_code == post.area_code:
            continue
        shift.area_code = post.area_code
        shift.version += 1
        for booking in bookings_of(shift, (BookingState.CONFIRMED,)) if tell else ():
            messages.moved(shift, booking)
            told += 1
    return told


def _columns(draft: PostDraft) -> dict[str, Any]:
    point = directory().points.get(draft.point or "")
    if draft.point and point is None:
        raise InvalidInput(_l("Choose a point of the list."), "point")
    place = _place(draft, point)
    hazards = Words.of(*draft.hazards)
    lon, lat = (draft.lon, draft.lat) if draft.lon is not None else (point.lon, point.lat) if point else (None, None)
    if not MIN_RADIUS <= draft.radius <= MAX_RADIUS:
        raise InvalidInput(_l("The radius is between 20 and 5,000 metres."), "radius")
    if draft.min_age is not None and not 1 <= draft.min_age <= MAX_AGE:
        raise InvalidInput(_l("Please check the age."), "min_age")
    return {
        "point_code": point.code if point else None,
        "area_code": _area(draft.area, lon, lat),
        "place_hans": place.hans,
        "place_hant": place.hant,
        "place_en": place.en,
        "lon": lon,
        "lat": lat,
        "radius_m": draft.radius,
        "hazards": {"hans": hazards.hans, "hant": hazards.hant, "en": hazards.en} if hazards.hans else {},
        "min_age": draft.min_age,
        "lead_id": draft.lead_id,
        "care": draft.care,
        "active": draft.active,
        "note": draft.note,
    }


def _place(draft: PostDraft, point: Point | None) -> Words:
    """The name of the place: what was typed, else the point's; raises InvalidInput when there is none."""
    hans, en = draft.place
    if hans:
        return Words.of(hans, en)
    if point is None:
        raise InvalidInput(_l("Name the place, as volunteers are told it."), "place_hans")
    return Words.of(point.name_hans, en or point.name_en)


def _area(chosen: str, lon: float | None, lat: float | None) -> str:
    """The area of a place; raises InvalidInput when the place is missing or outside the county."""
    if lon is None or lat is None:
        raise InvalidInput(_l("Choose a point or type the coordinates of the place."), "coordinates")
    found = directory().territory.locate(lon, lat)
    if found is None:
        raise InvalidInput(_l("This place lies outside the county."), "coordinates")
    code = chosen or found.area or ""
    if code not in directory().areas:
        raise InvalidInput(_l("Choose an area of the county."), "area")
    return code


def lead_with(raw: str, *, field: str = "lead") -> Person:
    """The active person who signs in with this phone number or e-mail address; raises InvalidInput when there is none."""
    person = person_of(contact_of(raw, field=field))
    if person is None or not person.is_active:
        raise InvalidInput(_l("Nobody has an account with this number or address."), field)
    return person


def import_kinds(files: Content) -> int:
    """Bring the kinds of posts up to date with the county's file; returns how many there are.

    Importing twice changes nothing; a kind that left the file stays, since shifts may point at it. Raises ValueError or
    KeyError for a weekly briefing in site.yaml that cannot be read: pages look at it for every newcomer.
    """
    for row in files.site.get("briefings") or []:
        weekly_from(row)
    rows = files.yaml("volunteer_posts.yaml")["posts"]
    for position, row in enumerate(rows):
        db.session.merge(_kind(row, position))
    touch()
    return len(rows)


def _kind(row: dict[str, Any], position: int) -> PostKind:
    name = Words.of(row["name_zh"], row["name_en"])
    equipment = zip(row.get("equipment_zh", []), row.get("equipment_en", []), strict=True)
    return PostKind(
        code=row["code"],
        name_hans=name.hans,
        name_hant=name.hant,
        name_en=name.en,
        duties=[_words(item["zh"], item["en"]) for item in row["duties"]],
        must_not=[_words(item["zh"], item["en"]) for item in row["must_not"]],
        equipment=[_words(zh, en) for zh, en in equipment],
        usual_slots=row["usual_slots"],
        place_types=row["point_types"],
        shift_minutes=row["shift_minutes"],
        default_capacity=row["default_capacity"],
        min_age=row["min_age"],
        guardian_consent=row["guardian_consent_under_18"],
        briefing_required=row["briefing_required"],
        insurance_required=row["insurance_required"],
        risk=row["risk"],
        outdoors=row["outdoors"],
        sort=position,
    )


def _words(hans: str, en: str) -> dict[str, str]:
    words = Words.of(hans, en)
    return {"hans": words.hans, "hant": words.hant, "en": words.en}


def new_slug() -> str:
    """A word for an address that cannot be guessed or counted up (50 random bits)."""
    alphabet = "abcdefghjkmnpqrstvwxyz23456789"
    return "".join(secrets.choice(alphabet) for _ in range(11))


def new_secret() -> str:
    """The secret of a post's rotating codes (256 random bits)."""
    return secrets.token_hex(32)
