"""Opening, closing and releasing a survey: each asks once, none leads back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from citizen.core.database import transaction
from citizen.core.errors import InvalidInput
from citizen.core.permissions import Permission
from citizen.surveys.documents.waves import wave_page
from citizen.surveys.queries.waves import wave_of
from citizen.surveys.rules.waves import TRANSITIONS, ensure_transition
from citizen.surveys.services import waves
from citizen.surveys.views.waves import bp, me, seen
from citizen.web.access import requires
from citizen.web.forms import DecisionForm

STEP = "<any(open, close, release):step>"


@dataclass(frozen=True, slots=True)
class Step:
    """The words of one step."""

    title: Any
    text: Any
    yes: Any
    done: Any


STEPS: dict[str, Step] = {
    "open": Step(
        _l("Open the survey"),
        _l("Definition, questions and table do not change any more after this. Invitations can be made then."),
        _l("Open the survey"),
        _l("The survey is open. Next: the invitations."),
    ),
    "close": Step(
        _l("Close the survey"),
        _l(
            "No more answers are taken after this, not even interviews that still wait on a device. It cannot be opened again."
        ),
        _l("Close the survey"),
        _l("The survey is closed."),
    ),
    "release": Step(
        _l("Release the results"),
        _l("The results are public after this. Small groups stay hidden."),
        _l("Release the results"),
        _l("The results are public now."),
    ),
}


@bp.get(f"/<int:wave_id>/{STEP}")
@requires(Permission.MANAGE_WAVE)
def step(wave_id: int, step: str) -> ResponseReturnValue:
    """Asks once."""
    wave = wave_of(wave_id)
    if wave.state != TRANSITIONS[step][0]:
        return redirect(url_for("waves.show", wave_id=wave_id), 303)
    ensure_transition(step, wave.state, own=waves.is_own(wave, me()))
    return _step_page(wave_id, step)


@bp.post(f"/<int:wave_id>/{STEP}")
@requires(Permission.MANAGE_WAVE)
def step_now(wave_id: int, step: str) -> ResponseReturnValue:
    """Take the step."""
    try:
        with transaction():
            if step == "open":
                waves.open_wave(wave_id, seen=seen(DecisionForm()), by=me())
            elif step == "close":
                waves.close_wave(wave_id, by=me())
            else:
                waves.release(wave_id, me())
    except InvalidInput as error:
        return _step_page(wave_id, step, wrong=[("", error.message)]), 422
    flash(str(STEPS[step].done), "done")
    return redirect(url_for("waves.show", wave_id=wave_id), 303)


def _step_page(wave_id: int, step: str, wrong: list[tuple[str, Any]] | None = None) -> str:
    page = wave_page(wave_of(wave_id))
    return render_template("waves/step.html", step=step, words=STEPS[step], form_errors=wrong or [], **page)


__all__ = ["bp"]
