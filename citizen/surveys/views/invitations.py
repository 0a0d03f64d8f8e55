"""Invitations of an open survey: their files are given out when they are made, and only then."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput
from citizen.core.permissions import Permission
from citizen.surveys.documents.desk import area_choices
from citizen.surveys.documents.handing_out import cards_file, links_file, list_file
from citizen.surveys.documents.waves import disposition_choices, invitations_page
from citizen.surveys.forms.waves import DispositionForm, InvitationsForm
from citizen.surveys.models import Wave
from citizen.surveys.queries.waves import interviewer_rows, strata_of, wave_of
from citizen.surveys.rules.waves import Channel, WaveState
from citizen.surveys.services import invitations
from citizen.surveys.services.invitations import Made
from citizen.surveys.views.waves import bp, download, me, show_page, today_stamp
from citizen.web.access import requires
from citizen.web.idempotency import fingerprint, new_key, store_answer, stored_answer, typed_key

SCOPE = "invitations"


@bp.get("/<int:wave_id>/invitations")
@requires(Permission.MANAGE_WAVE)
def invite_form(wave_id: int) -> ResponseReturnValue:
    """What was made, and the form for more."""
    wave = wave_of(wave_id)
    areas = sorted({cell.area_code for cell in strata_of(wave.id)})
    return _page(wave, InvitationsForm(formdata=None, key=new_key(), areas=areas))


@bp.post("/<int:wave_id>/invitations")
@requires(Permission.MANAGE_WAVE)
def invite(wave_id: int) -> ResponseReturnValue:
    """Make invitations and give out their file, once for each form."""
    form = InvitationsForm()
    try:
        if not form.validate():
            return _page(wave_of(wave_id), form), 422
        with transaction():
            made = _make(wave_id, form)
    except InvalidInput as error:
        form.refuse(error, form.FALLBACK)
        return _page(wave_of(wave_id), form), 422
    if made is None:
        flash(_("These were made before, and their file was given out. If it is lost, make them again."), "waiting")
        return redirect(url_for("waves.invite_form", wave_id=wave_id), 303)
    return _file(wave_of(wave_id), Channel(form.channel.data), made)


def _make(wave_id: int, form: InvitationsForm) -> list[Made] | None:
    """The invitations, or None when this form came before."""
    key, areas = typed_key(form.key.data), sorted(form.areas.data or [])
    content = fingerprint(str(wave_id), form.channel.data or "", form.factor.data or "", *areas)
    if stored_answer(SCOPE, key, content=content) is not None:
        return None
    channel, factor = Channel(form.channel.data), form.factor.number or 1
    _at, made = invitations.make_invitations(wave_id, channel, factor=factor, areas=set(areas), by=me())
    store_answer(SCOPE, key, content=content, answer=str(made[0].serial))
    return made


@bp.get("/<int:wave_id>/invitations/<int:first>/again")
@requires(Permission.MANAGE_WAVE)
def again(wave_id: int, first: int) -> ResponseReturnValue:
    """Asks once, because what was handed out stops working."""
    wave = wave_of(wave_id)
    if wave.state != WaveState.OPEN:
        raise Conflict(_("The survey is not open."))
    return render_template("waves/again.html", first=first, **invitations_page(wave))


@bp.post("/<int:wave_id>/invitations/<int:first>/again")
@requires(Permission.MANAGE_WAVE)
def again_now(wave_id: int, first: int) -> ResponseReturnValue:
    """New tokens for what was not used of a batch, and their file."""
    with transaction():
        channel, made = invitations.make_again(wave_id, first, by=me())
    return _file(wave_of(wave_id), channel, made)


@bp.get("/<int:wave_id>/interviewers.csv")
@requires(Permission.MANAGE_WAVE)
def interviewers(wave_id: int) -> ResponseReturnValue:
    """The serial numbers for interviewers; it opens nothing in public, so it can be had again at any time."""
    wave = wave_of(wave_id)
    body = list_file(interviewer_rows(wave.id), marked=wave.state == WaveState.OPEN)
    return download(body, f"survey-{wave_id}-interviews.csv", "text/csv")


@bp.post("/<int:wave_id>/dispositions")
@requires(Permission.MANAGE_WAVE)
def note(wave_id: int) -> ResponseReturnValue:
    """Note what became of invitations that were not answered."""
    form = DispositionForm()
    form.disposition.choices = disposition_choices()
    try:
        if not form.validate():
            return show_page(wave_of(wave_id), form), 422
        with transaction():
            n = invitations.note_disposition(wave_id, form.numbers, form.disposition.data, by=me())
    except InvalidInput as error:
        form.refuse(error, form.FALLBACK)
        return show_page(wave_of(wave_id), form), 422
    flash(ngettext("Noted for %(num)d invitation.", "Noted for %(num)d invitations.", n), "done")
    return redirect(url_for("waves.show", wave_id=wave_id) + "#note", 303)


def _file(wave: Wave, channel: Channel, made: Sequence[Made]) -> ResponseReturnValue:
    name = f"survey-{wave.id}-{channel}-{made[0].serial}-{made[-1].serial}-{today_stamp()}"
    if channel is Channel.CARD:
        return download(cards_file(wave, made), f"{name}.pdf", "application/pdf")
    if channel is Channel.LINK:
        return download(links_file(made), f"{name}.csv", "text/csv")
    flash(ngettext("%(num)d person is on the lists.", "%(num)d people are on the lists.", len(made)), "done")
    return redirect(url_for("waves.invite_form", wave_id=wave.id), 303)


def _page(wave: Wave, form: InvitationsForm) -> str:
    page = invitations_page(wave)
    form.channel.choices = page["channels"]
    form.areas.choices = area_choices({cell.area_code for cell in strata_of(wave.id)})
    return render_template("waves/invitations.html", form=form, form_errors=form.errors, **page)


__all__ = ["bp"]
