"""The pages of the feature; every module brings its own blueprint."""

from __future__ import annotations

from flask import Blueprint

from citizen.quizzes.views import bank_review, exports, imports, index, live, quiz_office, results, rounds, share

BLUEPRINTS: tuple[Blueprint, ...] = (
    exports.bp,
    imports.bp,
    index.bp,
    live.bp,
    bank_review.bp,
    results.bp,
    rounds.bp,
    share.bp,
    quiz_office.bp,
)
