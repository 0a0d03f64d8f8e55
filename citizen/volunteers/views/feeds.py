"""A volunteer's shifts in their own calendar: the feed itself, and the page that gives and takes the link."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import NotFound
from citizen.volunteers.documents.feed import feed, feed_page
from citizen.volunteers.queries.feeds import feed_bookings, owner_of
from citizen.volunteers.queries.volunteers import children_of
from citizen.volunteers.rules.booking import Actor, By
from citizen.volunteers.services.feeds import hash_of, new_link, switch_off
from citizen.volunteers.views.own import the_viewer
from citizen.volunteers.views.viewing import viewing
from citizen.web.access import public, signed_in
from citizen.web.locale import DEFAULT, LOCALES, speaking

bp = Blueprint("feeds", __name__)


@bp.get("/volunteer/calendar/<token>.ics")
@public
def calendar(token: str) -> ResponseReturnValue:
    """The feed behind a link; whoever has the link reads it, without session. Unknown and former links are one and the same."""
    found = owner_of(hash_of(token))
    if found is None:
        raise NotFound()
    owner, person = found
    ids = [owner.id, *(child.id for child in children_of(owner.id))]
    with speaking(person.language if person.language in LOCALES else DEFAULT):
        body = feed(feed_bookings(ids, clock.now()), owner)
    return _sent(body)


def _sent(body: bytes) -> Response:
    response = Response(body, content_type="text/calendar; charset=utf-8")
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Disposition"] = 'inline; filename="volunteering.ics"'
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.add_etag()
    response.make_conditional(request)
    return response


@bp.get("/volunteer/mine/calendar")
@signed_in
def settings() -> ResponseReturnValue:
    """The link, how it is used, and how it is replaced or switched off."""
    me = viewing()
    page = feed_page(me) if me is not None else None
    return render_template("feeds/settings.html", page=page)


@bp.post("/volunteer/mine/calendar/link")
@signed_in
def renew() -> ResponseReturnValue:
    """A new link; the former one is dead at once."""
    me = the_viewer()
    with transaction():
        new_link(me.id, by=By(me.person_id, Actor.VOLUNTEER))
    flash(_("Here is your link."), "done")
    return redirect(url_for("feeds.settings"), 303)


@bp.post("/volunteer/mine/calendar/off")
@signed_in
def off() -> ResponseReturnValue:
    """No link any more."""
    me = the_viewer()
    with transaction():
        switch_off(me.id, by=By(me.person_id, Actor.VOLUNTEER))
    flash(_("The calendar link is switched off."), "done")
    return redirect(url_for("feeds.settings"), 303)
