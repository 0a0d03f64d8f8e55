"""What came of an attempt."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from citizen.core import clock
from citizen.quizzes.documents.result import result_page
from citizen.quizzes.views.attempts import bp, own
from citizen.web.access import public

__all__ = ["bp"]


@bp.get("/<token>/result")
@public
def result(token: str) -> ResponseReturnValue:
    """The score and what there is to learn from it; an attempt that is not handed in has none."""
    at = own(token)
    if at.is_open:
        return redirect(url_for("attempts.check", token=token), 303)
    return render_template("quizzes/result.html", **result_page(at, clock.now()))
