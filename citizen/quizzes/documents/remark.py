"""The page of a corrected key: what counts now, what shall count, and what that changes."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from citizen.core.permissions import Permission, allowed
from citizen.extensions import db
from citizen.quizzes.documents.bank_words import joined, options_of
from citizen.quizzes.documents.quiz_desk import percent, sections
from citizen.quizzes.documents.statistics import question_url
from citizen.quizzes.models import QuestionVersion, VersionStatistics
from citizen.quizzes.queries import remarking as queries
from citizen.quizzes.queries import statistics
from citizen.quizzes.queries.bank import content_of
from citizen.quizzes.queries.keys import keys_of
from citizen.quizzes.rules.remarking import AT_ONCE, Effect
from citizen.web.locale import localised, page_language

#: Certificates that one page names; those that are revoked make room for the next.
MOST_CERTIFICATES = 50


def remark_page(version: QuestionVersion, form: Any, effect: Effect | None = None) -> dict[str, Any]:
    """The form; with ``effect`` also what confirming it would change."""
    code = statistics.codes([version.id])[version.id]
    known, counting = queries.corrections(version.id), keys_of([version.id])[version.id][1]
    names = {
        id_: f"{mark} {words.in_language(page_language())}".strip()
        for id_, mark, words in options_of(content_of(version))
    }
    asked = joined(names.get(id_, id_) for id_ in form.key.data or []) or _("counts for nobody")
    return {
        "sections": sections("statistics"),
        "version": version,
        "code": code,
        "stem": localised(version, "stem"),
        "form": form,
        "form_errors": form.errors,
        "options": _options(version, names, counting=counting, ticked=form.key.data),
        "counting": joined(names.get(id_, id_) for id_ in counting) or _("counts for nobody"),
        "asked": asked,
        "last": known[0].id if known else 0,
        "effect": effect,
        "certificates": _certificates(version),
        "revokes": allowed(current_user, Permission.ISSUE_CERTIFICATE),
        "effects": effect_words(version, effect) if effect else [],
        "back_url": url_for("quiz_desk.version", version_id=version.id)
        if db.session.get(VersionStatistics, version.id)
        else url_for("quiz_desk.statistics"),
        "question_url": question_url(code),
    }


def _options(
    version: QuestionVersion, names: dict[str, str], *, counting: list[str], ticked: list[str] | None
) -> list[dict[str, Any]]:
    found = db.session.get(VersionStatistics, version.id)
    chosen, n = (found.chosen, found.n) if found else ({}, 0)
    return [
        {
            "id": id_,
            "name": name,
            "now": id_ in counting,
            "ticked": id_ in (ticked or []),
            "share": _("chosen by %(share)s of %(n)s", share=percent(chosen.get(id_, 0), n), n=n) if n else "",
        }
        for id_, name in names.items()
    ]


def _certificates(version: QuestionVersion) -> list[tuple[str, str]]:
    """(number, address) of certificates that hold although their attempt is not passed any more."""
    return [
        (number, url_for("certificates.desk", number=number))
        for number in queries.doubtful_certificates(version.id, most=MOST_CERTIFICATES)
    ]


def effect_words(version: QuestionVersion, effect: Effect) -> list[str]:
    """What confirming changes, and what it does not, as sentences."""
    found = [
        ngettext("%(num)d attempt held this question.", "%(num)d attempts held this question.", effect.attempts),
        ngettext("%(num)d result changes.", "%(num)d results change.", effect.changed),
    ]
    if effect.now_passed or effect.now_failed:
        found.append(
            _("Newly passed: %(won)s. No longer passed: %(lost)s.", won=effect.now_passed, lost=effect.now_failed)
        )
    if effect.now_failed:
        found.append(_("Certificates that were issued stay valid until somebody revokes them."))
    if effect.attempts > AT_ONCE:
        found.append(_("So many are marked again in the background, within some minutes."))
    return [*found, *_untouched_words(version)]


def _untouched_words(version: QuestionVersion) -> list[str]:
    boards, going_on = queries.final_boards(version.id), queries.open_with(version.id)
    later = ngettext(
        "%(num)d attempt is going on; it is marked by the new key when it is handed in.",
        "%(num)d attempts are going on; they are marked by the new key when they are handed in.",
        going_on,
    )
    final = ngettext(
        "%(num)d board is final already and stays as it is.",
        "%(num)d boards are final already and stay as they are.",
        boards,
    )
    return [sentence for n, sentence in ((going_on, later), (boards, final)) if n]
