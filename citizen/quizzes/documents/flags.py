"""Pages of a person who looks at odd attempts. They show no names: what was done is judged, not who did it."""

from __future__ import annotations

from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from citizen.core.permissions import Permission, allowed
from citizen.quizzes.documents.bank_words import joined, options_of
from citizen.quizzes.documents.quiz_desk import sections
from citizen.quizzes.models import Attempt, AttemptFlag, Quiz
from citizen.quizzes.queries import flags as queries
from citizen.quizzes.queries.bank import content_of
from citizen.quizzes.rules.attempts import MARKED, AttemptState
from citizen.quizzes.rules.flags import FlagKind, FlagState
from citizen.web.locale import localised, page_language
from citizen.web.templating import when

KINDS: dict[FlagKind, Any] = {
    FlagKind.SPEED: _l("Impossible speed"),
    FlagKind.DEVICE: _l("Many people, one device"),
    FlagKind.PATTERN: _l("The same wrong answers"),
}
STATES: dict[FlagState, tuple[str, Any]] = {
    FlagState.OPEN: ("waiting", _l("To be looked at")),
    FlagState.DISMISSED: ("none", _l("Dismissed")),
    FlagState.CONFIRMED: ("overdue", _l("Confirmed")),
}
#: What else may explain it, for the person who looks.
MILDLY: dict[FlagKind, Any] = {
    FlagKind.SPEED: _l("Somebody who has practised the same questions often may be fast too."),
    FlagKind.DEVICE: _l("A family, a classroom or a community centre shares a device or its connection."),
    FlagKind.PATTERN: _l(
        "A lesson that taught the same mistake gives the same answers. Among many takers some agree by chance."
    ),
}
ATTEMPT_STATES: dict[AttemptState, tuple[str, Any]] = {
    AttemptState.OPEN: ("working", _l("going on")),
    AttemptState.SUBMITTED: ("done", _l("handed in")),
    AttemptState.EXPIRED: ("done", _l("handed in by the clock")),
    AttemptState.VOID: ("held", _l("set aside")),
}


def list_page(state: FlagState, *, before: int | None) -> dict[str, Any]:
    """The flags of one state."""
    found, counts = queries.flags(state, before=before), queries.by_state()
    page = found[: queries.PAGE]
    return {
        "sections": sections("flags"),
        "tabs": [
            {
                "url": url_for("quiz_desk.flags", state=code.value),
                "label": word,
                "count": counts.get(code, 0),
                "current": code == state,
            }
            for code, (_shape, word) in STATES.items()
        ],
        "rows": [
            {
                "url": url_for("quiz_desk.flag", flag_id=flag.id),
                "kind": KINDS[FlagKind(flag.kind)],
                "quiz": localised(quiz, "title"),
                "attempt": attempt.id,
                "score": f"{attempt.score} / {attempt.counted}",
                "found": when(flag.found_at),
                "state": ATTEMPT_STATES[AttemptState(attempt.state)],
            }
            for flag, attempt, quiz in page
        ],
        "next": url_for("quiz_desk.flags", state=state.value, before=page[-1][0].id)
        if len(found) > queries.PAGE
        else "",
    }


def said(flag: AttemptFlag) -> str:
    """What was counted, as a sentence."""
    detail = flag.detail
    if flag.kind == FlagKind.SPEED:
        numbers = {"n": round(detail["seconds"], 1), "score": detail["score"], "counted": detail["counted"]}
        return str(
            _(
                "Half of the questions took at most %(n)s seconds each, and %(score)s of %(counted)s are right.",
                **numbers,
            )
        )
    if flag.kind == FlagKind.DEVICE:
        return str(_("%(n)s different people took this quiz from one device on one day.", n=detail["people"]))
    same = _("%(same)s of %(shared)s questions have the same wrong answer as in another attempt.",
             same=detail["same"], shared=detail["shared"])  # fmt: skip
    rarely = _("By the rates of this quiz that happens by chance in one of %(times)s pairs.",
               times=f"{1 / max(detail['chance'], 1e-12):,.0f}")  # fmt: skip
    return f"{same} {rarely}" if page_language() == "en" else f"{same}{rarely}"


def flag_page(flag: AttemptFlag, attempt: Attempt, quiz: Quiz, *, form: Any) -> dict[str, Any]:
    """One flag: what was found, the attempt, and what a person may make of it."""
    others = [id_ for id_ in flag.detail.get("attempts", []) if id_ != attempt.id]
    return {
        "sections": sections("flags"),
        "flag": flag,
        "form": form,
        "form_errors": form.errors,
        "kind": KINDS[FlagKind(flag.kind)],
        "tag": STATES[FlagState(flag.state)],
        "said": said(flag),
        "mildly": MILDLY[FlagKind(flag.kind)],
        "others": [(id_, url_for("quiz_desk.attempt", attempt_id=id_)) for id_ in others],
        "open": flag.state == FlagState.OPEN,
        "decided": when(flag.decided_at) if flag.decided_at else "",
        **attempt_parts(attempt, quiz),
    }


def attempt_page(attempt: Attempt, quiz: Quiz) -> dict[str, Any]:
    """One attempt with everything that was found about it."""
    return {
        "sections": sections("flags"),
        "flags": [
            (
                KINDS[FlagKind(row.kind)],
                STATES[FlagState(row.state)],
                url_for("quiz_desk.flag", flag_id=row.id),
                said(row),
            )
            for row in queries.flags_of(attempt.id)
        ],
        **attempt_parts(attempt, quiz),
    }


def attempt_parts(attempt: Attempt, quiz: Quiz) -> dict[str, Any]:
    """What is shown of an attempt: its times, its answers, never whose it is."""
    certificate = attempt.certificate if "certificates.desk" in current_app.view_functions else None
    void = attempt.state == AttemptState.VOID
    return {
        "attempt": attempt,
        "quiz": quiz,
        "quiz_title": localised(quiz, "title"),
        "attempt_tag": ATTEMPT_STATES[AttemptState(attempt.state)],
        "facts": [
            (_("Quiz"), localised(quiz, "title")),
            (_("Right"), f"{attempt.score} / {attempt.counted}" if attempt.score is not None else "–"),
            (_("Begun"), when(attempt.started_at)),
            (_("Handed in"), when(attempt.submitted_at) if attempt.submitted_at else "–"),
        ],
        "answers": [_answer(item, version) for item, version in queries.answers(attempt.id)],
        "why": queries.why_set_aside(attempt.id) if void else "",
        "can_set_aside": attempt.state in MARKED,
        "certificate_url": url_for("certificates.desk", number=certificate) if certificate else "",
        # Only where there is something left to do: a certificate that somebody has revoked needs nobody.
        "doubtful": certificate if void and certificate and queries.still_holds(certificate) else "",
        "revokes": allowed(current_user, Permission.ISSUE_CERTIFICATE),
        "final_board": quiz.frozen_board is not None,
    }


def _answer(item: Any, version: Any) -> dict[str, Any]:
    names = {id_: mark or words.in_language(page_language()) for id_, mark, words in options_of(content_of(version))}
    verdict = {True: ("done", _("right")), False: ("overdue", _("wrong")), None: ("none", _("does not count"))}
    return {
        "n": item.position,
        "stem": localised(version, "stem"),
        "given": joined(names.get(id_, id_) for id_ in item.answer or []) or _("left empty"),
        "tag": verdict[item.right],
        "seconds": "–" if item.seconds is None else item.seconds,
    }
