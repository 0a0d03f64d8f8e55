"""The list of features: their blueprints, commands, jobs and the few places where one hooks into another."""

from __future__ import annotations

from collections.abc import Collection

from flask import Blueprint, Flask, current_app, url_for

import citizen.accounts.jobs
import citizen.boards.jobs
import citizen.cases.jobs
import citizen.cases.queries.photos
import citizen.notifications.jobs
import citizen.photos.jobs
import citizen.quizzes.jobs
import citizen.reports.jobs
import citizen.search.jobs
import citizen.surveys.jobs
import citizen.volunteers.jobs
import citizen.web.jobs
from citizen.accounts import trail
from citizen.accounts.cli import accounts as accounts_commands
from citizen.accounts.trail import Link
from citizen.accounts.views import accounts_bp, audit_bp
from citizen.boards.services.candidates import case_was_closed
from citizen.boards.services.entries import case_was_reopened
from citizen.boards.views.public import bp as boards
from citizen.boards.views.publication import bp as publication
from citizen.boards.views.unit_replies import bp as unit_replies
from citizen.cases.models import Case
from citizen.cases.services.intake import message_came, report_came
from citizen.cases.services.release import case_ended
from citizen.cases.signals import case_closed, case_reopened
from citizen.cases.views.appeals import bp as objections
from citizen.cases.views.case import bp as cases
from citizen.cases.views.queue import bp as queue
from citizen.cases.views.unit import bp as unit
from citizen.cases.views.verify import bp as verify
from citizen.certificates.models import Certificate
from citizen.certificates.views import bp as certificates
from citizen.demo.cli import demo as demo_commands
from citizen.doctor import doctor
from citizen.extensions import db
from citizen.home.views import home, pages
from citizen.photos.views import bp as photos
from citizen.quizzes.cli import quizzes as quizzes_commands
from citizen.quizzes.models import BankQuestion, Quiz
from citizen.quizzes.views import BLUEPRINTS as QUIZZES
from citizen.reports.signals import message_added, report_submitted
from citizen.reports.views import bp as reports
from citizen.search.cli import search as search_commands
from citizen.search.views import bp as search
from citizen.surveys.models import Wave
from citizen.surveys.views import BLUEPRINTS as SURVEYS
from citizen.tracking.views import bp as tracking
from citizen.volunteers.cli import volunteers as volunteers_commands
from citizen.volunteers.models import Shift, Volunteer
from citizen.volunteers.views import BLUEPRINTS as VOLUNTEERS
from citizen.web.cli import i18n

BLUEPRINTS: tuple[Blueprint, ...] = (
    accounts_bp,
    audit_bp,
    boards,
    cases,
    certificates,
    home,
    objections,
    pages,
    photos,
    publication,
    queue,
    reports,
    search,
    tracking,
    unit,
    unit_replies,
    verify,
    *QUIZZES,
    *SURVEYS,
    *VOLUNTEERS,
)

#: Imported for their handlers, which register themselves with the outbox, and for the rule who may see which photo.
JOBS = (
    citizen.accounts.jobs,
    citizen.boards.jobs,
    citizen.cases.jobs,
    citizen.cases.queries.photos,
    citizen.notifications.jobs,
    citizen.photos.jobs,
    citizen.quizzes.jobs,
    citizen.reports.jobs,
    citizen.search.jobs,
    citizen.surveys.jobs,
    citizen.volunteers.jobs,
    citizen.web.jobs,
)

COMMANDS = (
    accounts_commands,
    demo_commands,
    doctor,
    i18n,
    quizzes_commands,
    search_commands,
    volunteers_commands,
)


def case_links(ids: Collection[int]) -> dict[int, Link]:
    """For the audit trail: the number and the page of each case."""
    rows = db.session.execute(db.select(Case.id, Case.number).where(Case.id.in_(ids)))
    known = "cases.show" in current_app.view_functions
    return {id_: Link(number, url_for("cases.show", number=number)) for id_, number in rows if known}


def certificate_links(ids: Collection[int]) -> dict[int, Link]:
    """For the audit trail: the number and the office's page of each certificate."""
    rows = db.session.execute(db.select(Certificate.id, Certificate.number).where(Certificate.id.in_(ids)))
    known = "certificates.desk" in current_app.view_functions
    return {id_: Link(number, url_for("certificates.desk", number=number)) for id_, number in rows if known}


def shift_links(ids: Collection[int]) -> dict[int, Link]:
    """For the audit trail: the office's page of each shift."""
    if "shifts.show" not in current_app.view_functions:
        return {}
    rows = db.session.execute(db.select(Shift.id).where(Shift.id.in_(ids))).scalars()
    return {id_: Link(str(id_), url_for("shifts.show", shift_id=id_)) for id_ in rows}


def volunteer_links(ids: Collection[int]) -> dict[int, Link]:
    """For the audit trail: the coordinator's page of each volunteer, by number, not by name."""
    if "register.show" not in current_app.view_functions:
        return {}
    rows = db.session.execute(db.select(Volunteer.id).where(Volunteer.id.in_(ids))).scalars()
    return {id_: Link(str(id_), url_for("register.show", volunteer_id=id_)) for id_ in rows}


def quiz_links(ids: Collection[int]) -> dict[int, Link]:
    """For the audit trail: the office's page of each quiz."""
    rows = db.session.execute(db.select(Quiz.id, Quiz.title_hans).where(Quiz.id.in_(ids)))
    return {id_: Link(title, url_for("quiz_desk.show", quiz_id=id_)) for id_, title in rows}


def question_links(ids: Collection[int]) -> dict[int, Link]:
    """For the audit trail: the code and the desk's page of each question."""
    rows = db.session.execute(db.select(BankQuestion.id, BankQuestion.code).where(BankQuestion.id.in_(ids)))
    return {id_: Link(code, url_for("question_desk.show", code=code)) for id_, code in rows}


def wave_links(ids: Collection[int]) -> dict[int, Link]:
    """For the audit trail: the desk's page of each survey."""
    rows = db.session.execute(db.select(Wave.id, Wave.title_hans).where(Wave.id.in_(ids)))
    return {id_: Link(title, url_for("waves.show", wave_id=id_)) for id_, title in rows}


def connect_signals() -> None:
    """Let a higher feature hear of what happens in a lower one that does not know it."""
    trail.links["case"] = case_links
    trail.links["certificate"] = certificate_links
    trail.links["shift"] = shift_links
    trail.links["volunteer"] = volunteer_links
    trail.links["quiz"] = quiz_links
    trail.links["question"] = question_links
    trail.links["wave"] = wave_links
    report_submitted.connect(report_came)
    message_added.connect(message_came)
    case_closed.connect(case_ended)
    case_closed.connect(case_was_closed)
    case_reopened.connect(case_was_reopened)


def register_features(app: Flask) -> None:
    """Register every feature's blueprints and commands."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    for command in COMMANDS:
        app.cli.add_command(command)
    connect_signals()
