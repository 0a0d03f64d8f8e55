"""Pictures for those who may see them, and the desk where moderators check the masks."""

from __future__ import annotations

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from citizen.core.database import transaction
from citizen.core.errors import InvalidInput, NotFound
from citizen.core.permissions import Permission
from citizen.core.storage import Bucket, storage
from citizen.photos import queries, services
from citizen.photos.forms import ApproveForm, MaskForm, RefuseForm, boxes_of
from citizen.photos.models import Photo
from citizen.photos.rules import CONTENT_TYPES, SIZES
from citizen.web.access import public, requires
from citizen.web.redirects import safe_next

bp = Blueprint("photos", __name__)


@bp.get("/photos/<token>/<size>")
@public
def private(token: str, size: str) -> ResponseReturnValue:
    """The masked picture, for its sender and for staff who work on it; hidden and unknown are the same 404."""
    photo = queries.by_token(token)
    if size not in SIZES or photo.masked_key is None or not queries.visible_to_visitor(photo):
        raise NotFound()
    return _picture(Bucket.PRIVATE, f"{photo.masked_key}/{size}", cache="private, no-store")


@bp.get("/media/<name>/<size>")
@public
def media(name: str, size: str) -> ResponseReturnValue:
    """A released picture; the row is asked each time, so a withdrawn one is gone from the very next response."""
    if size not in SIZES:
        raise NotFound()
    queries.public_photo(name)
    response = _picture(Bucket.PUBLIC, f"{name}/{size}", cache="public, no-cache")
    response.set_etag(f"{name}-{size}-{response.mimetype}")
    response.vary.add("Accept")
    return response.make_conditional(request)


@bp.get("/office/photos/<token>")
@requires(Permission.SEE_ORIGINAL)
def desk(token: str) -> ResponseReturnValue:
    """The masking desk of one picture."""
    photo = queries.sent_photo(token)
    return _desk_page(photo, ApproveForm(version=photo.version, alt=photo.alt))


@bp.get("/office/photos/<token>/<any(desk, original):what>.jpg")
@requires(Permission.SEE_ORIGINAL)
def original(token: str, what: str) -> ResponseReturnValue:
    """The unmasked master ("desk") or the sealed original; every look is recorded."""
    photo = queries.sent_photo(token)
    with transaction():
        data = services.look_at_original(photo, by_id=current_user.id, what=what)
    response = make_response(data)
    response.mimetype = "image/jpeg" if what == "desk" else "application/octet-stream"
    if what == "original":
        response.headers["Content-Disposition"] = "attachment; filename=original"
    return _locked_down(response, "private, no-store")


@bp.post("/office/photos/<token>/masks")
@requires(Permission.SEE_ORIGINAL)
def masks(token: str) -> ResponseReturnValue:
    """Replace the boxes."""
    form = MaskForm()
    photo = queries.by_token(token)
    try:
        boxes = boxes_of(request.form, width=max(photo.width, 1), height=max(photo.height, 1))
    except InvalidInput as error:
        return _desk_page(photo, ApproveForm(formdata=None, version=photo.version), errors=[str(error)]), 422
    with transaction():
        found = services.lock_photo(token, version=form.version.data)
        services.set_boxes(found, boxes, by_id=current_user.id)
    flash(_("The boxes are stored. The picture is being made anew; now check it."), "done")
    return redirect(url_for("photos.desk", token=token, next=request.args.get("next")), 303)


@bp.post("/office/photos/<token>/approve")
@requires(Permission.SEE_ORIGINAL)
def approve(token: str) -> ResponseReturnValue:
    """A person's word that the masks are complete."""
    form = ApproveForm()
    valid = form.validate_on_submit()
    if not valid or not form.looked.data:
        words = _("Look at every box first, then tick that you did.")
        return _desk_page(queries.by_token(token), form, errors=[words]), 422
    with transaction():
        photo = services.lock_photo(token, version=form.version.data)
        services.approve(photo, by_id=current_user.id, alt=form.alt.data)
    flash(_("The masks are checked; the picture may be released."), "done")
    return redirect(_back(token), 303)


@bp.post("/office/photos/<token>/refuse")
@requires(Permission.SEE_ORIGINAL)
def refuse(token: str) -> ResponseReturnValue:
    """Never show this picture."""
    form = RefuseForm()
    with transaction():
        photo = services.lock_photo(token, version=form.version.data)
        services.refuse(photo, by_id=current_user.id)
    flash(_("The picture will not be public."), "done")
    return redirect(_back(token), 303)


def _back(token: str) -> str:
    target = request.args.get("next")
    return safe_next(target) if target else url_for("photos.desk", token=token)


def _desk_page(photo: Photo, form: ApproveForm, errors: list[str] | None = None) -> str:
    boxes = [
        {
            "x": round(box["x"] * photo.width),
            "y": round(box["y"] * photo.height),
            "w": round(box["w"] * photo.width),
            "h": round(box["h"] * photo.height),
            "kind": box["kind"],
            "word": _("found by the machine") if box["source"] == "auto" else _("drawn by hand"),
        }
        for box in photo.boxes
    ]
    return render_template(
        "photos/desk.html",
        photo=photo,
        masks=boxes,
        form=form,
        desk_errors=[("masks", text) for text in errors or []],
        form_errors=errors,
    )


def _picture(bucket: Bucket, base: str, *, cache: str) -> Response:
    ending = "webp" if "image/webp" in request.headers.get("Accept", "") else "jpg"
    response = make_response(storage().get(bucket, f"{base}.{ending}"))
    response.mimetype = CONTENT_TYPES[ending]
    return _locked_down(response, cache)


def _locked_down(response: Response, cache: str) -> Response:
    """Pictures are only ever pictures: no sniffing, no scripts, no caching beyond what is said."""
    response.headers["Cache-Control"] = cache
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
