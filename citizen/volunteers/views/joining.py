"""Becoming a volunteer and booking the first shift in one go."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from citizen.accounts import entry, identity
from citizen.accounts.queries import person_of
from citizen.accounts.rules import Contact, contact_of
from citizen.accounts.services import people
from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput
from citizen.volunteers.documents.briefings import next_briefings
from citizen.volunteers.documents.cards import full_span, shift_title
from citizen.volunteers.forms.joining import JoinForm, NewcomerForm
from citizen.volunteers.queries.shift_page import shift_with_post
from citizen.volunteers.rules.volunteers import birth_day_of, is_child
from citizen.volunteers.services import profiles
from citizen.volunteers.services.signing_up import Asked
from citizen.volunteers.views.outcome import attempt
from citizen.volunteers.views.viewing import signed_in_id, viewing, viewing_id
from citizen.web.access import public
from citizen.web.idempotency import new_key
from citizen.web.limits import enforce
from citizen.web.redirects import safe_next

bp = Blueprint("joining", __name__)

#: Profiles that one account may try to fill in.
TRIES = "60/hour"


@bp.get("/volunteer/join")
@public
def join_form() -> ResponseReturnValue:
    """The form for contact, password, profile and the shift that somebody wants; a volunteer is led to the shift."""
    wanted = {"key": new_key(), "shift": request.args.get("shift", ""), "next": request.args.get("next", "")}
    if signed_in_id() is None:
        return _page(NewcomerForm(formdata=None, data=wanted))
    form = JoinForm(formdata=None, data={**wanted, "name": _usual_name(current_user.name)})
    return _page(form) if viewing() is None else _onward(form)


@bp.post("/volunteer/join")
@public
def join() -> ResponseReturnValue:
    """Make the account and the profile, sign in, book; sending the form again leads to the same booking."""
    stranger = signed_in_id() is None
    form = NewcomerForm() if stranger else JoinForm()
    if viewing() is not None:
        return _book(form)
    if _says_child(form):
        return _page(form, child=True), 422
    if stranger:
        entry.count_sign_up()
    else:
        enforce(TRIES, "volunteer-join", str(current_user.id))
    if form.validate():
        try:
            return _newcomer(form) if isinstance(form, NewcomerForm) else _known_person(form)
        except InvalidInput as error:
            form.refuse(error, "name")
    _say_the_rest(form)
    return _page(form), 422


def _say_the_rest(form: JoinForm) -> None:
    """Name everything that is wrong at once: nobody should send a form again for every mistake in it."""
    found = profiles.problems(form.identity())
    if isinstance(form, NewcomerForm):
        contact = Contact()
        try:
            contact = contact_of(form.contact.data, field="contact")
        except InvalidInput as error:
            found.append(error)
        try:
            people.ensure_new_password(form.password.data or "", contact=contact)
        except InvalidInput as error:
            found.append(error)
    for problem in found:
        if not form[problem.field or "name"].errors:
            form.refuse(problem, "name")


def _says_child(form: JoinForm) -> bool:
    """Whether the day of birth is that of somebody too young for an account; nothing of theirs is kept."""
    try:
        today = clock.today()
        return is_child(birth_day_of(form.birth_day.data, today=today), today)
    except InvalidInput:
        return False


def _newcomer(form: NewcomerForm) -> ResponseReturnValue:
    """A new account with its profile; raises InvalidInput at the field that is wrong, and then there is neither."""
    contact = contact_of(form.contact.data, field="contact")
    hashed = people.new_password_hash(form.password.data or "", contact=contact)
    try:
        with transaction():
            person_id = people.sign_up(contact, hashed, name=form.name.data).id
            profiles.create(person_id, form.identity())
    except InvalidInput:
        if person_of(contact) is None:
            raise
        return _somebody_known(form)
    return _come_in(person_id, form)


def _somebody_known(form: NewcomerForm) -> ResponseReturnValue:
    """The contact has an account: who types its password too is signed in, as on the page for that and with its limits."""
    person, _words, status = entry.try_password(form.contact.data or "", form.password.data or "")
    if person is None:
        words = _("There is already an account with this. Type its password, or sign in first.")
        form.contact.errors = [_words if status == 429 else words]
        return _page(form, known=True), status
    back = url_for("joining.join_form", shift=form.shift_id or None, next=form.next.data or None)
    if person.totp_secret:
        identity.await_code(person, back)
        return redirect(url_for("accounts.code"), 303)
    with transaction():
        profiles.create(person.id, form.identity())
    return _come_in(person.id, form)


def _known_person(form: JoinForm) -> ResponseReturnValue:
    """The profile of somebody who is signed in."""
    with transaction():
        profiles.create(current_user.id, form.identity())
    return _book(form)


def _come_in(person_id: int, form: JoinForm) -> ResponseReturnValue:
    person, token = entry.enter(person_id)
    response = _book(form) if not person.must_change_password else redirect(url_for("accounts.password"), 303)
    return identity.keep_device(_response(response), token)


def _response(value: ResponseReturnValue) -> Response:
    if not isinstance(value, Response):
        raise TypeError("a new volunteer is sent on to a page")
    return value


def _book(form: JoinForm) -> ResponseReturnValue:
    """Book the shift, or join its line when it has filled up; what is missing is said on a page that can be opened again."""
    my_id = viewing_id()
    if my_id is None or not form.shift_id or shift_with_post(form.shift_id) is None:
        return _onward(form)
    try:
        return attempt(my_id, Asked(form.shift_id, form.key.data or "", wait=True))
    except InvalidInput:
        return _onward(form)
    except Conflict:
        flash(_("Your details are kept; you need not type them again."), "done")
        return redirect(url_for("bookings.why", shift_id=form.shift_id), 303)


def _onward(form: JoinForm) -> ResponseReturnValue:
    """To the shift that was wanted, else to where somebody came from, else to one's own page."""
    if form.shift_id:
        return redirect(url_for("volunteers.shift", shift_id=form.shift_id), 303)
    if form.next.data and safe_next(form.next.data) != safe_next(None):
        return redirect(safe_next(form.next.data), 303)
    return redirect(url_for("volunteering.mine"), 303)


def _usual_name(name: str) -> str:
    """The account's name, unless it is only the masked contact."""
    return "" if "*" in name else name


def _page(form: JoinForm, *, child: bool = False, known: bool = False) -> str:
    """The form; for a child the page that says with whom to come, with the form below in case the day was mistyped."""
    shift = shift_with_post(form.shift_id) if form.shift_id else None
    return render_template(
        "joining/join.html",
        form=form,
        form_errors=form.errors,
        child=child,
        known=known,
        newcomer=isinstance(form, NewcomerForm),
        shift=shift,
        title=shift_title(shift) if shift else "",
        span=full_span(shift.starts_at, shift.ends_at) if shift else "",
        briefing=next_briefings(before=shift.starts_at) if shift and shift.post.kind.briefing_required else "",
    )
