"""A new row, the note about it, the counters that it changes and the job that tells of it, in one statement where the database
is far away.

To PostgreSQL every statement is a journey, and the rows themselves are the smaller part of its price. SQLite is called, not
travelled to, and knows no statement that writes to several tables: there the same are written one after another.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Insert, Select, Update, bindparam, select

from citizen.core.database import defaults_of, filled, insert_now, written
from citizen.core.outbox import ADD, Job, add, job_row
from citizen.extensions import Base, db

Values = Mapping[str, Any]


class Together:
    """Rows of ``model`` that begin with a row of ``note``, whose column ``refers`` gets the new id, and with ``counts``.

    The values of ``counts`` are bound by names that no column of the two tables carries. ``note`` names its columns once
    for all; none is left to a default. Made once, when the module is imported.
    """

    def __init__(self, model: type[Base], *, note: type[Base], refers: str, counts: Update) -> None:
        self._defaults = defaults_of(model)
        self._counts = counts
        row: Any = model.__table__
        notes: Any = note.__table__
        said = [column for column in notes.columns if not column.primary_key and column.key != refers]
        bound = {column.key: bindparam(f"note_{column.key}", type_=column.type) for column in said}
        self._note: Insert = notes.insert().inline().values({refers: bindparam(f"note_{refers}"), **bound})
        self._refers = f"note_{refers}"
        new = row.insert().values({name: bindparam(f"new_{name}") for name in self._defaults}).returning(row.c.id)
        new = new.cte("written")
        noted = notes.insert().from_select([refers, *bound], select(new.c.id, *bound.values()), include_defaults=False)
        self._three: Select[Any] = select(new.c.id).add_cte(counts.cte("counted"), noted.cte("noted"))
        jobs: Any = Job.__table__
        sent = {name: bindparam(f"job_{name}", type_=jobs.c[name].type) for name in job_row("", {})}
        self._four = self._three.add_cte(ADD["postgresql"].values(sent).cte("sent"))

    def write(self, row: Base, *, note: Values, counts: Values, job: dict[str, Any] | None = None) -> None:
        """Write a new row, with the defaults of what was not set, its note and the counters; the session knows the row then.

        ``job``, made by `citizen.core.outbox.job_row`, is added as `enqueue` does.
        """
        connection = db.session.connection()
        said = {f"note_{name}": value for name, value in note.items()}
        if connection.dialect.name == "postgresql":
            values = {f"new_{name}": value for name, value in filled(row, self._defaults).items()}
            sent = {f"job_{name}": value for name, value in job.items()} if job else {}
            statement = self._four if job else self._three
            written(row, connection.execute(statement, {**values, **said, **counts, **sent}).scalar_one())
        else:
            connection.execute(self._counts, counts)
            insert_now(row)
            connection.execute(self._note, {self._refers: row.id, **said})  # type: ignore[attr-defined]
            if job:
                add(job)
