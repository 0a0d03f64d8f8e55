"""What the editor shows: the form as it was typed, its Traditional form, what is lacking, what changed meanwhile."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from citizen.core.content import to_traditional
from citizen.core.errors import DomainError
from citizen.quizzes.documents.bank_question import around, standing
from citizen.quizzes.documents.bank_statistics import statistics_panel
from citizen.quizzes.documents.bank_words import BARE_OPTIONS, letter
from citizen.quizzes.documents.comparing import changes
from citizen.quizzes.forms.questions import QuestionForm, mark_of
from citizen.quizzes.models import BankQuestion, QuestionVersion
from citizen.quizzes.queries.bank import content_of, names_of, versions_of
from citizen.quizzes.rules.questions import FALSE, MAX_OPTIONS, TRUE, Kind, VersionState, lacking
from citizen.web.templating import when


def new_page(form: QuestionForm, *, focus: str = "") -> dict[str, Any]:
    """The editor of a question that is not in the bank yet."""
    return {
        "action": url_for("question_desk.new"),
        "title": _("New question"),
        "note": _("Nothing is kept before you save the draft."),
        "writable": True,
        "missing": [],
        **_form_page(form, focus),
    }


def edit_page(
    question: BankQuestion, version: QuestionVersion, form: QuestionForm, *, viewer_id: int, focus: str = ""
) -> dict[str, Any]:
    """The editor of a draft; what is lacking is said of the stored draft, as long as nothing is wrong with what was typed."""
    versions = versions_of(question.id)
    _open, ready = standing(versions)
    editor = names_of([version.author_id]).get(version.author_id, "")
    return {
        "question": question,
        "version": version,
        "action": url_for("question_desk.edit", code=question.code),
        "title": _("Question %(code)s", code=question.code),
        "note": _(
            "Version %(number)s, saved by %(name)s, %(time)s",
            number=version.number,
            name=editor,
            time=when(version.changed_at),
        ),
        "writable": version.state == VersionState.DRAFT,
        "missing": [] if form.errors else missing(form, version),
        "review_note": version.review_note,
        "statistics": statistics_panel(ready),
        **around(question, versions, shown=version, viewer_id=viewer_id),
        **_form_page(form, focus),
    }


def conflict(
    question: BankQuestion, version: QuestionVersion, form: QuestionForm, error: DomainError
) -> dict[str, Any]:
    """What stands in the bank now beside what was typed; saved once more, what was typed replaces it."""
    try:
        rows = changes(content_of(version), form.to_content())
    except DomainError:
        rows = []
    form.version.data = mark_of(version)
    return {
        "message": error.message,
        "rows": rows,
        "by": names_of([version.author_id]).get(version.author_id, ""),
        "at": when(version.changed_at),
        "url": url_for("question_desk.show", code=question.code),
    }


def missing(form: QuestionForm, version: QuestionVersion) -> list[tuple[str, str, object]]:
    """(id of the field, its name, the sentence) of everything that stands between the stored draft and its review."""
    found = []
    for name, sentence in lacking(content_of(version)):
        id_ = "answers" if name in ("options", "key") else name
        found.append((id_, _label(form, name), sentence))
    return found


def _label(form: QuestionForm, name: str) -> str:
    row = name.rpartition("_")[2]
    if row.isdigit():
        what = _("Option %(letter)s", letter=letter(int(row)))
        return str(_("%(what)s, Chinese", what=what) if "_hans_" in name else _("%(what)s, English", what=what))
    return _("Answers") if name in ("options", "key") else str(form[name].label.text)


def _form_page(form: QuestionForm, focus: str) -> dict[str, Any]:
    kind = form.offer_choices().chosen_kind
    return {
        "form": form,
        "form_errors": form.errors,
        "error_list": _errors(form),
        "kind": kind,
        "rows": _bare_rows(form) if kind == Kind.TRUE_FALSE else _rows(form),
        "kept": form.rows if kind == Kind.TRUE_FALSE else [],
        "key_type": "checkbox" if kind == Kind.MULTIPLE else "radio",
        "can_add": kind != Kind.TRUE_FALSE and len(form.rows) < MAX_OPTIONS,
        "traditional": _traditional(form, kind),
        "focus": focus,
    }


def _rows(form: QuestionForm) -> list[dict[str, Any]]:
    marked = form.key.data or []
    return [
        {
            "n": n,
            "letter": letter(place),
            "id": form[f"option_id_{n}"],
            "hans": form[f"option_hans_{n}"],
            "en": form[f"option_en_{n}"],
            "right": form[f"option_id_{n}"].data in marked,
        }
        for place, n in enumerate(form.rows)
    ]


def _bare_rows(form: QuestionForm) -> list[dict[str, Any]]:
    marked = form.key.data or []
    return [{"value": id_, "words": BARE_OPTIONS[id_], "right": id_ in marked} for id_ in (TRUE, FALSE)]


def _errors(form: QuestionForm) -> list[tuple[str, object]]:
    """(id of the element, sentence) with the option's letter before it, since eight fields have the same sentence."""
    found: list[tuple[str, object]] = []
    for field in form:
        for sentence in field.errors[:1]:
            what = _error_name(form, field.name)
            text = _("%(what)s: %(sentence)s", what=what, sentence=sentence) if what else sentence
            found.append(("answers" if field.name == "key" else field.id, text))
    return found


def _error_name(form: QuestionForm, name: str) -> str:
    row = name.rpartition("_")[2]
    if row.isdigit() and int(row) in form.rows:
        return _label(form, f"{name.rpartition('_')[0]}_{form.rows.index(int(row))}")
    return "" if name in ("key", "version", "once") or name not in form else str(form[name].label.text)


def _traditional(form: QuestionForm, kind: Kind) -> list[tuple[str, str]]:
    """What readers of Traditional Chinese will see of what was typed; nobody writes it by hand."""
    texts = [(_("Question text"), form.stem_hans.data)]
    if kind != Kind.TRUE_FALSE:
        texts += [(letter(place), form[f"option_hans_{n}"].data) for place, n in enumerate(form.rows)]
    texts += [(_("Explanation"), form.explanation_hans.data), (_("Source of the answer"), form.source_hans.data)]
    return [(name, to_traditional(text)) for name, text in texts if text]
