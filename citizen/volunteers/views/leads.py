"""The pages of a shift's lead: my shifts, the roster, the roll call, the code to show, lists to print."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import NotFound
from citizen.core.numbers import parse_int
from citizen.core.permissions import Permission, allowed
from citizen.volunteers.documents.roster import people, roster_page, shift_head, shift_rows
from citizen.volunteers.models import Shift
from citizen.volunteers.queries import leads as found
from citizen.volunteers.rules.sign_in import LEAD_SEES, Direction
from citizen.volunteers.services import roll_call
from citizen.volunteers.services.attendance import codes_now, span_of
from citizen.volunteers.services.rosters import day_began
from citizen.volunteers.views.lead_door import bp, led, led_post, looked_at
from citizen.web.access import signed_in
from citizen.web.templating import clock as wall
from citizen.web.templating import qr_svg

#: The package takes the blueprint from the last module that adds pages to it.
__all__ = ["bp"]

DAY = timedelta(days=1)
COMING = timedelta(days=14)
_LAST_ID = 2**31 - 1


@bp.get("/")
@signed_in
def index() -> ResponseReturnValue:
    """The shifts that the visitor leads, today's first; a coordinator also sees today's others."""
    today = day_began(clock.now())
    rows = found.led_by(current_user.id, (today - LEAD_SEES, today + COMING))
    mine = {row.id for row in rows}
    everywhere = allowed(current_user, Permission.MANAGE_SHIFTS)
    others = [row for row in found.all_in((today, today + DAY)) if row.id not in mine] if everywhere else []
    return render_template(
        "leads/index.html",
        today=shift_rows([row for row in rows if row.ends_at >= today and row.starts_at < today + DAY]),
        coming=shift_rows([row for row in rows if row.starts_at >= today + DAY]),
        past=shift_rows([row for row in reversed(rows) if row.ends_at < today]),
        others=shift_rows(others),
    )


@bp.get("/shifts/<int:shift_id>")
@signed_in
def roster(shift_id: int) -> ResponseReturnValue:
    """The roster."""
    shift, _by = looked_at(shift_id)
    return render_template("leads/roster.html", **roster_page(shift, clock.now()))


@bp.get("/shifts/<int:shift_id>/roll-call")
@signed_in
def tick(shift_id: int) -> ResponseReturnValue:
    """A list to tick: who is here, or who goes now."""
    shift, _by = looked_at(shift_id)
    way = _direction(request.args.get("way"))
    rows = [row for row in people(shift, found.roster(shift)) if row["act"] == way]
    return render_template("leads/roll_call.html", shift=shift_head(shift), rows=rows, way=way)


@bp.post("/shifts/<int:shift_id>/roll-call")
@signed_in
def roll(shift_id: int) -> ResponseReturnValue:
    """Sign those people in, or out, at this moment."""
    _shift, by = led(shift_id)
    ids = {parse_int(raw, 1, _LAST_ID) for raw in request.form.getlist("people")} - {None}
    way = _direction(request.form.get("way"))
    with transaction():
        done = roll_call.roll_call(shift_id, {id_ for id_ in ids if id_}, direction=way, by=by)
    said = ngettext("%(num)d person signed in.", "%(num)d people signed in.", len(done))
    if way is Direction.OUT:
        said = ngettext("%(num)d person signed out.", "%(num)d people signed out.", len(done))
    flash(said if done else _("Nothing to change: that was done before."), "done")
    return redirect(url_for("leads.roster", shift_id=shift_id), 303)


@bp.post("/shifts/<int:shift_id>/absent")
@signed_in
def close(shift_id: int) -> ResponseReturnValue:
    """Mark everybody absent who has not come."""
    _shift, by = led(shift_id)
    with transaction():
        done = roll_call.close(shift_id, by=by, now=clock.now())
    flash(ngettext("%(num)d person marked absent.", "%(num)d people marked absent.", len(done)), "done")
    return redirect(url_for("leads.roster", shift_id=shift_id), 303)


@bp.get("/shifts/<int:shift_id>/code")
@signed_in
def code(shift_id: int) -> ResponseReturnValue:
    """The six digits and the QR code, big."""
    shift, _by = led(shift_id)
    return render_template("leads/code.html", shift=shift_head(shift), **_codes(shift))


@bp.get("/shifts/<int:shift_id>/code/now")
@signed_in
def code_now(shift_id: int) -> ResponseReturnValue:
    """The part of that page that changes; the page's script asks for it again and again."""
    shift, _by = led(shift_id)
    return render_template("leads/_code.html", **_codes(shift))


def _codes(shift: Shift) -> dict[str, object]:
    now = clock.now()
    shown = codes_now(shift, now)
    if shown is None:
        times = span_of(shift)
        return {"digits": "", "qr": "", "opens": wall(times.opens_at) if now < times.opens_at else "", "now": now}
    address = url_for("attendance.at", slug=shift.post.slug, t=shown[1])
    label = _("QR code for signing in")
    return {"digits": shown[0], "qr": qr_svg(_outside(address), label), "opens": "", "now": now}


@bp.get("/shifts/<int:shift_id>/print")
@signed_in
def sheet(shift_id: int) -> ResponseReturnValue:
    """The roster on A4, with room for signatures."""
    shift, _by = looked_at(shift_id)
    return render_template(
        "leads/sheet.html", shift=shift_head(shift), rows=people(shift, found.roster(shift)), now=clock.now()
    )


@bp.get("/posts/<int:post_id>/poster")
@signed_in
def poster(post_id: int) -> ResponseReturnValue:
    """A poster for the post. Its QR code leads to the page of the post and signs nobody in by itself."""
    post = led_post(post_id)
    address = _outside(url_for("attendance.at", slug=post.slug))
    return render_template(
        "leads/poster.html", post=post, address=address, qr=qr_svg(address, _("QR code of this post"))
    )


def _outside(address: str) -> str:
    return str(current_app.config["SETTINGS"].base_url).rstrip("/") + address


def _direction(raw: str | None) -> Direction:
    if raw not in tuple(Direction):
        raise NotFound()
    return Direction(raw)
