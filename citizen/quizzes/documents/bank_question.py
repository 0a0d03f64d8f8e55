"""One question with all its versions: what its page, its review and its preview show."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from citizen.core import clock
from citizen.core.audit import Event, history
from citizen.core.permissions import Permission, allowed
from citizen.quizzes.documents.bank_statistics import statistics_panel
from citizen.quizzes.documents.bank_words import (
    STATES,
    difficulty_name,
    kind_name,
    options_of,
    state_tag,
    topic_name,
    validity,
)
from citizen.quizzes.documents.comparing import changes
from citizen.quizzes.models import BankQuestion, QuestionVersion
from citizen.quizzes.queries.bank import content_of, names_of, twins, versions_of, writers_of
from citizen.quizzes.queries.keys import counting
from citizen.quizzes.rules.questions import Content, Kind, VersionState
from citizen.web.locale import LOCALES, NAMES, page_language
from citizen.web.templating import day, when

ACTS: dict[str, Any] = {
    "question.draft": _l("began version %(number)s"),
    "question.rewrite": _l("saved version %(number)s"),
    "question.hand_in": _l("handed in version %(number)s for review"),
    "question.send_back": _l("sent version %(number)s back"),
    "question.approve": _l("approved version %(number)s"),
    "question.retire": _l("took version %(number)s out of use"),
}


def standing(versions: list[QuestionVersion]) -> tuple[QuestionVersion | None, QuestionVersion | None]:
    """(the version being written or reviewed, the version in use); either may be missing."""
    found = {version.state: version for version in versions}
    return found.get(VersionState.DRAFT) or found.get(VersionState.REVIEW), found.get(VersionState.READY)


def question_page(question: BankQuestion, number: int | None, *, viewer_id: int) -> dict[str, Any] | None:
    """The page of a question, showing the version ``number`` (the newest by default); None where it has no such one."""
    versions = versions_of(question.id)
    shown = next((version for version in versions if number in (None, version.number)), None)
    if shown is None:
        return None
    open_, ready = standing(versions)
    return {
        "question": question,
        "version": shown,
        "reading": reading(shown),
        "open": open_,
        "ready": ready,
        "open_url": open_url(question.code, open_) if open_ else "",
        "statistics": statistics_panel(shown),
        "corrected": corrected_words(shown),
        "note": shown.review_note if shown.state == VersionState.DRAFT else "",
        **around(question, versions, shown=shown, viewer_id=viewer_id),
    }


def corrected_words(version: QuestionVersion) -> str:
    """What became of its key after it was answered; empty where it is what its author wrote."""
    key = counting(version).key
    if key == frozenset(version.key):
        return ""
    if not key:
        return str(_("This version counts for nobody, so no quiz draws it. The next version needs a right answer."))
    return str(_("What is marked as right here is the corrected answer. The next version begins with it."))


def around(
    question: BankQuestion, versions: list[QuestionVersion], *, shown: QuestionVersion, viewer_id: int
) -> dict[str, Any]:
    """What stands beside a question on all its pages: where it stands, its versions, what happened."""
    return {
        "code": question.code,
        "states": [(state == shown.state, word) for state, (_shape, word) in STATES.items()],
        "versions": version_rows(question.code, versions),
        "events": event_rows(question),
        "own": shown.author_id == viewer_id,
        "manages": allowed(current_user, Permission.MANAGE_QUIZ),
        "twins": [(code, url_for("question_desk.show", code=code)) for code in twins(shown)],
        "expired": shown.valid_to is not None and shown.valid_to < clock.today(),
        "preview_url": url_for("question_desk.preview", code=question.code, version=shown.number),
    }


def reading(version: QuestionVersion) -> dict[str, Any]:
    """A version in words, all three languages side by side, with what counts as right now."""
    content = counting(version)
    rows = [(_("Question text"), content.stem, False)]
    for id_, mark, words in options_of(content):
        rows.append((mark or "", words, id_ in content.key))
    rows += [(_("Explanation"), content.explanation, False), (_("Source of the answer"), content.source, False)]
    return {
        "rows": [{"name": name, "words": words, "right": right} for name, words, right in rows],
        "facts": facts(content),
    }


def facts(content: Content) -> list[tuple[str, str]]:
    """Everything of a version that is no text."""
    return [
        (_("Type"), kind_name(content.kind)),
        (_("Topic"), topic_name(content.topic)),
        (_("Difficulty"), difficulty_name(content.difficulty)),
        (_("Validity"), validity(content.valid_from, content.valid_to) or _("always")),
        (_("Tags"), "、".join(content.tags) or "–"),
    ]


def review_page(question: BankQuestion, version: QuestionVersion, *, viewer_id: int) -> dict[str, Any]:
    """A version in review beside the one in use."""
    versions = versions_of(question.id)
    _open, ready = standing(versions)
    return {
        "question": question,
        "version": version,
        "reading": reading(version),
        "ready": ready,
        "wrote": viewer_id in writers_of([version])[version.id],
        "changes": changes(counting(ready), content_of(version)) if ready else [],
        "author": names_of([version.author_id]).get(version.author_id, ""),
        "handed_in": when(version.changed_at),
        **around(question, versions, shown=version, viewer_id=viewer_id),
    }


def preview_page(question: BankQuestion, version: QuestionVersion, language: str) -> dict[str, Any]:
    """A version as a taker meets it, in ``language`` (of the page where it is none of ours), and as it is explained after."""
    tag = language if language in LOCALES else page_language()
    content = counting(version)
    options = options_of(content)
    return {
        "code": question.code,
        "version": version,
        "tag": tag,
        "languages": [
            {
                "url": url_for("question_desk.preview", code=question.code, version=version.number, text=code),
                "label": NAMES[code][1],
                "current": code == tag,
            }
            for code in LOCALES
        ],
        "many": content.kind == Kind.MULTIPLE,
        "stem": content.stem.in_language(tag),
        "options": [(id_, mark or "✓✗"[n], words.in_language(tag)) for n, (id_, mark, words) in enumerate(options)],
        "right": content.key,
        "explanation": content.explanation.in_language(tag),
        "source": content.source.in_language(tag),
    }


def version_rows(code: str, versions: list[QuestionVersion]) -> list[dict[str, Any]]:
    """All versions, the newest first, with who wrote and who approved them."""
    names = names_of(id_ for version in versions for id_ in (version.author_id, version.reviewer_id))
    return [
        {
            "number": version.number,
            "url": url_for("question_desk.show", code=code, version=version.number),
            "state": state_tag(version.state)[0],
            "word": state_tag(version.state)[1],
            "author": names.get(version.author_id, ""),
            "reviewer": names.get(version.reviewer_id or 0, ""),
            "changed": day(version.changed_at),
        }
        for version in versions
    ]


def event_rows(question: BankQuestion) -> list[dict[str, Any]]:
    """What happened to the question, the latest first; of savings in a row by one person only the last."""
    every = [event for event in history("question", question.id) if event.action in ACTS]
    events = [event for event, later in zip(every, [*every[1:], None], strict=True) if not _saved_again(event, later)]
    names = names_of(event.actor_id for event in events)
    return [
        {
            "when": when(event.at),
            "who": names.get(event.actor_id or 0, ""),
            "what": str(ACTS[event.action]) % {"number": _number(event)},
            "words": event.detail.get("note") or event.detail.get("reason") or "",
        }
        for event in reversed(events)
    ]


def _saved_again(event: Event, later: Event | None) -> bool:
    def said(one: Event) -> tuple[object, ...]:
        return one.action, one.actor_id, _number(one)

    return later is not None and event.action == "question.rewrite" and said(event) == said(later)


def _number(event: Event) -> object:
    return event.detail.get("version", "")


def open_url(code: str, version: QuestionVersion) -> str:
    """Where the work on an open version goes on."""
    page = "edit" if version.state == VersionState.DRAFT else "review"
    return url_for(f"question_desk.{page}", code=code)
