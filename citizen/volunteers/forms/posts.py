"""The form of a post."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import StopValidation

from citizen.core.geo import Datum, parse_coordinates, to_wgs84
from citizen.volunteers.forms.desk_fields import CountField
from citizen.volunteers.models import Post
from citizen.volunteers.rules.eligibility import MAX_AGE
from citizen.volunteers.services.posts import MAX_RADIUS, MIN_RADIUS, PostDraft, lead_with
from citizen.web.forms import DecisionForm, line, paragraph

DATUMS = [
    SelectChoice(Datum.WGS84.value, _l("GPS (WGS-84)")),
    SelectChoice(Datum.GCJ02.value, _l("Amap, Tencent (GCJ-02)")),
    SelectChoice(Datum.BD09.value, _l("Baidu (BD-09)")),
]


class PostForm(DecisionForm):
    """A post at a point or at a free place."""

    FALLBACK = "kind"
    key = HiddenField()
    kind = SelectField(_l("Kind of service"), validate_choice=False)
    point = SelectField(_l("Point"), validate_choice=False, default="")
    place_hans = line(_l("Name of the place in Chinese"), 60)
    place_en = line(_l("Name of the place in English"), 120)
    coordinates = line(_l("Longitude, latitude"), 60)
    datum = SelectField(_l("Coordinates taken from"), choices=DATUMS, default=Datum.WGS84.value)
    area = SelectField(_l("Area"), validate_choice=False, default="")
    radius = CountField(_l("Radius for signing in, in metres"), MIN_RADIUS, high=MAX_RADIUS, default="200")
    hazards_hans = paragraph(_l("What to look out for, in Chinese"), 300)
    hazards_en = paragraph(_l("What to look out for, in English"), 600)
    min_age = CountField(_l("Stricter age"), 1, high=MAX_AGE)
    lead = line(_l("Lead: phone or e-mail"), 200)
    no_lead = BooleanField(_l("Without a lead"))
    care = BooleanField(_l("Home visits: the address is told to the confirmed pair only"))
    active = BooleanField(_l("Open: shifts can be made here"), default=True)
    note = paragraph(_l("Internal note"), 500)
    tell = BooleanField(_l("Tell those who booked that the place has changed"))

    def validate_coordinates(self, field: Any) -> None:
        """Raise StopValidation for what is no pair of coordinates."""
        if field.data and parse_coordinates(field.data) is None:
            raise StopValidation(_l("Type two numbers, such as 113.50, 27.50."))

    def to_draft(self, post: Post | None = None) -> PostDraft:
        """What was typed, for the service; an empty lead leaves the present one. Raises InvalidInput for an unknown lead."""
        found = parse_coordinates(self.coordinates.data or "")
        lon, lat = to_wgs84(*found, Datum(self.datum.data)) if found else (None, None)
        lead_id = lead_with(self.lead.data).id if self.lead.data else post.lead_id if post else None
        return PostDraft(
            kind=post.kind_code if post else self.kind.data or "",
            point=self.point.data or None,
            area=self.area.data or "",
            place=(self.place_hans.data or "", self.place_en.data or ""),
            lon=lon,
            lat=lat,
            radius=self.radius.number or 0,
            hazards=(self.hazards_hans.data or "", self.hazards_en.data or ""),
            min_age=self.min_age.number,
            lead_id=None if self.no_lead.data else lead_id,
            care=bool(self.care.data),
            active=bool(self.active.data),
            note=self.note.data or "",
        )


def values_of(post: Post) -> dict[str, Any]:
    """What the form shows of a stored post."""
    return {
        "version": str(post.version),
        "kind": post.kind_code,
        "point": post.point_code or "",
        "place_hans": post.place_hans,
        "place_en": post.place_en,
        "coordinates": f"{post.lon:.6f}, {post.lat:.6f}",
        "area": post.area_code,
        "radius": str(post.radius_m),
        "hazards_hans": post.hazards.get("hans", ""),
        "hazards_en": post.hazards.get("en", ""),
        "min_age": str(post.min_age or ""),
        "care": post.care,
        "active": post.active,
        "note": post.note,
    }
