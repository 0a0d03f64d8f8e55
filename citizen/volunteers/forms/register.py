"""Forms of the register: one for each thing that a coordinator puts on record."""

from __future__ import annotations

from collections.abc import Callable

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice

from citizen.volunteers.services import approvals, suspension
from citizen.volunteers.services.approvals import Decision
from citizen.web.fields import DayField
from citizen.web.forms import DecisionForm, Form, line, paragraph


class RecordForm(DecisionForm):
    """One decision on a volunteer's record; ``first`` is the field at which a refusal shows when it names none."""

    first = "version"
    #: Calls the service with what was typed; every form below has its own.
    decide: Callable[[Decision], None]


class BriefingForm(RecordForm):
    """The day of the briefing."""

    first = "briefed_on"
    briefed_on = DayField(_l("Briefed on"))

    def decide(self, decision: Decision) -> None:
        """Record the day, or take it back."""
        approvals.set_briefing(decision, self.briefed_on.data)


class InsuranceForm(RecordForm):
    """The last insured day."""

    first = "insured_until"
    insured_until = DayField(_l("Insured until"))

    def decide(self, decision: Decision) -> None:
        """Record the day, or take it back."""
        approvals.set_insurance(decision, self.insured_until.data)


class ConsentForm(RecordForm):
    """Who gave the guardian's consent, and when a coordinator saw it."""

    first = "consent_on"
    guardian_name = line(_l("Guardian's name"), 60)
    guardian_phone = line(_l("Guardian's phone"), 40)
    consent_on = DayField(_l("Consent seen on"))

    def decide(self, decision: Decision) -> None:
        """Record the consent, or take it back."""
        approvals.set_consent(
            decision,
            self.consent_on.data,
            name=self.guardian_name.data or "",
            phone=self.guardian_phone.data or "",
        )


class CareForm(RecordForm):
    """Whether somebody may make home visits."""

    first = "care"
    care = RadioField(
        _l("Home visits"),
        choices=[SelectChoice("yes", _l("Approved")), SelectChoice("no", _l("Not approved"))],
        default="no",
    )

    def decide(self, decision: Decision) -> None:
        """Give or take the approval."""
        approvals.set_care(decision, approved=self.care.data == "yes")


class SuspendForm(RecordForm):
    """Why somebody's volunteering is paused."""

    first = "suspend_words"
    suspend_words = paragraph(_l("Why"), 300, required=_l("Say why."))
    call_off = BooleanField(_l("Call off the coming bookings too"))

    def decide(self, decision: Decision) -> None:
        """Pause."""
        words = self.suspend_words.data or ""
        suspension.suspend(decision, words, call_off_bookings=bool(self.call_off.data))


class ResumeForm(RecordForm):
    """Why it may go on."""

    first = "resume_words"
    resume_words = paragraph(_l("Why it may go on"), 300, required=_l("Say why."))

    def decide(self, decision: Decision) -> None:
        """Let it go on."""
        suspension.resume(decision, self.resume_words.data or "")


class CorrectForm(RecordForm):
    """A name or birth day that is put right."""

    first = "name"
    name = line(_l("Full name"), 60, required=_l("Enter a name."))
    birth_day = DayField(_l("Day of birth"))
    correct_reason = line(_l("Reason for the correction"), 200, required=_l("Say why."))

    def decide(self, decision: Decision) -> None:
        """Put it right."""
        approvals.correct(
            decision,
            name=self.name.data or "",
            birth_day=self.birth_day.data,
            reason=self.correct_reason.data or "",
        )


#: The act in the address → its form.
ACTS: dict[str, type[RecordForm]] = {
    "briefing": BriefingForm,
    "insurance": InsuranceForm,
    "consent": ConsentForm,
    "care": CareForm,
    "suspend": SuspendForm,
    "resume": ResumeForm,
    "correct": CorrectForm,
}


class RosterForm(Form):
    """The day of a briefing whose people were ticked in the list."""

    briefed_on = DayField(_l("Briefed on"))


class ExportForm(Form):
    """Why a file is made of people's data, and what kind of file."""

    reason = line(_l("What is the file for?"), 200, required=_l("Say what the file is for."))
    kind = SelectField(
        _l("Kind of file"),
        choices=[SelectChoice("xlsx", _l("Excel (XLSX)")), SelectChoice("csv", _l("Text (CSV)"))],
        default="xlsx",
    )


class TeamVerdictForm(DecisionForm):
    """Whether a team is approved; words are needed to refuse it."""

    words = line(_l("Why not"), 200)
