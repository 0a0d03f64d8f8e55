"""Step 1: photos; the first page begins the draft."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from citizen.core.database import transaction
from citizen.core.numbers import parse_int
from citizen.photos.rules import MAX_BYTES
from citizen.reports.forms import browser_evidence, shown_name
from citizen.reports.models import Draft
from citizen.reports.rules import DRAFTS_PER_HOUR, MAX_PHOTOS, next_step
from citizen.reports.services import drafts
from citizen.reports.views.door import bp, hold, let_go, own_draft, own_unfinished, shown_photos, to_step
from citizen.web.access import public
from citizen.web.idempotency import new_key
from citizen.web.limits import enforce, visitor


@bp.get("/reports/new")
@public
def start() -> ResponseReturnValue:
    """The first page: no draft yet, and the offer to go on with an unfinished one."""
    return _page(None, unfinished=own_unfinished())


@bp.post("/reports/new")
@public
def begin() -> ResponseReturnValue:
    """Begin a draft with the chosen photos, or none."""
    enforce(DRAFTS_PER_HOUR, "drafts", visitor())
    person_id = current_user.id if current_user.is_authenticated else None
    uploads = _uploads()
    with transaction():
        draft = drafts.begin(request.form.get("token", "")[:64], person_id=person_id)
        refused = drafts.add_photos(draft.key, uploads)
    hold(draft)
    return _answer(draft, refused)


@bp.get("/reports/new/<key>/photos")
@public
def photos(key: str) -> ResponseReturnValue:
    """The photos stored so far."""
    draft = own_draft(key)
    return to_step(draft, "receipt") if draft.report_id else _page(draft)


@bp.post("/reports/new/<key>/photos")
@public
def add(key: str) -> ResponseReturnValue:
    """Store chosen photos, or remove one."""
    draft = own_draft(key)
    if draft.report_id:
        return to_step(draft, "receipt")
    back = request.args.get("back") == "check"
    if "remove" in request.form:
        with transaction():
            drafts.remove_photo(key, parse_int(request.form["remove"], 1, 2**31 - 1))
        return to_step(draft, "photos", back=back)
    enforce(DRAFTS_PER_HOUR, "uploads", visitor())
    uploads = _uploads()
    with transaction():
        refused = drafts.add_photos(key, uploads)
    return _answer(draft, refused)


@bp.post("/reports/new/<key>/clear")
@public
def clear(key: str) -> ResponseReturnValue:
    """Delete the draft and its photos, for those who use somebody else's telephone."""
    own_draft(key)
    with transaction():
        drafts.clear(key)
    let_go(key)
    flash(_("The draft has been cleared from this device."), "done")
    return redirect(url_for("reports.start"), 303)


def _uploads() -> list[drafts.Upload]:
    files = [file for file in request.files.getlist("photos") if file.filename]
    return [
        drafts.Upload(file.stream.read(MAX_BYTES + 1), shown_name(file.filename), browser_evidence(request.form, index))
        for index, file in enumerate(files[: MAX_PHOTOS + 3])
    ]


def _answer(draft: Draft, refused: list[drafts.Refused]) -> ResponseReturnValue:
    """On to the next page; or this page again, naming the files that were not taken."""
    if refused:
        return _page(draft, refused=refused), 422
    back = request.args.get("back") == "check"
    if "stay" in request.form:
        return to_step(draft, "photos", back=back)
    return to_step(draft, next_step("photos", back=back))


def _page(draft: Draft | None, *, refused: list[drafts.Refused] | None = None, unfinished: Draft | None = None) -> str:
    stored = shown_photos("draft", draft.id) if draft else []
    for row in stored:
        if not row["ready"]:
            row["note"] = _("Stored: %(name)s", name=row["name"]) if row["name"] else _("Stored")
    errors = [
        (
            "photos" if len(stored) < MAX_PHOTOS else "",
            _("%(name)s: %(reason)s", name=row.file_name, reason=row.reason),
        )
        for row in refused or []
    ]
    back: dict[str, Any] = {"back": "check"} if request.args.get("back") == "check" else {}
    action = url_for("reports.photos", key=draft.key, **back) if draft else url_for("reports.start")
    return render_template(
        "reports/photos.html",
        draft=draft,
        stored=stored,
        errors_found=errors,
        form_errors=errors,
        unfinished=unfinished,
        action=action,
        back=bool(back),
        token="" if draft else new_key(),
        limit=MAX_PHOTOS,
    )
