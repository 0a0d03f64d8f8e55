"""The certificate of a quiz that was passed: the name is asked for once, then it is fixed."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from citizen.core.database import transaction
from citizen.core.errors import InvalidInput
from citizen.quizzes.forms.learning import HolderForm
from citizen.quizzes.queries.certificates import certifiable
from citizen.quizzes.services.certificates import certify
from citizen.quizzes.views.boards import bp
from citizen.web.access import signed_in

__all__ = ["bp"]


@bp.get("/quizzes/attempts/<token>/certificate")
@signed_in
def certificate_form(token: str) -> ResponseReturnValue:
    """Ask for the name to be printed; one that was issued is shown instead."""
    attempt, _quiz = certifiable(token, current_user.id)
    if attempt.certificate:
        return redirect(url_for("certificates.show", number=attempt.certificate), 303)
    return _page(token, HolderForm(formdata=None, data={"holder": current_user.name}))


@bp.post("/quizzes/attempts/<token>/certificate")
@signed_in
def certificate(token: str) -> ResponseReturnValue:
    """Issue the certificate, or lead to the one that was issued before."""
    (attempt, _quiz), form = certifiable(token, current_user.id), HolderForm()
    if not attempt.certificate and not form.validate():
        return _page(token, form), 422
    try:
        with transaction():
            number = certify(token, current_user.id, holder=form.holder.data or "").number
    except InvalidInput as error:
        form.refuse(error, "holder")
        return _page(token, form), 422
    flash(_("Your certificate is ready. It stays in your account."), "done")
    return redirect(url_for("certificates.show", number=number), 303)


def _page(token: str, form: HolderForm) -> str:
    attempt, quiz = certifiable(token, current_user.id)
    return render_template("learning/certificate.html", attempt=attempt, quiz=quiz, form=form, form_errors=form.errors)
