"""What is on record about oneself, and the children one answers for."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput, MissingVersion, NotFound
from citizen.volunteers.documents.profile import record_rows
from citizen.volunteers.forms.joining import ChildForm, ProfileForm
from citizen.volunteers.models import Volunteer
from citizen.volunteers.queries.mine import is_identity_fixed
from citizen.volunteers.queries.volunteers import children_of
from citizen.volunteers.rules.volunteers import needs_guardian
from citizen.volunteers.services import profiles
from citizen.volunteers.views.joining import bp
from citizen.volunteers.views.own import the_viewer
from citizen.volunteers.views.viewing import viewing
from citizen.web.access import signed_in

__all__ = ["bp"]

__all__ = ["bp"]


@bp.get("/volunteer/mine/profile")
@signed_in
def profile() -> ResponseReturnValue:
    """Everything that is on record about the volunteer."""
    me = viewing()
    if me is None:
        return redirect(url_for("joining.join_form", next=url_for("joining.profile")), 303)
    return _page(me, ProfileForm(formdata=None).show(me))


@bp.post("/volunteer/mine/profile")
@signed_in
def save_profile() -> ResponseReturnValue:
    """Store what was changed."""
    me, form = the_viewer(), ProfileForm().offer_choices()
    _keep_what_is_fixed(me, form)
    status = 422
    if form.validate():
        try:
            with transaction():
                profiles.change(me.id, form.identity(), form.wishes(), version=form.version.data)
            flash(_("Saved."), "done")
            return redirect(url_for("joining.profile"), 303)
        except MissingVersion:
            raise
        except InvalidInput as error:
            form.refuse(error, "name")
        except Conflict as error:
            status, form.version.data = 409, str(the_viewer().version)
            form.refuse(InvalidInput(error.message), "name")
    return _page(the_viewer(), form), status


def _keep_what_is_fixed(me: Volunteer, form: ProfileForm) -> None:
    """What only the coordinator changes is no field of the page, so what is on record stands in for it."""
    if is_identity_fixed(me):
        form.name.data, form.birth_day.data = me.name, me.birth_day.isoformat()
    if me.consent_on is not None:
        form.guardian_name.data, form.guardian_phone.data = me.guardian_name, me.guardian_phone


@bp.post("/volunteer/mine/children")
@signed_in
def add_child() -> ResponseReturnValue:
    """Name a child who comes along."""
    me, form = the_viewer(), ChildForm()
    if form.validate():
        try:
            with transaction():
                profiles.add_child(me, name=form.child_name.data or "", birth_day=form.child_birth_day.data or "")
            flash(_("Added. Tick the child when you book a shift."), "done")
            return redirect(url_for("joining.profile") + "#children", 303)
        except InvalidInput as error:
            form.refuse(error, "child_name")
    return _page(me, ProfileForm(formdata=None).show(me), child_form=form), 422


@bp.route("/volunteer/mine/children/<int:child_id>/remove", methods=["GET", "POST"])
@signed_in
def remove_child(child_id: int) -> ResponseReturnValue:
    """Ask once, then take the child off."""
    me = the_viewer()
    child = next((child for child in children_of(me.id) if child.id == child_id), None)
    if child is None:
        raise NotFound()
    if request.method != "POST":
        return render_template("joining/remove_child.html", child=child)
    with transaction():
        profiles.remove_child(me, child_id)
    return redirect(url_for("joining.profile") + "#children", 303)


def _page(me: Volunteer, form: ProfileForm, *, child_form: ChildForm | None = None) -> str:
    errors = {**form.errors, **(child_form.errors if child_form else {})}
    return render_template(
        "joining/profile.html",
        me=me,
        form=form,
        child_form=child_form or ChildForm(formdata=None),
        form_errors=errors,
        birth_fixed=is_identity_fixed(me),
        minor=needs_guardian(me.birth_day, clock.today()),
        rows=record_rows(me),
        children=children_of(me.id),
        installed=current_app.view_functions,
    )
