"""Step 2: where it is, in three ways of equal rank."""

from __future__ import annotations

from typing import Any

from flask import jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from citizen.core.database import transaction
from citizen.core.errors import InvalidInput
from citizen.core.geo import Datum, to_wgs84
from citizen.core.numbers import parse_coordinate
from citizen.departments.drawing import county_drawing
from citizen.departments.models import Point
from citizen.departments.queries import directory
from citizen.reports.forms import PlaceForm
from citizen.reports.models import Draft
from citizen.reports.queries import photo_places
from citizen.reports.rules import NO_AREA, PlaceChoice, next_step
from citizen.reports.services import drafts, places
from citizen.reports.views.door import bp, own_draft, to_step
from citizen.web.access import public
from citizen.web.locale import localised

#: Buttons that only show places to choose from.
LOOKING = ("show", "search")
#: A longer list of places is folded by kind.
MOST_ROWS = 10


@bp.get("/reports/new/<key>/place")
@public
def place(key: str) -> ResponseReturnValue:
    """The three ways, with what was chosen or typed before."""
    draft = own_draft(key)
    if draft.report_id:
        return to_step(draft, "receipt")
    typed = draft.data.get("typed", {}).get("place") or _typed_of(draft.data.get("place"))
    return _page(draft, PlaceForm(formdata=None, data=typed))


@bp.post("/reports/new/<key>/place")
@public
def save_place(key: str) -> ResponseReturnValue:
    """Save the place; or show the places of an area, or those that a search finds."""
    draft = own_draft(key)
    if draft.report_id:
        return to_step(draft, "receipt")
    form, back = PlaceForm(), request.args.get("back") == "check"
    if not form.validate():
        return _page(draft, form), 422
    if any(name in request.form for name in LOOKING):
        return _look(draft, form, back=back)
    try:
        choice = places.resolve(_typed(draft, form))
    except places.OutsideCounty:
        return _outside(draft, form)
    except InvalidInput as error:
        form.refuse(error, "area")
        return _page(draft, form), 422
    with transaction():
        drafts.save(key, "place", values=choice.to_data())
    return to_step(draft, next_step("place", back=back))


@bp.get("/reports/nearby-places")
@public
def nearby_places() -> ResponseReturnValue:
    """For the map's script: what lies around lon, lat (datum wgs84 unless given). 400 for anything that is
    no place."""
    lon, lat = parse_coordinate(request.args.get("lon")), parse_coordinate(request.args.get("lat"))
    datum = request.args.get("datum", "wgs84")
    if lon is None or lat is None or abs(lat) > 90 or datum not in set(Datum):
        return jsonify(words="", area=None, inside=False, points=[]), 400
    lon, lat = to_wgs84(lon, lat, Datum(datum))
    found = directory().territory.locate(lon, lat)
    near = places.nearest_points(lon, lat) if found else []
    return jsonify(
        words=place_words(found.area, near[0][0] if near else None) if found else "",
        area=found.area if found else None,
        inside=found is not None,
        points=[_row(point, metres) for point, metres in near],
    )


def place_words(area: str | None, point: Point | None) -> str:
    """A place in words: its area, and what it is near."""
    known = directory().areas.get(area or "")
    name = localised(known, "name") if known else ""
    return _("%(area)s, near %(place)s", area=name, place=localised(point, "name")) if point else name


def _row(point: Point, metres: int | None = None) -> dict[str, str]:
    kind = localised(point, "type")
    hint = kind if metres is None else _("%(kind)s, about %(metres)s m", kind=kind, metres=metres)
    return {"code": point.code, "name": localised(point, "name"), "hint": hint}


def _typed_of(data: dict[str, Any] | None) -> dict[str, str]:
    """The fields that lead to a saved choice again."""
    if not data:
        return {}
    choice = PlaceChoice.from_data(data)
    pinned = choice.lon is not None and choice.source != "point"
    values: dict[str, Any] = {"area": choice.area, "point": choice.point, "landmark": choice.landmark}
    if pinned:
        values |= {"lon": choice.lon, "lat": choice.lat, "accuracy": choice.accuracy, "source": choice.source}
    return {name: "" if value is None else str(value) for name, value in values.items()}


def _typed(draft: Draft, form: PlaceForm) -> places.TypedPlace:
    saved = draft.data.get("place")
    kept = PlaceChoice.from_data(saved) if saved else None
    return places.TypedPlace(**form.typed(), kept=kept, photo_places=photo_places(draft))


def _look(draft: Draft, form: PlaceForm, *, back: bool) -> ResponseReturnValue:
    """Keep what was typed, without the search words when places of an area are asked for, and show the page
    again."""
    typed = form.typed()
    if "show" in request.form:
        typed |= {"q": "", "point": ""}
    with transaction():
        drafts.remember(draft.key, "place", typed=typed)
    return to_step(draft, "place", back=back, anchor="places")


def _outside(draft: Draft, form: PlaceForm) -> ResponseReturnValue:
    """A kind page that names whom to call; all that was typed but the pin is kept."""
    with transaction():
        drafts.remember(
            draft.key,
            "place",
            typed=form.typed() | {"lon": "", "lat": "", "source": "", "photo": "", "area": ""},
        )
    return render_template("reports/outside.html", again=url_for("reports.place", key=draft.key)), 422


def _page(draft: Draft, form: PlaceForm) -> str:
    known, listed = directory(), _listed(form)
    form.area.choices = [(code, localised(area, "name")) for code, area in known.areas.items()]
    form.area.choices.append((NO_AREA, _("I cannot say, I will write a landmark")))
    suggestions = []
    for photo_id, (lon, lat) in photo_places(draft).items():
        where = known.territory.locate(lon, lat)
        if where is not None:
            near = places.nearest_points(lon, lat, limit=1)
            suggestions.append({"id": photo_id, "words": place_words(where.area, near[0][0] if near else None)})
    back: dict[str, Any] = {"back": "check"} if request.args.get("back") == "check" else {}
    return render_template(
        "reports/place.html",
        draft=draft,
        form=form,
        form_errors=form.errors,
        county=county_drawing(),
        points=listed,
        kinds=_by_kind(listed) if len(listed) > MOST_ROWS else [],
        suggestions=suggestions[:3],
        action=url_for("reports.place", key=draft.key, **back),
        back=bool(back),
    )


def _by_kind(rows: list[dict[str, str]]) -> list[tuple[str, list[dict[str, str]]]]:
    """A long list, folded by kind of place."""
    kinds: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        kinds.setdefault(row["hint"], []).append(row)
    return list(kinds.items())


def _listed(form: PlaceForm) -> list[dict[str, str]]:
    """The places to choose from: what the search finds, else those around the pin, else those of the chosen
    area."""
    area, text = form.area.data or "", form.q.data or ""
    if text:
        return [_row(point) for point in places.find_points(text)]
    lon, lat = parse_coordinate(form.lon.data or ""), parse_coordinate(form.lat.data or "")
    if lon is not None and lat is not None and directory().territory.contains(lon, lat):
        return [_row(point, metres) for point, metres in places.nearest_points(lon, lat)]
    if area in directory().areas:
        return [_row(point) for point in places.points_of_area(area)]
    landmark = form.landmark.data or ""
    return [_row(point) for point in places.find_points(landmark)] if area == NO_AREA or form.errors else []
