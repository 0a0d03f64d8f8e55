"""The share picture: its taker makes it and takes it back, everybody with its address sees it."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from citizen.core.database import transaction
from citizen.core.errors import NotFound
from citizen.quizzes.documents.share import absolute, png, words_of
from citizen.quizzes.queries import sharing as queries
from citizen.quizzes.queries.sharing import Shared
from citizen.quizzes.services import sharing as services
from citizen.quizzes.views.certificate import bp
from citizen.quizzes.views.taker import takers
from citizen.web.access import public
from citizen.web.cache import with_etag

__all__ = ["bp"]


@bp.get("/quizzes/attempts/<token>/share")
@public
def share(token: str) -> ResponseReturnValue:
    """What the picture shows, and the picture once it was asked for; for the taker only."""
    attempt = queries.own(token, _keys())
    if attempt is None:
        raise NotFound()
    found = queries.shared(attempt.share_id) if attempt.share_id else None
    return render_template("learning/share.html", attempt=attempt, page=_page(found) if found else None)


@bp.post("/quizzes/attempts/<token>/share")
@public
def make_share(token: str) -> ResponseReturnValue:
    """Make the picture's address; asking again gives the same one."""
    with transaction():
        services.share(token, _keys())
    return redirect(url_for("learning.share", token=token), 303)


@bp.post("/quizzes/attempts/<token>/share/stop")
@public
def stop_share(token: str) -> ResponseReturnValue:
    """Take the picture back."""
    with transaction():
        services.take_back(token, _keys())
    flash(_("The picture is no longer found under its address."), "done")
    return redirect(url_for("learning.share", token=token), 303)


@bp.get("/quizzes/share/<share_id>")
@public
def shared(share_id: str) -> ResponseReturnValue:
    """The picture with the way to the quiz, for whoever was sent its address."""
    return render_template("learning/shared.html", page=_page(_known(share_id)))


@bp.get("/quizzes/share/<share_id>.png")
@public
def picture(share_id: str) -> ResponseReturnValue:
    """The picture itself; a browser asks each time whether it is still there, so what was taken back is gone at once."""
    response: Response = with_etag(png(words_of(_known(share_id))), mimetype="image/png")
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers.add("Vary", "Cookie, Accept-Language")
    return response


def _keys() -> list[str]:
    return [taker.key for taker in takers()]


def _known(share_id: str) -> Shared:
    found = queries.shared(share_id)
    if found is None:
        raise NotFound()
    return found


def _page(found: Shared) -> dict[str, object]:
    address = url_for("learning.shared", share_id=found.share_id)
    image = url_for("learning.picture", share_id=found.share_id)
    return {
        "words": words_of(found),
        "image": image,
        "image_url": absolute(image),
        "address": absolute(address),
        "start": url_for("quizzes.show", quiz_id=found.quiz_id),
    }
