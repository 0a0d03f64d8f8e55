"""The desk's weekly patterns: made, looked at before they are changed, ended."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput
from citizen.core.permissions import Permission
from citizen.volunteers.documents.patterns import (
    list_page,
    next_monday,
    plan_rows,
    steps_words,
    stored_values,
    template_page,
)
from citizen.volunteers.documents.posts import name_of, post_choices, team_choices
from citizen.volunteers.documents.shift_board import sections
from citizen.volunteers.forms.templates import ChangeForm, NewTemplateForm
from citizen.volunteers.models import ShiftTemplate
from citizen.volunteers.rules.patterns import LONGEST, Step, ensure_pattern
from citizen.volunteers.services import templates
from citizen.volunteers.views.deciding import Subject, decide, kept_of, known, me
from citizen.volunteers.views.shifts import bp
from citizen.web.access import requires
from citizen.web.forms import DecisionForm
from citizen.web.idempotency import fingerprint, new_key, once

SCOPE = "template"


@bp.get("/templates", endpoint="templates")
@requires(Permission.MANAGE_SHIFTS)
def templates_list() -> ResponseReturnValue:
    """The patterns in force, or those that have ended."""
    return render_template("shifts/templates.html", **list_page(ended=request.args.get("ended") == "1"))


@bp.get("/templates/new")
@requires(Permission.MANAGE_SHIFTS)
def template_new_form() -> ResponseReturnValue:
    """The form for a new pattern."""
    first = next_monday(clock.today())
    shown = {"capacity": "4", "min_needed": "1", "from_day": first, "until_day": first + LONGEST / 2}
    return _new_page(NewTemplateForm(key=new_key(), post=request.args.get("post", ""), **shown))


@bp.post("/templates/new")
@requires(Permission.MANAGE_SHIFTS)
def template_new() -> ResponseReturnValue:
    """Make a pattern and the shifts of its next weeks, once for each form."""
    form = NewTemplateForm()
    _fill(form)
    if not form.validate():
        return _new_page(form), 422
    try:
        with transaction():
            template_id = _create(form)
    except (InvalidInput, Conflict) as error:
        form.refuse(error if isinstance(error, InvalidInput) else InvalidInput(error.message), "post")
        return _new_page(form), 422 if isinstance(error, InvalidInput) else 409
    flash(_("The pattern is made, and the shifts of the next six weeks."), "done")
    return redirect(url_for("shifts.template", template_id=template_id), 303)


def _create(form: NewTemplateForm) -> str:
    key, content = form.key.data or "", fingerprint(*(str(row["values"]) for row in kept_of(form)))
    return once(SCOPE, key, content=content, make=lambda: templates.create_template(form.to_draft(), by=me()).id)


def _fill(form: NewTemplateForm) -> None:
    form.post.choices, form.team.choices = post_choices(), team_choices()


def _new_page(form: NewTemplateForm) -> str:
    _fill(form)
    return render_template(
        "shifts/template_new.html", form=form, form_errors=form.errors, sections=sections("templates")
    )


@bp.get("/templates/<int:template_id>")
@requires(Permission.MANAGE_SHIFTS)
def template(template_id: int) -> ResponseReturnValue:
    """One pattern."""
    return render_template("shifts/template.html", **template_page(known(ShiftTemplate, template_id), clock.now()))


@bp.get("/templates/<int:template_id>/change")
@requires(Permission.MANAGE_SHIFTS)
def template_change(template_id: int) -> ResponseReturnValue:
    """The form; with values in the address, what would become of each day: nothing is changed yet."""
    row = known(ShiftTemplate, template_id)
    if "starts" not in request.args:
        return _change_page(row, ChangeForm(**stored_values(row)))
    form = ChangeForm(formdata=request.args, meta={"csrf": False})
    if not form.validate() or not _possible(form):
        return _change_page(row, form), 422
    form.version.data = str(row.version)
    changes = templates.changes(row, form.to_pattern())
    booked = sum(change.step is Step.BOOKED for change in changes)
    return _change_page(row, form, plan=plan_rows(row, form.to_pattern(), changes), booked=booked)


def _possible(form: ChangeForm) -> bool:
    try:
        ensure_pattern(form.to_pattern())
    except InvalidInput as error:
        form.refuse(error if error.field != "minutes" else InvalidInput(error.message, "ends"), form.FALLBACK)
        return False
    return True


@bp.post("/templates/<int:template_id>/change")
@requires(Permission.MANAGE_SHIFTS)
def template_change_now(template_id: int) -> ResponseReturnValue:
    """Change the pattern; booked shifts follow only when ticked."""
    form = ChangeForm()
    return decide(
        _subject(template_id),
        form,
        act=lambda row: templates.edit_template(
            row, form.to_pattern(), move_booked=bool(form.move_booked.data), by=me()
        ),
        page=lambda: _change_page(known(ShiftTemplate, template_id), form),
        done=steps_words,
    )


@bp.get("/templates/<int:template_id>/end")
@requires(Permission.MANAGE_SHIFTS)
def template_end(template_id: int) -> ResponseReturnValue:
    """Asks once, with what becomes of each day."""
    return _end_page(template_id, DecisionForm(version=known(ShiftTemplate, template_id).version))


@bp.post("/templates/<int:template_id>/end")
@requires(Permission.MANAGE_SHIFTS)
def template_end_now(template_id: int) -> ResponseReturnValue:
    """End the pattern."""
    form = EndForm()
    return decide(
        _subject(template_id),
        form,
        act=lambda row: templates.end_template(row, by=me()),
        page=lambda: _end_page(template_id, form),
        done=steps_words,
    )


class EndForm(DecisionForm):
    """Only the version: there is nothing to type."""

    FALLBACK = "version"


def _subject(template_id: int) -> Subject:
    def lock(version: str) -> ShiftTemplate:
        row = templates.lock_template(template_id)
        templates.ensure_version(row, version)
        return row

    def theirs(row: ShiftTemplate) -> dict[str, str]:
        values = stored_values(row)
        return {name: "、".join(value) if isinstance(value, list) else str(value) for name, value in values.items()}

    return Subject(
        name_of(known(ShiftTemplate, template_id).post),
        url_for("shifts.template", template_id=template_id),
        lambda: known(ShiftTemplate, template_id),
        lock,
        theirs,
        lambda row: [(_("State"), _("has ended") if row.ended_at else _("in force"))],
    )


def _change_page(row: ShiftTemplate, form: Any, **more: Any) -> str:
    values = {"plan": None, "booked": 0, **more}
    return render_template(
        "shifts/template_change.html",
        form=form,
        form_errors=form.errors,
        kept=kept_of(form),
        name=name_of(row.post),
        template=row,
        sections=sections("templates"),
        **values,
    )


def _end_page(template_id: int, form: Any) -> str:
    row = known(ShiftTemplate, template_id)
    plan = plan_rows(row, None, templates.changes(row, None))
    values = {"name": name_of(row.post), "plan": plan, "sections": sections("templates")}
    return render_template("shifts/template_end.html", form=form, form_errors=form.errors, template=row, **values)
