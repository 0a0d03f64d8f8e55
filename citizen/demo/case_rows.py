"""From a case's planned steps to the rows that the services would have written, step by step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from citizen.cases.checklists import MAIN
from citizen.cases.models import Case
from citizen.cases.models.case import NEVER
from citizen.cases.rules import find_hints
from citizen.cases.services.verification import SATISFACTION_WITHIN
from citizen.demo.book import Book, new_check, new_question, place_of, title_from
from citizen.demo.course import Step
from citizen.demo.ledger import iso, moment, sure
from citizen.demo.plan import Story

#: Steps that are the report's alone and leave the case's version as it is.
_QUIET = frozenset({"submit", "confirm"})
#: What a new case does not have yet.
_NO_CASE: dict[str, Any] = {
    **dict.fromkeys(column.name for column in Case.__table__.columns if column.nullable),
    **dict.fromkeys(("reason_words", "referred_to", "public_title_hans", "public_title_en", "public_precision"), ""),
    **dict.fromkeys(("supporter_count", "photo_count", "rework_count", "reopen_count"), 0),
    **dict.fromkeys(("deemed_signed", "revived", "answered", "hinted"), False),
}


class CaseRows:
    """One case while it is written."""

    def __init__(self, book: Book, story: Story, report: dict[str, Any]) -> None:
        self.book, self.ledger, self.story, self.report = book, book.ledger, story, report
        self.fix: dict[str, Any] = {}
        self.check: dict[str, Any] = {}
        self.question: dict[str, Any] = {}
        self.appeal: dict[str, Any] = {}
        kind = story.kind
        self.case = _NO_CASE | {
            "id": book.first_case + story.index,
            "number": book.case_number(story.index, story.received),
            "state": "submitted",
            "version": 1,
            "title": title_from(story.words),
            "category_code": kind.code,
            **place_of(story),
            "source": "demo",
            "urgency": kind.urgency,
            "urgency_rank": 0 if kind.emergency else 1,
            "received_at": report["received_at"],
            "queue_at": NEVER,
            "calendar_version": book.world.worktime.version,
            "hinted": bool(find_hints(story.words)),
            "report_count": 1,
            "updated_at": report["received_at"],
        }
        self.holder = self.case["id"]
        #: The last step, the last dispatch, and when the case was promised and closed (seconds since 1970).
        self.last = self.dispatch = story.steps[0]
        self.deadline = self.closed = 0

    def write(self, step: Step) -> None:
        """Let the step change the case, and keep its event."""
        case, self.last = self.case, step
        verb: Callable[[Step], dict[str, Any]] = getattr(self, f"_{step.verb}")
        detail = verb(step)
        case["state"] = step.target
        case["due_at"] = due = moment(step.due)
        case["queue_at"] = due or NEVER
        if step.verb not in _QUIET:
            case["version"] += 1
            case["updated_at"] = moment(step.at)
        if step.verb == "confirm":
            return
        person = self.report["person_id"] if step.actor == "reporter" else step.person
        states = (step.source, step.target)
        actor = (person, step.actor.value)
        self.ledger.note(step.at, step.verb, of=("case", case["id"]), actor=actor, states=states, detail=detail)
        if step.verb == "finish":
            drawn = {"fix": self.fix["id"], "verifier": self.case["verifier_id"]}
            self.ledger.note(step.at, "verifier_drawn", of=("case", case["id"]), actor=(None, "system"), detail=drawn)

    def finish(self) -> None:
        """Hand over the case, and which report belongs to which case."""
        row = {
            "id": self.case["id"],
            "case_id": self.holder,
            "report_id": self.report["id"],
            "origin_id": self.case["id"],
        }
        self.ledger.add("case_reports", row)
        self.ledger.add("cases", self.case)

    def _submit(self, step: Step) -> dict[str, Any]:
        return {"source": "demo"}

    def _ask(self, step: Step) -> dict[str, Any]:
        self.case["paused_minutes"] = step.facts["left"]
        self.question = new_question(self.case, step, number=self.ledger.new_id("questions"))
        self.ledger.add("questions", self.question)
        return {}

    def _answer(self, step: Step) -> dict[str, Any]:
        self._message(step, "answer", step.facts["words"])
        self.question |= {"answer": step.facts["words"], "answered_at": moment(step.at)}
        self.case |= {"answered": True, "paused_minutes": None}
        return {}

    def _confirm(self, step: Step) -> dict[str, Any]:
        self._message(step, "confirm", "")
        return {}

    def _message(self, step: Step, kind: str, words: str) -> None:
        row = {
            "id": self.ledger.new_id("messages"),
            "report_id": self.report["id"],
            "kind": kind,
            "words": words,
        }
        self.ledger.add("messages", row | {"at": moment(step.at)})
        of = ("report", self.report["id"])
        self.ledger.note(step.at, f"report.{kind}", of=of, actor=(None, "reporter"), detail={"message": row["id"]})

    def _accept(self, step: Step) -> dict[str, Any]:
        kind = self.story.kind
        self.case |= {
            "limit_version": kind.limit_version,
            "limit_hours": kind.limit_hours,
            "limit_clock": kind.clock,
        }
        self.case["answered"] = False
        return {"category": kind.code, "area": self.case["area_code"], "limit_version": kind.limit_version}

    def _give_up(self, step: Step) -> dict[str, Any]:
        self._refused(step)
        self.case["paused_minutes"] = None
        return {"reason": "no_reply"}

    def _reject(self, step: Step) -> dict[str, Any]:
        self._refused(step)
        return {"reason": step.facts["reason"], "words": ""}

    def _refused(self, step: Step) -> None:
        self.case |= {"reason_code": step.facts["reason"], "rejected_at": moment(step.at), "answered": False}

    def _refer(self, step: Step) -> dict[str, Any]:
        self.case["referred_to"] = f"{step.facts['body']}，{step.facts['number']}"
        return {"body": step.facts["body"], "number": step.facts["number"]}

    def _withdraw(self, step: Step) -> dict[str, Any]:
        self.case |= {"reason_code": step.facts["reason"], "answered": False}
        return {"reason": step.facts["reason"]}

    def _merge(self, step: Step) -> dict[str, Any]:
        self.holder = self.book.first_case + step.facts["into"]
        self.case |= {"merged_into_id": self.holder, "merged_at": moment(step.at), "report_count": 0}
        number = self.book.number_of_neighbour(step.facts["into"])
        return {
            "target": number,
            "reason": step.facts["reason"],
            "due_at": iso(step.facts["due_at"]),
            "supporters": [],
        }

    def _merged_in(self, step: Step) -> dict[str, Any]:
        self.case["report_count"] += 1
        return {"case": self.book.case_number(step.facts["case"], step.facts["received"])}

    def _dispatch(self, step: Step) -> dict[str, Any]:
        facts, self.dispatch = step.facts, step
        self.deadline = facts["deadline"]
        self.case |= {
            "unit_code": facts["unit"],
            "routed_by": facts["rule"],
            "dispatched_at": moment(step.at),
            "deadline_at": moment(facts["deadline"]),
            "sign_due_at": moment(facts["sign_due"]),
        }
        deadline = iso(facts["deadline"])
        return {
            "unit": facts["unit"],
            "rule": facts["rule"],
            "deadline": deadline,
            "calendar": self.case["calendar_version"],
        }

    def _sign(self, step: Step) -> dict[str, Any]:
        self.case |= {"signed_at": moment(step.facts["signed"]), "deemed_signed": step.facts["deemed"]}
        return {"deemed": True} if step.facts["deemed"] else {}

    def _finish(self, step: Step) -> dict[str, Any]:
        facts, at = step.facts, sure(step.at)
        unit = self.case["unit_code"]
        self.fix = {
            "id": self.ledger.new_id("fixes"),
            "case_id": self.case["id"],
            "unit_code": unit,
            "author_id": step.person,
            "resolution": facts["resolution"],
            "note": facts["words"],
            "created_at": at - timedelta(seconds=90),
            "handed_in_at": at,
        }
        self.ledger.add("fixes", self.fix)
        verifier, verifier_unit = facts["verifier"]
        self.check = new_check(self.fix, (verifier, verifier_unit), number=self.ledger.new_id("checks"))
        self.ledger.add("checks", self.check)
        self.case |= {
            "first_fixed_at": self.case["first_fixed_at"] or at,
            "fixed_at": at,
            "verifier_id": verifier,
        }
        return {"resolution": facts["resolution"], "words": facts["words"], "fix": self.fix["id"]}

    def _close(self, step: Step) -> dict[str, Any]:
        at = sure(step.at)
        resolution, self.closed = step.facts["resolution"], step.at
        self._checked(step, passed=True)
        self.case |= {"closed_at": at, "resolution": resolution}
        return {"resolution": resolution, "rate_until": (at + SATISFACTION_WITHIN).isoformat()}

    def _rework(self, step: Step) -> dict[str, Any]:
        self._checked(step, passed=False)
        self.case["rework_count"] += 1
        self.case["verifier_id"] = None
        detail = {"failed": [MAIN], "check": self.check["id"], "words": step.facts["words"]}
        return {**self._new_deadline(step), **detail, "count": self.case["rework_count"]}

    def _checked(self, step: Step, *, passed: bool) -> None:
        items = {item: {"value": "yes", "why": ""} for item in self.book.checked(self.story, self.fix["resolution"])}
        if not passed:
            items[MAIN] = {"value": "no", "why": step.facts["words"]}
        self.check |= {"how": "photo", "items": items, "passed": passed, "done_at": moment(step.at)}

    def _appeal(self, step: Step) -> dict[str, Any]:
        self.appeal = {
            "id": self.ledger.new_id("appeals"),
            "case_id": self.case["id"],
            "report_id": self.report["id"],
            "kind": step.facts["kind"],
            "words": step.facts["words"],
            "made_at": moment(step.at),
            "due_at": moment(step.facts["appeal_due"]),
            "decided_at": None,
            "decided_by": None,
            "upheld": None,
            "reason": "",
        }
        self.ledger.add("appeals", self.appeal)
        return {"kind": self.appeal["kind"], "appeal": self.appeal["id"]}

    def _decided(self, step: Step, *, upheld: bool) -> dict[str, Any]:
        words = step.facts["words"]
        self.appeal |= {
            "decided_at": moment(step.at),
            "decided_by": step.person,
            "upheld": upheld,
            "reason": words,
        }
        return {"appeal": self.appeal["id"], "words": words}

    def _appeal_rejected(self, step: Step) -> dict[str, Any]:
        return {"kind": self.appeal["kind"], **self._decided(step, upheld=False)}

    def _revive(self, step: Step) -> dict[str, Any]:
        detail = {**self._decided(step, upheld=True), "reason": self.case["reason_code"]}
        self.case |= {"rejected_at": None, "reason_code": None}
        return detail

    def _reopen(self, step: Step) -> dict[str, Any]:
        self.case["reopen_count"] += 1
        detail = {
            **self._new_deadline(step),
            **self._decided(step, upheld=True),
            "count": self.case["reopen_count"],
        }
        detail["resolution"] = self.case["resolution"]
        self.case |= {"closed_at": None, "resolution": None, "verifier_id": None}
        return detail

    def _new_deadline(self, step: Step) -> dict[str, Any]:
        self.deadline = step.facts["deadline"]
        self.case["deadline_at"] = moment(self.deadline)
        return {"old_deadline": iso(step.facts["old"]), "deadline": iso(step.facts["deadline"])}
