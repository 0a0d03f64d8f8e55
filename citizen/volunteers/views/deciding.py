"""One way for all decisions of the desk: shape, version, lock, act; what was typed is never lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from citizen.core import clock
from citizen.core.clock import local
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput, MissingVersion, NotFound
from citizen.extensions import db
from citizen.volunteers.documents.cards import full_span
from citizen.volunteers.documents.desk_words import shift_tag
from citizen.volunteers.documents.shift_board import title
from citizen.volunteers.forms.desk_fields import BIGGEST_ID
from citizen.volunteers.models import Shift
from citizen.volunteers.rules.booking import Actor, By
from citizen.volunteers.services.places import ensure_version, lock_shift
from citizen.web.forms import DecisionForm

#: Fields that are not what a person typed.
SILENT = frozenset({"csrf_token", "version", "key"})


@dataclass(frozen=True, slots=True)
class Subject:
    """What is decided on: how to read it, how to lock it at a version, its address, and its values by field."""

    name: str
    url: str
    load: Callable[[], Any]
    lock: Callable[[str], Any]
    theirs: Callable[[Any], dict[str, str]]
    facts: Callable[[Any], list[tuple[Any, str]]]


def me() -> By:
    """The signed-in coordinator, acting."""
    return By(int(current_user.id), Actor.COORDINATOR)


def known(model: Any, id_: int) -> Any:
    """The row, fresh; raises NotFound, also for a number that no database holds."""
    row = db.session.get(model, id_) if id_ <= BIGGEST_ID else None
    if row is None:
        raise NotFound()
    return row


def shift_of(shift_id: int) -> Shift:
    """The shift; raises NotFound."""
    found: Shift = known(Shift, shift_id)
    return found


def subject_of(shift_id: int) -> Subject:
    """A shift as something that is decided on; raises NotFound."""

    def lock(version: str) -> Shift:
        shift = lock_shift(shift_id)
        ensure_version(shift, version)
        return shift

    url = url_for("shifts.show", shift_id=shift_id)
    return Subject(title(shift_of(shift_id)), url, lambda: shift_of(shift_id), lock, _theirs, _facts)


def _theirs(shift: Shift) -> dict[str, str]:
    start, end = local(shift.starts_at), local(shift.ends_at)
    return {
        "day": start.date().isoformat(),
        "starts": f"{start:%H:%M}",
        "ends": f"{end:%H:%M}",
        "capacity": str(shift.capacity),
        "min_needed": str(shift.min_needed),
        "note": shift.note,
    }


def _facts(shift: Shift) -> list[tuple[Any, str]]:
    places = _("%(taken)s of %(capacity)s taken, %(waiting)s waiting",
               taken=shift.taken, capacity=shift.capacity, waiting=shift.waiting)  # fmt: skip
    return [
        (_("Time"), full_span(shift.starts_at, shift.ends_at)),
        (_("Places"), places),
        (_("State"), shift_tag(shift, clock.now())[1]),
    ]


def decide(
    subject: Subject,
    form: DecisionForm,
    *,
    act: Callable[[Any], Any],
    page: Callable[[], str],
    done: Callable[[Any], str],
) -> ResponseReturnValue:
    """Check the form, lock its subject at the version that was looked at and do ``act`` with it.

    A shape or a value that cannot be gives the form again (422), a step that is not possible too (409); when somebody
    else changed the subject meanwhile, their values stand beside what was typed, which can be sent again.
    """
    if not form.validate():
        return page(), 422
    if not form.version.data:
        raise MissingVersion(_("This page is incomplete. Please load it again and send once more."))
    try:
        with transaction():
            result = act(subject.lock(form.version.data))
    except InvalidInput as error:
        form.refuse(error, form.FALLBACK)
        return page(), 422
    except Conflict as error:
        if str(subject.load().version) != form.version.data:
            return conflict_page(subject, form, str(error.message)), 409
        form.refuse(InvalidInput(error.message), form.FALLBACK)
        return page(), 409
    flash(done(result), "done")
    return redirect(subject.url, 303)


def conflict_page(subject: Subject, form: DecisionForm, message: str) -> str:
    """What is now beside what was typed; sending it again decides against the present version."""
    row = subject.load()
    theirs = subject.theirs(row)
    return render_template(
        "shifts/conflict.html",
        name=subject.name,
        url=subject.url,
        action=request.full_path.rstrip("?"),
        message=message,
        opened=form.version.data,
        version=row.version,
        facts=subject.facts(row),
        rows=[{**kept, "theirs": theirs.get(kept["name"], "")} for kept in kept_of(form)],
    )


def kept_of(form: Any) -> list[dict[str, Any]]:
    """Everything that was typed, to be shown and sent again."""
    rows = []
    for field in form:
        if field.name in SILENT or not field.data:
            continue
        data = field.data.isoformat() if isinstance(field.data, date) else field.data
        values = data if isinstance(data, list) else ["y" if data is True else str(data)]
        words = _labels(field)
        shown = _("yes") if data is True else "、".join(words.get(value, value) for value in values)
        rows.append({"name": field.name, "label": field.label.text, "values": values, "shown": shown})
    return rows


def _labels(field: Any) -> dict[str, str]:
    """The words of a field's choices by their values, also of grouped ones."""
    if not getattr(field, "choices", None):
        return {}
    rows = (
        [row for _group, part in field.iter_groups() for row in part]
        if isinstance(field.choices, dict)
        else field.iter_choices()
    )
    return {str(row[0]): str(row[1]) for row in rows}
