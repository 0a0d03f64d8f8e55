"""Checking a certificate, for anybody; one's own certificates; the office's revocation."""

from __future__ import annotations

from flask import Blueprint, Response, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from citizen.certificates import queries, services
from citizen.certificates.documents import TITLES, pdf, printed, public_rows, revoked_on
from citizen.certificates.forms import CheckForm, RevokeForm
from citizen.certificates.models import Certificate
from citizen.certificates.rules import Standing
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.core.permissions import Permission
from citizen.web.access import public, requires, signed_in
from citizen.web.limits import enforce, visitor
from citizen.web.templating import qr_svg

bp = Blueprint("certificates", __name__)

#: Enough for an employer with a pile of paper; guessing 80 bits is hopeless at any speed.
CHECKS = "120/hour"
#: A file takes the better part of a second of work.
FILES = "30/hour"


@bp.after_request
def _never_kept(response: Response) -> Response:
    """What was found stays with whoever asked; no cache and no search engine keeps it."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@bp.get("/p/")
@public
def ask() -> ResponseReturnValue:
    """Where a check code is typed."""
    return render_template("certificates/ask.html", form=CheckForm())


@bp.post("/p/")
@public
def find() -> ResponseReturnValue:
    """From a typed code to its page."""
    form = CheckForm()
    if form.validate():
        enforce(CHECKS, "certificate-check", visitor())
        found = queries.by_token(form.code.data)
        if found is not None:
            return redirect(url_for("certificates.check", token=found.token), 303)
        form.refuse(InvalidInput(_("No certificate has this code. Compare it letter by letter."), "code"), "code")
    return render_template("certificates/ask.html", form=form, form_errors=form.errors), 422


@bp.get("/p/<token>")
@public
def check(token: str) -> ResponseReturnValue:
    """Whether the certificate with this code is valid, and what to compare with the paper."""
    enforce(CHECKS, "certificate-check", visitor())
    certificate = _known(queries.by_token(token))
    standing = services.standing_of(certificate)
    rows = [] if standing == Standing.ALTERED else public_rows(certificate)
    return render_template("certificates/check.html", standing=standing, rows=rows, revoked_on=revoked_on(certificate))


@bp.get("/account/certificates/")
@signed_in
def mine() -> ResponseReturnValue:
    """Everything in one's own account."""
    found = [(row, services.standing_of(row)) for row in queries.certificates_of(current_user.id)]
    return render_template("certificates/mine.html", certificates=found, titles=TITLES)


@bp.get("/account/certificates/<number>")
@signed_in
def show(number: str) -> ResponseReturnValue:
    """One of one's own certificates, ready for the printer."""
    certificate = _own(number)
    standing = services.standing_of(certificate)
    sheet = printed(certificate) if standing == Standing.VALID else None
    qr = qr_svg(sheet.check_url, _("QR code of the check page")) if sheet else ""
    return render_template(
        "certificates/show.html",
        certificate=certificate,
        standing=standing,
        sheet=sheet,
        qr=qr,
        revoked_on=revoked_on(certificate),
    )


@bp.get("/account/certificates/<number>.pdf")
@signed_in
def download(number: str) -> ResponseReturnValue:
    """The certificate as a file; none is made of one that is not valid any more."""
    certificate = _own(number)
    if services.standing_of(certificate) != Standing.VALID:
        raise Conflict(_("This certificate is not valid any more, so there is no file of it."))
    enforce(FILES, "certificate-file", str(current_user.id))
    response = make_response(pdf(certificate))
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = f"attachment; filename={certificate.number}.pdf"
    return response


@bp.get("/office/certificates/<number>")
@requires(Permission.ISSUE_CERTIFICATE)
def desk(number: str) -> ResponseReturnValue:
    """What the office needs to know before it revokes: the facts, and the name masked."""
    return _desk(_known(queries.by_number(number)), RevokeForm())


@bp.post("/office/certificates/<number>/revoke")
@requires(Permission.ISSUE_CERTIFICATE)
def revoke(number: str) -> ResponseReturnValue:
    """Take a certificate back for good."""
    certificate, form = _known(queries.by_number(number)), RevokeForm()
    try:
        if not form.validate():
            return _desk(certificate, form), 422
        with transaction():
            services.revoke(certificate.id, form.reason.data or "", by_id=current_user.id)
    except InvalidInput as error:
        form.refuse(error, "reason")
        return _desk(_known(queries.by_number(number)), form), 422
    flash(_("The certificate is revoked. Its check page says so from now on."), "done")
    return redirect(url_for("certificates.desk", number=certificate.number), 303)


def _known(certificate: Certificate | None) -> Certificate:
    if certificate is None:
        raise NotFound()
    return certificate


def _own(number: str) -> Certificate:
    return _known(queries.owned_by(current_user.id, number))


def _desk(certificate: Certificate, form: RevokeForm) -> str:
    standing = services.standing_of(certificate)
    return render_template(
        "certificates/desk.html",
        certificate=certificate,
        standing=standing,
        rows=[] if standing == Standing.ALTERED else public_rows(certificate),
        form=form,
        form_errors=form.errors,
    )
