"""Interviews at the door or by telephone: a plain form, and a page that goes on working without a network.

A service worker keeps the page; its script keeps what was typed on the device until it has been stored here.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import Busy, Conflict, DomainError, InvalidInput, NotFound
from citizen.core.permissions import Permission
from citizen.surveys.documents.asking import questions, typed_answers
from citizen.surveys.documents.desk import sections
from citizen.surveys.documents.interviews import OUTCOME_WORDS, list_page
from citizen.surveys.forms.waves import InterviewForm
from citizen.surveys.models import Wave
from citizen.surveys.queries.waves import wave_of
from citizen.surveys.rules.waves import WaveState
from citizen.surveys.services import answering
from citizen.surveys.services.answering import KeyTaken, Outcome, Sent
from citizen.web.access import requires
from citizen.web.idempotency import new_key, typed_key

bp = Blueprint("interviews", __name__, url_prefix="/office/interviews")
#: Entries that one request brings.
MOST = 100
#: What an entry can come back with besides the outcomes of an answer.
INVALID, BUSY = "invalid", "busy"


@bp.get("/")
@requires(Permission.INTERVIEW)
def index() -> ResponseReturnValue:
    """The surveys that take interviews."""
    return render_template("interviews/index.html", **list_page())


@bp.get("/<int:wave_id>")
@requires(Permission.INTERVIEW)
def show(wave_id: int) -> ResponseReturnValue:
    """The questions to read aloud."""
    return _page(_open(wave_id), InterviewForm(formdata=None, key=new_key()), {})


@bp.post("/<int:wave_id>")
@requires(Permission.INTERVIEW)
def keep(wave_id: int) -> ResponseReturnValue:
    """Store one interview and offer the next; this is the way without a script."""
    wave, form, given = _open(wave_id), InterviewForm(), typed_answers(request.form)
    if not form.validate():
        return _page(wave, form, given), 422
    try:
        with transaction():
            sent = Sent(typed_key(form.key.data), given)
            outcome = answering.interview(wave_id, form.code.data or "", sent, on=clock.today())
    except InvalidInput as error:
        form.refuse(error, form.FALLBACK)
        return _page(wave, form, given), 422
    except KeyTaken as error:
        form.refuse(InvalidInput(error.message), form.FALLBACK)
        return _page(wave, form, given), 409
    if outcome not in (Outcome.STORED, Outcome.ALREADY):
        form.refuse(InvalidInput(OUTCOME_WORDS[outcome]), form.FALLBACK)
        return _page(wave, form, given), 409
    flash(_("Stored. Ready for the next interview."), "done")
    return redirect(url_for("interviews.show", wave_id=wave_id), 303)


@bp.post("/sync")
@requires(Permission.INTERVIEW)
def sync() -> ResponseReturnValue:
    """Store what a device kept, each entry by itself; says of every entry what became of it."""
    body = request.get_json(silent=True)
    entries = body.get("entries") if isinstance(body, dict) else None
    if not isinstance(entries, list) or len(entries) > MOST:
        return jsonify({"error": "entries"}), 422
    return jsonify({"results": [{"key": _key_of(entry), "outcome": outcome_of(entry)} for entry in entries]})


def _key_of(entry: Any) -> str:
    return str(entry.get("key", ""))[:64] if isinstance(entry, dict) else ""


def outcome_of(entry: Any) -> str:
    """What became of one entry; whatever cannot be stored stays on the device with its reason, and stops no other."""
    try:
        wave_id, code, on, sent = _read(entry)
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError, RecursionError):
        return INVALID
    try:
        with transaction():
            return answering.interview(min(max(wave_id, 0), 2**31 - 1), code, sent, on=on)
    except (Busy, KeyTaken):
        return BUSY
    except DomainError:
        return INVALID


def _read(entry: Any) -> tuple[int, str, date, Sent]:
    """Wave, code, day and answers of an entry; raises ValueError and its like for anything that no device of ours sends."""
    answers = {str(name): str(value) for name, value in entry["answers"].items()}
    texts = (str(entry["key"]), str(entry["code"])[:60], *answers, *answers.values())
    if "\0" in "".join(texts).encode().decode():  # half a surrogate pair cannot be encoded, a zero cannot be stored
        raise ValueError("no text")
    return int(entry["wave"]), texts[1], date.fromisoformat(entry["on"]), Sent(texts[0], answers)


@bp.get("/worker.js")
@requires(Permission.INTERVIEW)
def worker() -> ResponseReturnValue:
    """The service worker; it stands here because it may only keep pages below its own address."""
    source = Path(current_app.static_folder or "") / "js" / "interview-worker.js"
    response = Response(source.read_text(encoding="utf-8"), mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    return response


def _open(wave_id: int) -> Wave:
    wave = wave_of(wave_id)
    if wave.state == WaveState.DRAFT:
        raise NotFound()
    if wave.state != WaveState.OPEN:
        raise Conflict(OUTCOME_WORDS[Outcome.CLOSED])
    return wave


def _page(wave: Wave, form: InterviewForm, given: dict[str, str]) -> str:
    return render_template(
        "interviews/show.html",
        wave=wave,
        form=form,
        form_errors=form.errors,
        questions=questions(wave, given),
        outcomes={
            **OUTCOME_WORDS,
            INVALID: _("Something is missing or cannot be read. Put it right and save it again."),
        },
        sections=sections("interviews"),
    )
