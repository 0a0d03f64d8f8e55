"""What a sender does with a report: one page for each deed, one way of doing it once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from citizen.cases.forms.uploads import uploads_of
from citizen.core import clock
from citizen.core.content import content
from citizen.core.database import transaction
from citizen.core.errors import Conflict, InvalidInput, NotFound
from citizen.reports.models import Report
from citizen.tracking.documents import title_of
from citizen.tracking.forms import SayForm
from citizen.tracking.queries import Followed, follow, others_remain, standing
from citizen.tracking.rules import ACTIONS_PER_HOUR, MAX_PHOTOS, possible
from citizen.tracking.services.saying import DEEDS, TOO_LATE, Said, ensure_possible, lock_report
from citizen.tracking.views.door import ask_for_code, bp, own_report
from citizen.tracking.views.finding import progress
from citizen.web.access import public
from citizen.web.idempotency import fingerprint, new_key, store_answer, stored_answer
from citizen.web.limits import enforce, visitor
from citizen.web.locale import page_language

VERB = "<any(add, answer, confirm, object, revive, dispute, withdraw):verb>"


@dataclass(frozen=True, slots=True)
class Deed:
    """The words of one page."""

    title: Any
    lead: Any
    button: Any
    done: Any
    label: Any = ""
    photos: bool = False
    #: Whether words may be left out.
    optional: bool = False


PAGES: dict[str, Deed] = {
    "add": Deed(
        _l("Add something"),
        _l("Words, photos, or both. Whoever is working on it can see them; they are not published."),
        _l("Send"),
        _l("Thank you. It has been added to your report."),
        _l("What do you want to add?"),
        photos=True,
        optional=True,
    ),
    "answer": Deed(
        _l("Answer the question"),
        _l("With your answer the report goes back to the people who decide on it."),
        _l("Send the answer"),
        _l("Thank you. Your answer has arrived, and the work goes on."),
        _l("Your answer"),
        photos=True,
    ),
    "confirm": Deed(
        _l("You saw that it is fixed"),
        _l("Your word helps those who check. With two more people, it can be closed without a further visit."),
        _l("Yes, I saw that it is fixed"),
        _l("Thank you for looking and telling us."),
        _l("What did you see?"),
        optional=True,
    ),
    "revive": Deed(
        _l("Have it looked at again"),
        _l("Add what was missing: the exact place, a photo, the time. This is possible once."),
        _l("Send it again"),
        _l("Thank you. Your report is back with the people who decide on it, with its original date."),
        _l("What was missing"),
        photos=True,
    ),
    "object": Deed(
        _l("You do not agree"),
        _l("Others than those who decided look at it again and answer you here within one working day."),
        _l("Send the objection"),
        _l("We have your objection. Others look at it again; you read the answer here."),
        _l("Why do you not agree?"),
        photos=True,
    ),
    "dispute": Deed(
        _l("It is not solved"),
        _l("Say what is still wrong; a photo helps. Others decide whether it is opened again."),
        _l("Send"),
        _l("We have it. Others look at it again; you read the answer here."),
        _l("What is still wrong?"),
        photos=True,
    ),
    "withdraw": Deed(
        _l("Take the report back?"),
        _l("This cannot be undone. Your name, telephone number and e-mail are deleted at once."),
        _l("Yes, take it back"),
        _l("Your report is withdrawn. Your contact details have been deleted."),
    ),
}


@bp.get(f"/reports/track/<number>/{VERB}")
@public
def act(number: str, verb: str) -> ResponseReturnValue:
    """The page of one deed; when it is not possible any more, the progress says so."""
    report = own_report(number)
    if report is None:
        return ask_for_code(number)
    followed = follow(report)
    if followed is None or verb not in possible(standing(followed), clock.now()):
        return progress(report, problem=str(TOO_LATE)), 409
    return _page(followed, verb, SayForm(formdata=None, key=new_key(), reason="no_reason_given"))


@bp.post(f"/reports/track/<number>/{VERB}")
@public
def do(number: str, verb: str) -> ResponseReturnValue:
    """Do it once; the same form sent again leads to the same answer."""
    report = own_report(number)
    if report is None:
        raise NotFound()
    enforce(ACTIONS_PER_HOUR, "track-act", visitor())
    form = SayForm()
    try:
        if form.validate():
            done = _once(report.number, verb, form)
            flash(str(PAGES[verb].done), "done")
            return redirect(done, 303)
    except InvalidInput as error:
        form.refuse(error, "photos" if error.field == "photo" else "words")
    except Conflict as error:
        return progress(report, problem=str(error.message)), 409
    followed = follow(report)
    return (_page(followed, verb, form), 422) if followed else ask_for_code(number)


def _once(number: str, verb: str, form: SayForm) -> str:
    """Do ``verb`` in a transaction of its own unless this very form was sent before; returns where to go."""
    uploads = uploads_of(request.form, request.files) if PAGES[verb].photos else []
    said = Said(form.words.data or "", uploads, form.reason.data or "")
    digests = sorted({hashlib.sha256(upload.data).hexdigest() for upload in uploads})
    sent = fingerprint(verb, said.words, said.reason, *digests)
    answer = url_for("tracking.show", number=number)
    with transaction():
        case, report = lock_report(number)
        # The report's lock comes first: of two equal requests the second finds the answer of the first.
        if stored_answer(f"tracking:{number}", form.key.data or "", content=sent) is None:
            ensure_possible(report, verb)
            DEEDS[verb](case, report, said)
            store_answer(f"tracking:{number}", form.key.data or "", content=sent, answer=answer)
    return answer


def _page(followed: Followed, verb: str, form: SayForm) -> str:
    report: Report = followed.report
    reasons = content().reasons_of("withdrawal")
    form.reason.choices = [(row.code, row.name.in_language(page_language())) for row in reasons]
    return render_template(
        "tracking/act.html",
        report=report,
        title=title_of(report, followed.case),
        verb=verb,
        deed=PAGES[verb],
        question=followed.question if verb == "answer" else None,
        shared=others_remain(followed.case.id, report.id),
        limit=MAX_PHOTOS,
        form=form,
        form_errors=form.errors,
        files_lost=bool(form.errors) and any(file.filename for file in request.files.getlist("photos")),
    )
