"""The page of one case, and every decision on it: one POST address for each verb."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from citizen.cases.forms import triage as forms
from citizen.cases.models import Case
from citizen.cases.queries.case import find
from citizen.cases.rules import CaseState
from citizen.cases.services import claims, dispatch, merging, notes, release, triage
from citizen.cases.services.door import By, lock_case
from citizen.cases.views.conflict import conflict_page
from citizen.cases.views.desk import page
from citizen.cases.views.panel import acting, by_office
from citizen.core import clock
from citizen.core.audit import record
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.core.numbers import normalise_case_number, parse_int
from citizen.core.permissions import Permission
from citizen.web.access import requires
from citizen.web.forms import DecisionForm
from citizen.web.redirects import safe_next

bp = Blueprint("cases", __name__, url_prefix="/office/cases")

Act = Callable[[Case, By], object]
DONE: dict[str, Any] = {
    "accept": _l("The case is accepted."),
    "dispatch": _l("The case is dispatched; the unit's clock runs."),
    "ask": _l("The question is sent; the clock rests until the answer comes."),
    "give_up": _l("The case is stopped for want of an answer."),
    "reject": _l("The report is not accepted; the reporter reads why."),
    "revive": _l("The case is back in the queue."),
    "merge": _l("The case is merged."),
    "unmerge": _l("The case stands by itself again."),
    "refer": _l("The case is passed on."),
    "release": _l("People nearby can see it now."),
    "unrelease": _l("It is no longer shown to people nearby."),
}
_ON_DESK = frozenset({CaseState.SUBMITTED, CaseState.ACCEPTED})


@bp.get("/<number>")
@requires(Permission.READ_CASE)
def show(number: str) -> ResponseReturnValue:
    """Everything needed for the decision, side by side."""
    return render_template("cases/show.html", **page(find(number)))


@bp.post("/<number>/accept")
@requires(Permission.TRIAGE)
def accept(number: str) -> ResponseReturnValue:
    """Accept, and in the same act dispatch when the button says so."""
    form = forms.AcceptForm()
    going = request.form.get("step") == "dispatch"

    def act(case: Case, by: By) -> None:
        category, area = (
            picked("category", form.category.data, case.category_code),
            picked("area", form.area.data, case.area_code),
        )
        triage.accept(case, category_code=category, area_code=area, by=by, compared=bool(form.compared.data))
        if going:
            unit = picked("unit", form.unit.data, case.unit_code)
            dispatch.dispatch(case, unit or dispatch.route(case).unit_code or "", by=by)

    return decide(number, "accept", form=form, act=act, done="dispatch" if going else "accept")


@bp.post("/<number>/dispatch")
@requires(Permission.TRIAGE)
def send(number: str) -> ResponseReturnValue:
    """Send an accepted case to a unit."""
    form = forms.DispatchForm()

    def act(case: Case, by: By) -> None:
        dispatch.dispatch(case, picked("unit", form.unit.data, case.unit_code), by=by)

    return decide(number, "dispatch", form=form, act=act)


@bp.post("/<number>/ask")
@requires(Permission.TRIAGE)
def ask(number: str) -> ResponseReturnValue:
    """Ask the reporter."""
    form = forms.AskForm()
    return decide(number, "ask", form=form, act=lambda case, by: triage.ask(case, form.words.data, by=by))


@bp.post("/<number>/give-up")
@requires(Permission.TRIAGE)
def give_up(number: str) -> ResponseReturnValue:
    """Stop waiting for an answer."""
    return decide(number, "give_up", form=forms.PlainForm(), act=lambda case, by: triage.give_up(case, by=by))


@bp.post("/<number>/reject")
@requires(Permission.TRIAGE)
def reject(number: str) -> ResponseReturnValue:
    """Do not accept."""
    form = forms.RejectForm()

    def act(case: Case, by: By) -> None:
        triage.reject(case, reason_code=form.reason.data or "", words=form.words.data, by=by)

    return decide(number, "reject", form=form, act=act)


@bp.post("/<number>/revive")
@requires(Permission.TRIAGE)
def revive(number: str) -> ResponseReturnValue:
    """Back into the queue."""
    return decide(number, "revive", form=forms.PlainForm(), act=lambda case, by: triage.revive(case, by=by))


@bp.post("/<number>/refer")
@requires(Permission.TRIAGE)
def refer(number: str) -> ResponseReturnValue:
    """Pass on to a body outside the county's reach."""
    form = forms.ReferForm()

    def act(case: Case, by: By) -> None:
        triage.refer(case, body=form.body.data, number=form.number.data, by=by)

    return decide(number, "refer", form=form, act=act)


@bp.post("/<number>/merge")
@requires(Permission.TRIAGE)
def merge(number: str) -> ResponseReturnValue:
    """Merge into another case; both rows are locked in one order before anything is read."""
    form = forms.MergeForm()
    target_number = normalise_case_number(form.target.data) or ""

    def act(case: Case, by: By) -> None:
        target = merging.lock_target(case, target_number)
        merging.merge(case, target, reason_code=form.reason.data or "", by=by)

    def before() -> None:
        merging.lock_both(normalise_case_number(number) or "", target_number)

    return decide(number, "merge", form=form, act=act, before=before)


