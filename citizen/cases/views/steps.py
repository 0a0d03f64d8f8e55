"""One step of a form: done, or the reason it was not, shown in the same form with everything typed kept."""

from __future__ import annotations

from collections.abc import Callable

from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput
from citizen.web.forms import Form


def attempt(form: Form, step: Callable[[], object], *, fallback: str) -> int:
    """Run ``step`` in a transaction of its own; 0 when it was done, else the status to answer with.

    422 puts what was refused at its field (or at ``fallback``), 409 above the form.
    """
    try:
        with transaction():
            step()
    except InvalidInput as error:
        form.refuse(error, fallback)
        return 422
    except Conflict as error:
        form.form_errors = [*form.form_errors, error.message]
        return 409
    return 0
