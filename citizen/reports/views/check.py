"""Step 4: look over everything, leave a contact or none, send."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import InvalidInput
from citizen.departments.queries import directory
from citizen.photos.queries import photos_of
from citizen.reports.forms import CheckForm, asked
from citizen.reports.models import Draft
from citizen.reports.queries import chosen_category, groups
from citizen.reports.rules import INTAKE_WORKING_DAYS, MAX_PHOTOS, PER_DAY, PER_HOUR, PlaceChoice, first_missing
from citizen.reports.services import drafts
from citizen.reports.services.submission import Incomplete, submit_report
from citizen.reports.views.door import bp, note_receipt, own_draft, shown_photos, to_step
from citizen.reports.views.what import near_cards, questions_of
from citizen.web.access import public
from citizen.web.limits import count, visitor
from citizen.web.locale import localised, page_language


@bp.get("/reports/new/<key>/check")
@public
def check(key: str) -> ResponseReturnValue:
    """Everything at a glance; the first page that still lacks something is shown instead."""
    draft = own_draft(key)
    if draft.report_id:
        return to_step(draft, "receipt")
    missing = first_missing(draft.data, len(photos_of("draft", draft.id)))
    if missing:
        return to_step(draft, missing)
    return _page(draft, CheckForm(formdata=None, data=draft.data.get("typed", {}).get("check") or {}))


@bp.post("/reports/new/<key>/check")
@public
def send(key: str) -> ResponseReturnValue:
    """Send the report; however often this is done, it becomes one report and leads to the same receipt."""
    draft = own_draft(key)
    # Whether there are photos is looked up by the service alone, under the draft's lock.
    missing = None if draft.report_id else first_missing(draft.data, MAX_PHOTOS)
    if draft.report_id or missing:
        return to_step(draft, missing or "receipt")
    form = CheckForm()
    refusal = _refusal(draft, form)
    if refusal is not None:
        return refusal
    language, answers, receipt = page_language(), asked(request.form), to_step(draft, "receipt")
    try:
        with transaction():
            report = submit_report(key, form.contact(), language=language, answers=answers)
            number = report.number
    except Incomplete as incomplete:
        return to_step(own_draft(key), str(incomplete.field))
    note_receipt(number)
    return receipt


def _refusal(draft: Draft, form: CheckForm) -> ResponseReturnValue | None:
    """What to answer when this cannot be sent as it is; the draft and what was typed stay."""
    valid = form.validate()
    try:
        form.contact()
    except InvalidInput as error:
        form.refuse(error, "phone")
        valid = False
    if valid and form.website.data:
        form.website.errors = [_("One field must stay empty. Please empty it and send again.")]
        valid = False
    if not valid:
        return _page(draft, form), 422
    if count(PER_HOUR, "reports", visitor()) and count(PER_DAY, "reports-a-day", visitor()):
        return None
    with transaction():
        drafts.remember(draft.key, "check", typed=form.typed())
    return render_template("reports/too_many.html", again=url_for("reports.check", key=draft.key)), 429


def _page(draft: Draft, form: CheckForm) -> str:
    saved = draft.data["what"]
    category = chosen_category(saved.get("category"))
    return render_template(
        "reports/check.html",
        draft=draft,
        form=form,
        form_errors=form.errors,
        rows=_rows(draft, saved),
        questions=questions_of(category, {**saved.get("answers", {}), **asked(request.form)}),
        due=directory().calendar.add_working_days(clock.now(), INTAKE_WORKING_DAYS),
        near=near_cards(draft, saved.get("group")),
        action=url_for("reports.check", key=draft.key),
    )


def _rows(draft: Draft, saved: dict[str, Any]) -> list[dict[str, Any]]:
    """The answers so far, each with the page that changes it and leads back here."""

    def change(step: str) -> str:
        return url_for(f"reports.{step}", key=draft.key, back="check")

    photos = shown_photos("draft", draft.id)
    pics = [
        {"url": p["thumb_url"], "alt": p["alt"] or _("Photo %(n)s", n=i)} for i, p in enumerate(photos, 1) if p["ready"]
    ]
    place = PlaceChoice.from_data(draft.data["place"])
    return [
        {"label": _("Photos"), "value": photo_count(len(photos)), "pics": pics, "href": change("photos")},
        {
            "label": _("Place"),
            "value": place_line(place),
            "note": pin_line(place.lon, place.lat),
            "href": change("place"),
        },
        {
            "label": _("Problem"),
            "value": kind_line(saved.get("group"), saved.get("category")),
            "href": change("what"),
        },
        {"label": _("In your words"), "value": saved.get("words") or _("none"), "href": change("what")},
    ]


def photo_count(number: int) -> str:
    """How many photos, in words."""
    return str(_("%(n)s photos", n=number) if number else _("none"))


def place_line(place: PlaceChoice) -> str:
    """Area, listed place and landmark."""
    known = directory()
    point = known.points.get(place.point or "")
    parts = [
        localised(known.areas[place.area], "name"),
        localised(point, "name") if point else "",
        place.landmark,
    ]
    return " · ".join(part for part in parts if part)


def pin_line(lon: float | None, lat: float | None) -> str:
    """The coordinates, when there are any, to about ten metres."""
    if lon is None or lat is None:
        return ""
    return str(_("Point on the map: %(lon)s E, %(lat)s N", lon=f"{lon:.4f}", lat=f"{lat:.4f}"))


def kind_line(group: str | None, category: str | None) -> str:
    """The category, else the group, else that the office will sort it."""
    row = chosen_category(category) or groups().get(group or "")
    return localised(row, "name") if row is not None else _("Not sure, please choose for me")
