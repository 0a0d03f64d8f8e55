"""Words for what the audit trail records."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class Link:
    """How a subject is called and where it is shown."""

    text: str
    url: str


#: Kind of subject → finds the links of many ids at once; features above this one register theirs here.
links: dict[str, Callable[[Collection[int]], dict[int, Link]]] = {}

#: What an event can be about.
SUBJECTS = {
    "case": _l("Case"),
    "report": _l("Report"),
    "photo": _l("Photo"),
    "entry": _l("Board entry"),
    "objection": _l("Objection"),
    "person": _l("Person"),
    "volunteer": _l("Volunteer record"),
    "team": _l("Team"),
    "post": _l("Post"),
    "template": _l("Weekly pattern"),
    "shift": _l("Shift"),
    "booking": _l("Booking"),
    "stop": _l("Stop"),
    "hours": _l("Hours of service"),
    "hours_request": _l("Correction of hours"),
    "hours_notice": _l("Notice of hours"),
    "hours_objection": _l("Objection to hours"),
    "section": _l("Section"),
    "adoption": _l("Adopted section"),
    "certificate": _l("Certificate"),
    "question": _l("Question of the bank"),
    "question_import": _l("Import of questions"),
    "quiz": _l("Quiz"),
    "attempt": _l("Attempt"),
    "round": _l("Hall quiz"),
    "measure": _l("Definition of a rate"),
    "wave": _l("Survey"),
    "demo": _l("Demonstration"),
}

#: In which capacity somebody acted, beside the staff roles.
CAPACITIES = {
    "system": _l("System"),
    "reporter": _l("Reporter"),
    "visitor": _l("Visitor"),
    "volunteer": _l("As a volunteer"),
    "lead": _l("Lead"),
    "office": _l("Office"),
    "staff": _l("Staff"),
    "self": _l("For oneself"),
}

#: Frequent and sensitive actions; others show their code.
ACTIONS = {
    "submit": _l("Received"),
    "ask": _l("Asked the reporter"),
    "answer": _l("Reporter answered"),
    "accept": _l("Accepted"),
    "reject": _l("Rejected"),
    "merge": _l("Merged"),
    "unmerge": _l("Undid a merge"),
    "refer": _l("Referred to another body"),
    "withdraw": _l("Withdrew"),
    "dispatch": _l("Dispatched"),
    "sign": _l("Signed for"),
    "return": _l("Granted a return"),
    "suspend": _l("Suspended"),
    "resume": _l("Resumed"),
    "finish": _l("Said to be fixed"),
    "close": _l("Closed"),
    "rework": _l("Sent back for rework"),
    "reopen": _l("Reopened"),
    "takeover": _l("Took over"),
    "note": _l("Wrote a note"),
    "photo.looked": _l("Looked at an original photo"),
    "photo.boxes": _l("Changed what is covered on a photo"),
    "photo.checked": _l("Checked a photo"),
    "photo.released": _l("Released a photo"),
    "photo.refused": _l("Refused a photo"),
    "photo.withdrawn": _l("Took a photo back"),
    "person.signed_in": _l("Signed in"),
    "person.signed_up": _l("Signed up"),
    "person.staff_created": _l("Created a staff account"),
    "person.role_granted": _l("Gave a role"),
    "person.role_revoked": _l("Took a role away"),
    "person.disabled": _l("Closed an account"),
    "person.password_changed": _l("Changed a password"),
    "person.second_factor_set": _l("Set up two-step sign-in"),
    "person.second_factor_removed": _l("Removed two-step sign-in"),
    "person.recovery_codes_renewed": _l("Made new recovery codes"),
    "person.recovery_code_used": _l("Used a recovery code"),
    "volunteer.joined": _l("Registered as a volunteer"),
    "volunteer.changed": _l("Changed the volunteer's details"),
    "volunteer.corrected": _l("Corrected a volunteer's record"),
    "volunteer.child_added": _l("Named a child"),
    "volunteer.child_removed": _l("Took a child off"),
    "volunteer.consent_on": _l("Recorded a guardian's consent"),
    "volunteer.briefed_on": _l("Recorded a briefing"),
    "volunteer.insured_until": _l("Recorded an insurance"),
    "volunteer.care_approved_on": _l("Decided on home visits"),
    "volunteer.viewed": _l("Looked at a volunteer's record"),
    "volunteer.suspended": _l("Paused a volunteer"),
    "volunteer.resumed": _l("Ended a volunteer's pause"),
    "volunteer.feed_renewed": _l("Made a new calendar link"),
    "volunteer.feed_off": _l("Switched the calendar link off"),
    "register.exported": _l("Took the register of volunteers as a file"),
    "team.created": _l("Founded a team"),
    "team.approved": _l("Approved a team"),
    "team.refused": _l("Refused a team"),
    "team.joined": _l("Joined a team"),
    "team.left": _l("Left a team"),
    "team.taken_out": _l("Took somebody out of a team"),
    "team.handed_over": _l("Handed a team over"),
    "team.code_changed": _l("Changed a team's code"),
    "post.created": _l("Set up a post"),
    "post.edited": _l("Changed a post"),
    "post.week_copied": _l("Copied a week of shifts"),
    "template.created": _l("Set up a weekly pattern"),
    "template.edited": _l("Changed a weekly pattern"),
    "template.ended": _l("Ended a weekly pattern"),
    "shift.created": _l("Added a shift"),
    "shift.edited": _l("Changed a shift"),
    "shift.resized": _l("Changed the places of a shift"),
    "shift.moved": _l("Moved a shift"),
    "shift.cancelled": _l("Cancelled a shift"),
    "shift.called_up": _l("Asked people to help out"),
    "shift.messaged": _l("Wrote to the people of a shift"),
    "shift.draw_announced": _l("Announced a draw"),
    "shift.drawn": _l("Drew the places"),
    "shift.address_set": _l("Wrote down the address of a home visit"),
    "shift.roster_exported": _l("Took a roster as a file"),
    "shift.period_exported": _l("Took the shifts of some days as a file"),
    "care.address_viewed": _l("Looked at the address of a home visit"),
    "care.address_wiped": _l("Address of a home visit wiped"),
    "roster.seen": _l("Looked at a roster"),
    "stop.called": _l("Stopped the service"),
    "stop.lifted": _l("Lifted a stop"),
    "booking.override": _l("Set a condition aside"),
    "booking.walk_in": _l("Took in somebody who came by"),
    "attendance.corrected": _l("Corrected a sign-in or sign-out"),
    "attendance.undone": _l("Took a sign-in back"),
    "hours.credited": _l("Credited hours"),
    "hours.requested": _l("Asked for a correction of hours"),
    "hours.approved": _l("Agreed to a correction of hours"),
    "hours.refused": _l("Did not agree to a correction of hours"),
    "hours.notice": _l("Published hours"),
    "hours.objection": _l("Objected to hours"),
    "hours.objection_upheld": _l("Agreed with an objection to hours"),
    "hours.objection_dismissed": _l("Rejected an objection to hours"),
    "hours.looked": _l("Looked at a volunteer's hours"),
    "hours.file": _l("Took hours as a file"),
    "section.created": _l("Set up a section"),
    "section.edited": _l("Changed a section"),
    "adoption.asked": _l("Asked for a section"),
    "adoption.running": _l("Gave a section to a team"),
    "adoption.refused": _l("Refused a section"),
    "adoption.withdrawn": _l("Withdrew the request for a section"),
    "adoption.ended": _l("A season ended"),
    "adoption.renewal": _l("Asked for another season"),
    "adoption.granted": _l("Granted another season"),
    "certificate.issued": _l("Issued a certificate"),
    "certificate.revoked": _l("Revoked a certificate"),
    "question.draft": _l("Wrote a draft of a question"),
    "question.rewrite": _l("Changed the draft of a question"),
    "question.hand_in": _l("Handed a question in for review"),
    "question.send_back": _l("Sent a question back to its author"),
    "question.approve": _l("Approved a question"),
    "question.retire": _l("Retired a question"),
    "question.import": _l("Brought questions in from a file"),
    "question.exported": _l("Took questions as a file"),
    "question.remarked": _l("Corrected the key of a question"),
    "quiz.created": _l("Set up a quiz"),
    "quiz.rewritten": _l("Changed a quiz"),
    "quiz.reworded": _l("Changed the words of a quiz"),
    "quiz.published": _l("Published a quiz"),
    "quiz.taken_back": _l("Took a quiz back to its draft"),
    "quiz.closed": _l("Closed a quiz"),
    "flag.dismiss": _l("Found nothing wrong with an attempt"),
    "flag.confirm": _l("Found something wrong with an attempt"),
    "attempt.set_aside": _l("Set an attempt aside"),
    "round.open": _l("Opened a hall quiz"),
    "round.end": _l("Ended a hall quiz"),
    "measure.draft": _l("Wrote a draft of a definition"),
    "measure.rewrite": _l("Changed the draft of a definition"),
    "wave.draft": _l("Set up a survey"),
    "wave.edit": _l("Changed a survey"),
    "wave.strata": _l("Changed the cells of a survey"),
    "wave.invite": _l("Made invitations to a survey"),
    "wave.invite_again": _l("Made invitations to a survey anew"),
    "wave.dispositions": _l("Noted what became of invitations"),
    "wave.open": _l("Opened a survey"),
    "wave.closed": _l("Closed a survey"),
    "wave.released": _l("Released the results of a survey"),
    "wave.note": _l("Noted what follows from a survey"),
    "demo.loaded": _l("Loaded the demonstration"),
}

_LOOKS = (".viewed", ".looked", ".seen", ".exported", "_exported", "_viewed", "hours.file")
SENSITIVE = frozenset({"photo.looked", "takeover", "booking.override"}) | {
    code
    for code in ACTIONS
    if (code.startswith("person.") and not code.startswith("person.signed_")) or code.endswith(_LOOKS)
}


def action_word(code: str) -> str:
    """The words for an action, or its code."""
    return str(ACTIONS.get(code, code))


def subject_word(code: str) -> str:
    """The words for a kind of subject, or its code."""
    return str(SUBJECTS.get(code, code))


def detail_text(detail: dict[str, Any]) -> str:
    """An event's details on one line."""
    return "; ".join(f"{name}: {_plain(value)}" for name, value in detail.items())[:500]


def _plain(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_plain(item) for item in value)
    return "–" if value is None else str(value)
