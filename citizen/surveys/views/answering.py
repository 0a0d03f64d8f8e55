"""Answering a survey: the code of the card or a link, one page of questions, one word of thanks.

The address of these pages holds the token. So they are stored nowhere, found by no search engine, and tell the next page
no more than the site's name: with no Referer at all the form's own POST would be refused by the check of its origin.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import TooManyRequests

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import InvalidInput
from citizen.core.numbers import normalise_code
from citizen.surveys.documents.asking import minutes, questions, typed_answers
from citizen.surveys.forms.waves import CodeForm
from citizen.surveys.models import Wave
from citizen.surveys.queries.waves import invitation_with, usable_wave
from citizen.surveys.services import answering
from citizen.surveys.services.answering import Outcome, Sent
from citizen.web.access import public
from citizen.web.idempotency import new_key, typed_key
from citizen.web.limits import count, visitor

bp = Blueprint("answering", __name__, url_prefix="/surveys/answer")
#: Codes that nobody was ever given, for each address. A village may share one, and a code has 50 bits: at this rate a guess
#: among ten thousand invitations takes longer than sixty thousand years.
WRONG = "200/hour"


@bp.after_request
def keep_private(response: Response) -> Response:
    """Nothing of these pages stays or travels."""
    response.headers["Referrer-Policy"] = "strict-origin"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("")
@public
def ask() -> ResponseReturnValue:
    """Asks for the code of the card."""
    return render_template("answering/code.html", form=CodeForm(formdata=None))


@bp.post("")
@public
def find() -> ResponseReturnValue:
    """Go to the questions of the typed code."""
    form = CodeForm()
    if not form.validate():
        return render_template("answering/code.html", form=form, form_errors=form.errors), 422
    code = normalise_code(form.code.data, None) or ""
    if _opened(code) is None:
        return _unusable()
    return redirect(url_for("answering.invited", token=code), 303)


@bp.get("/<token>")
@public
def invited(token: str) -> ResponseReturnValue:
    """Who asks and why, then all questions."""
    wave = _opened(token)
    if wave is None:
        return _unusable()
    return _questions(wave, token, {}, key=new_key())


@bp.post("/<token>")
@public
def answer(token: str) -> ResponseReturnValue:
    """Store the first answer; the same form sent twice is thanked for twice and stored once."""
    sent = Sent(typed_key(request.form.get("key")), typed_answers(request.form))
    try:
        with transaction():
            outcome = answering.answer(token, sent)
    except InvalidInput as error:
        wave = _opened(token)
        if wave is None:
            return _unusable()
        return _questions(wave, token, sent.answers, key=sent.key, wrong=error), 422
    if outcome not in (Outcome.STORED, Outcome.ALREADY):
        _count_guess(token)
        return _unusable()
    return redirect(url_for("answering.thanks"), 303)


@bp.get("/thanks")
@public
def thanks() -> ResponseReturnValue:
    """The same for everybody: nothing is said about the answers."""
    return render_template("answering/thanks.html", declined=False)


@bp.get("/<token>/decline")
@public
def decline(token: str) -> ResponseReturnValue:
    """Asks once, because the invitation is used up by it."""
    if _opened(token) is None:
        return _unusable()
    return render_template("answering/decline.html", token=token)


@bp.post("/<token>/decline")
@public
def decline_now(token: str) -> ResponseReturnValue:
    """Note that this person does not want to take part."""
    with transaction():
        noted = answering.decline(token)
    if not noted:
        _count_guess(token)
        return _unusable()
    return redirect(url_for("answering.declined"), 303)


@bp.get("/declined")
@public
def declined() -> ResponseReturnValue:
    """Said once, and accepted."""
    return render_template("answering/thanks.html", declined=True)


def _opened(token: str) -> Wave | None:
    """The wave that ``token`` opens now; a right one is never refused, whatever others at the same address typed."""
    wave = usable_wave(token, today=clock.today())
    if wave is None:
        _count_guess(token)
    return wave


def _count_guess(token: str) -> None:
    """Count a code that nobody was given; raises TooManyRequests after too many. One that was used is no guess."""
    if invitation_with(token) is None and not count(WRONG, "survey-code", visitor()):
        raise TooManyRequests()


def _unusable() -> tuple[str, int]:
    """One page for used, unknown and expired: whoever tries codes learns nothing from it."""
    return render_template("answering/unusable.html", form=CodeForm(formdata=None)), 404


def _questions(wave: Wave, token: str, given: Mapping[str, str], *, key: str, wrong: InvalidInput | None = None) -> str:
    asked = questions(wave, given)
    errors = [(f"{asked[0].name}-0", wrong.message)] if wrong else []
    return render_template(
        "answering/questions.html",
        wave=wave,
        token=token,
        key=key,
        questions=asked,
        minutes=minutes(wave),
        form_errors=errors,
    )
