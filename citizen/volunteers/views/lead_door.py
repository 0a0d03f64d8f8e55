"""Who may open the pages of a shift's lead: the lead, for a week after the end, and coordinators. Others find nothing."""

from __future__ import annotations

from flask import Blueprint
from flask_login import current_user

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import NotFound
from citizen.core.permissions import Permission, allowed
from citizen.volunteers.models import Post, Shift
from citizen.volunteers.queries.leads import leads_at, post_of, shift_of
from citizen.volunteers.rules.booking import Actor, By
from citizen.volunteers.rules.sign_in import LEAD_SEES
from citizen.volunteers.services.rosters import must_note, note_look

bp = Blueprint("leads", __name__, url_prefix="/volunteer/lead")


def led(shift_id: int) -> tuple[Shift, By]:
    """The shift and the visitor as the one who leads it; raises NotFound for everybody else."""
    shift = shift_of(shift_id)
    if shift.leads == current_user.id and clock.now() <= shift.ends_at + LEAD_SEES:
        return shift, By(current_user.id, Actor.LEAD)
    if allowed(current_user, Permission.MANAGE_SHIFTS):
        return shift, By(current_user.id, Actor.COORDINATOR)
    raise NotFound()


def looked_at(shift_id: int) -> tuple[Shift, By]:
    """The same, for pages that show people; the first look of the day is recorded."""
    shift, by = led(shift_id)
    now = clock.now()
    if must_note(shift, by=by, now=now):
        with transaction():
            note_look(shift_id, by=by, now=now)
        shift = shift_of(shift_id)
    return shift, by


def led_post(post_id: int) -> Post:
    """The post, for whoever leads it or a shift there and for coordinators; raises NotFound for everybody else."""
    post = post_of(post_id)
    mine = leads_at(current_user.id, post, clock.now()) or allowed(current_user, Permission.MANAGE_SHIFTS)
    if not mine or post.care:  # nothing is hung up at a private home
        raise NotFound()
    return post
