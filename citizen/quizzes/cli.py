"""`flask quizzes`: questions from a file, by the same way as at the desk."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask.cli import AppGroup

from citizen.accounts.models import Person
from citizen.core.database import transaction
from citizen.core.errors import DomainError
from citizen.core.permissions import Permission, allowed
from citizen.extensions import db
from citizen.quizzes.formats.draft import Problem, Read
from citizen.quizzes.queries.bank import topics
from citizen.quizzes.queries.imports import Planned, counted, plan, signature
from citizen.quizzes.rules.importing import MAX_BYTES, Format, Verdict
from citizen.quizzes.services import importing
from citizen.quizzes.services.importing import Upload

quizzes = AppGroup("quizzes", help="Quizzes and their questions.")


@quizzes.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--format", "format_", type=click.Choice([each.value for each in Format]), help="Found out when not given."
)
@click.option("--author", help="The e-mail address of whoever the drafts belong to; needed unless it is a dry run.")
@click.option("--topic", default="", help="The topic's code, for questions that name none.")
@click.option("--difficulty", type=click.IntRange(1, 3), default=None, help="1 to 3, for questions that name none.")
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
def import_file(
    file: Path, format_: str | None, author: str | None, topic: str, difficulty: int | None, dry_run: bool
) -> None:
    """Bring the questions of FILE into the bank as drafts. With any problem nothing is written and the exit code is 1."""
    if topic and topic not in {row.code for row in topics()}:
        raise click.BadParameter(f"{topic} is no topic", param_hint="--topic")
    author_id = None if dry_run else _author(author)
    with file.open("rb") as opened:
        data = opened.read(MAX_BYTES + 1)
    upload = Upload(data, file.name, Format(format_) if format_ else None, topic, difficulty or 0)
    try:
        looked = importing.look_at(upload)
        if _report(looked[1], plan(looked[1].drafts)):
            sys.exit(1)
        if author_id is not None:
            _take_over(file.name, looked, author_id)
    except DomainError as error:
        raise click.ClickException(str(error.message)) from error


def _author(email: str | None) -> int:
    if not email:
        raise click.BadParameter("say whose drafts they are, or use --dry-run", param_hint="--author")
    person = db.session.execute(db.select(Person).where(Person.email == email)).scalar_one_or_none()
    if person is None or not allowed(person, Permission.WRITE_QUESTION):
        raise click.BadParameter(f"{email} is nobody who writes questions", param_hint="--author")
    return int(person.id)


def _report(found: Read, planned: list[Planned]) -> int:
    """Print what would happen and every problem with its row and column; how many problems there are."""
    blocked = [
        Problem(step.draft.row, step.draft.column, step.reason) for step in planned if step.verdict == Verdict.BLOCKED
    ]
    problems = [*found.problems, *blocked]
    for problem in problems:
        place = f"row {problem.row}, column {problem.column}" if problem.row else "whole file"
        click.echo(f"{place}: {problem.message}", err=True)
    numbers = counted(planned)
    parts = [f"{numbers[verdict]} {verdict.value}" for verdict in (Verdict.NEW, Verdict.CHANGED, Verdict.SAME)]
    click.echo(f"{', '.join(parts)}, {len(problems)} problems")
    return len(problems)


def _take_over(name: str, looked: tuple[Format, Read], author_id: int) -> None:
    with transaction():
        row = importing.keep(name, looked, by=author_id)
        outcome = importing.take_over(row.id, seen=signature(importing.planned_of(row)), leave_out=False, by=author_id)
    click.echo(f"Written: {outcome['new']} new, {outcome['changed']} changed.")