@bp.post("/<number>/unmerge")
@requires(Permission.TRIAGE)
def unmerge(number: str) -> ResponseReturnValue:
    """Undo a merge."""
    return decide(number, "unmerge", form=forms.PlainForm(), act=lambda case, by: merging.unmerge(case, by=by))


@bp.post("/<number>/release")
@requires(Permission.TRIAGE)
def let_out(number: str) -> ResponseReturnValue:
    """Release words, place and photos to people nearby."""
    form = forms.ReleaseForm()

    def act(case: Case, by: By) -> None:
        ids = [parse_int(raw, 1, 2**31 - 1) or 0 for raw in form.photos.data or []]
        titles = (form.title_hans.data, form.title_en.data)
        release.release(case, titles=titles, precision=form.precision.data or "", photo_ids=ids, by=by)

    return decide(number, "release", form=form, act=act)


@bp.post("/<number>/unrelease")
@requires(Permission.TRIAGE)
def take_back(number: str) -> ResponseReturnValue:
    """Show it to nobody any more."""
    return decide(number, "unrelease", form=forms.PlainForm(), act=lambda case, by: release.unrelease(case, by=by))


@bp.post("/<number>/note")
@requires(Permission.TRIAGE)
def note(number: str) -> ResponseReturnValue:
    """Keep an internal note; it decides nothing and needs neither claim nor version."""
    form, case = forms.NoteForm(), find(number)
    try:
        if not form.validate_on_submit():
            raise InvalidInput(form.words.errors[0] if form.words.errors else "")
        with transaction():
            notes.add_note(lock_case(case.number, check=False), form.words.data, author_id=current_user.id)
    except InvalidInput as error:
        if not form.words.errors:
            form.refuse(error, "words")
        return render_template("cases/show.html", **page(find(number), {"note": form})), 422
    flash(_("The note is kept."), "done")
    return redirect(url_for("cases.show", number=case.number, _anchor="history"), 303)


@bp.post("/<number>/contact")
@requires(Permission.SEE_CONTACT)
def contact(number: str) -> ResponseReturnValue:
    """Show the reporters' contact data for ten minutes; the look is recorded first."""
    case = find(number)
    with transaction():
        record("contact", "case", subject_id=case.id, actor=(current_user.id, "staff"))
    session[f"contact:{case.id}"] = [current_user.id, clock.now().timestamp()]
    return redirect(url_for("cases.show", number=case.number, _anchor="contact"), 303)


@bp.post("/<number>/claim")
@requires(Permission.TRIAGE)
def claim(number: str) -> ResponseReturnValue:
    """Take the case for ten minutes."""
    with transaction():
        claims.claim(_canonical(number), person_id=current_user.id)
    return _back(number)


@bp.post("/<number>/unclaim")
@requires(Permission.TRIAGE)
def unclaim(number: str) -> ResponseReturnValue:
    """Give the case back."""
    with transaction():
        claims.let_go(_canonical(number), person_id=current_user.id)
    return _back(number)


@bp.post("/<number>/take-over")
@requires(Permission.DECIDE_OBJECTION)
def take_over(number: str) -> ResponseReturnValue:
    """The shift leader takes the case from whoever holds it."""
    with transaction():
        claims.take_over(_canonical(number), leader_id=current_user.id)
    return _back(number)


@bp.post("/<number>/heartbeat")
@requires(Permission.TRIAGE)
def heartbeat(number: str) -> ResponseReturnValue:
    """Prolong the lease while the page is open; 409 when it is lost."""
    with transaction():
        claims.heartbeat(_canonical(number), person_id=current_user.id)
    return "", 204


def decide(
    number: str,
    verb: str,
    *,
    form: DecisionForm,
    act: Act,
    done: str = "",
    before: Callable[[], None] | None = None,
) -> ResponseReturnValue:
    """Carry out one decision: 303 back to the case, 422 with everything typed, or 409 with the three versions."""
    try:
        if not form.validate_on_submit():
            return _again(number, verb, form)
        with transaction():
            if before is not None:
                before()
            _carry_out(number, verb, form=form, act=act)
    except InvalidInput as error:
        form.refuse(error, "version")
        return _again(number, verb, form)
    except Conflict as error:
        return conflict_page(find(number), verb, form=form, error=error), 409
    flash(str(DONE[done or verb]), "done")
    return redirect(url_for("cases.show", number=_canonical(number)), 303)


def _carry_out(number: str, verb: str, *, form: DecisionForm, act: Act) -> None:
    case = claims.decide_on(_canonical(number), version=form.version.data, person_id=current_user.id)
    free = verb in ("release", "unrelease")  # no step of the table: the endpoint's permission is enough
    act(case, by_office(current_user) if free else acting(current_user, verb, case.state))
    if case.state not in _ON_DESK:
        claims.drop(case)


def _again(number: str, verb: str, form: DecisionForm) -> ResponseReturnValue:
    return render_template("cases/show.html", **page(find(number), {verb: form})), 422


def picked(name: str, mine: str | None, theirs: str | None) -> str:
    """The value that the comparison page chose: the case's own ("theirs") or what was typed."""
    return (theirs if request.form.get(f"pick_{name}") == "theirs" else mine) or ""


def _canonical(number: str) -> str:
    code = normalise_case_number(number)
    if code is None:
        raise NotFound()
    return code


def _back(number: str) -> ResponseReturnValue:
    target = request.args.get("next")
    return redirect(safe_next(target) if target else url_for("cases.show", number=_canonical(number)), 303)
