"""Sessions kept on the server: the cookie holds 256 random bits or more, the database a hash of them and the data.

So signing out really ends a session, a copied cookie dies with it, and long drafts never meet the size limit of cookies.
A visitor gets a row only when something is to be remembered; a page that remembers nothing reads nothing.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy import Integer, String, Text, bindparam, delete, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from citizen.core import clock
from citizen.core.connections import one_statement
from citizen.core.database import UtcDateTime
from citizen.extensions import Base, db

RESIDENT_IDLE = timedelta(days=30)
STAFF_IDLE = timedelta(minutes=30)
STAFF_ABSOLUTE = timedelta(hours=12)
#: A staff session's life is prolonged at most this often, so that reading does not write.
TOUCH_EVERY = timedelta(minutes=1)
MAX_DATA = 64_000
#: Bytes of a cookie's value and its length. A person's is longer, so that what belongs to persons is looked up for them only.
ANYBODY, SOMEBODY = (32, 43), (33, 44)


class SessionRow(Base):
    """One visitor's session."""

    __tablename__ = "sessions"

    #: SHA-256 of the cookie's value, so that a stolen database opens no session.
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[int | None] = mapped_column(Integer, index=True)
    staff: Mapped[bool] = mapped_column(default=False)
    data: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


#: Built once, since nearly every request of somebody known asks them; on the table, without the mapper's work.
_ROWS: Any = SessionRow.__table__
_MINE = _ROWS.c.id == bindparam("token")
_READ = select(_ROWS.c.person_id, _ROWS.c.staff, _ROWS.c.data, _ROWS.c.created_at, _ROWS.c.expires_at).where(_MINE)
#: Whose session it is, for the conditions of `read_along`.
PERSON = _ROWS.c.person_id
_along: list[tuple[Any, Any, Mapping[str, Any]]] = []
_TOUCH = update(_ROWS).where(_MINE).values(person_id=bindparam("person_id"))
#: Only while the data is what was read: then nobody else's change can be lost, and one statement is enough.
_REPLACE = (
    update(_ROWS)
    .where(_MINE, _ROWS.c.data == bindparam("known"))
    .values({name: bindparam(name) for name in ("person_id", "data", "expires_at")})
)


def read_along(table: Any, on: Any, columns: Mapping[str, Any]) -> None:
    """Let every session that is read bring ``columns`` of the row of ``table`` that belongs to its `PERSON` by ``on``: one
    statement instead of two for what nearly every page asks of somebody known. At most one row may belong to a person; call
    it when the module is imported. The values are found with `ServerSession.of_person`."""
    _along.append((table, on, columns))
    _reading.cache_clear()


@cache
def _reading() -> Any:
    """The statement that reads a session with all that comes along."""
    joined, columns = _ROWS, []
    for table, on, wanted in _along:
        joined = joined.outerjoin(table, on)
        columns += [column.label(name) for name, column in wanted.items()]
    return _READ.select_from(joined).add_columns(*columns)


class ServerSession(SessionMixin):
    """A mapping that is read on first use and written key by key, so that two tabs do not overwrite each other."""

    def __init__(self, token: str | None) -> None:
        self._token = token
        self._data: dict[str, Any] | None = None
        self._changed: set[str] = set()
        self._ended: list[str] = []
        #: The row as it was read: its data as text, and when it began.
        self._row: tuple[str, datetime] | None = None
        self._with_it: Any = None
        self.person_id: int | None = None
        self.staff = False
        #: Whether anything was looked up for this visitor: only then may the answer hold something of theirs.
        self.was_read = False
        self.modified = False
        self.touch = False

    permanent = True

    def _loaded(self) -> dict[str, Any]:
        if self._data is None:
            self._data = {}
            if self._token:
                self.was_read = True
                self._read()
        return self._data

    def _read(self) -> None:
        token, mine = self._token or "", {"token": digest(self._token or "")}
        with one_statement() as connection:
            row = connection.execute(_reading() if len(token) == SOMEBODY[1] else _READ, mine).first()
            if row is not None and row.person_id is not None and len(token) != SOMEBODY[1]:
                row = connection.execute(_reading(), mine).first()  # kept from before there were two lengths
        if row is None or row.expires_at <= clock.now():
            self._token = None
            return
        self._data, self._row = json.loads(row.data), (row.data, row.created_at)
        self.person_id, self.staff = row.person_id, row.staff
        self._with_it = row if row.person_id is not None else None
        self.touch = self.staff and row.expires_at - clock.now() < STAFF_IDLE - TOUCH_EVERY

    def of_person(self, name: str) -> Any:
        """What `read_along` brought by this name when the session was read; None when the session is nobody's, has passed to
        somebody else since, or there was nothing."""
        self._loaded()
        return getattr(self._with_it, name) if self._with_it is not None else None

    def __getitem__(self, key: str) -> Any:
        return self._loaded()[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._loaded()[key] = value
        self._changed.add(key)
        self.modified = self.was_read = True

    def __delitem__(self, key: str) -> None:
        del self._loaded()[key]
        self._changed.add(key)
        self.modified = self.was_read = True

    def __iter__(self) -> Iterator[str]:
        return iter(self._loaded())

    def __len__(self) -> int:
        return len(self._loaded())

    def rotate(self, *, person_id: int | None, staff: bool) -> None:
        """Continue under a new id that belongs to ``person_id``; the old id is dead at once."""
        self._loaded()
        if self._token:
            self._ended.append(digest(self._token))
        self._token = self._with_it = None
        self._changed = set(self._loaded())
        self.person_id, self.staff = person_id, staff
        self.modified = self.was_read = True

    def destroy(self) -> None:
        """End the session: its row goes, its cookie too."""
        self.rotate(person_id=None, staff=False)
        self._loaded().clear()
        self._changed.clear()


def digest(token: str) -> str:
    """What the database knows of a cookie's value."""
    return hashlib.sha256(token.encode()).hexdigest()


class ServerSessions(SessionInterface):
    """Opens and saves `ServerSession` for Flask."""

    def open_session(self, app: Flask, request: Request) -> ServerSession:
        """The session that the cookie names, unread; an implausible cookie counts as none."""
        token = request.cookies.get(self.get_cookie_name(app))
        return ServerSession(token if token and len(token) in (ANYBODY[1], SOMEBODY[1]) else None)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Store what changed and renew the cookie; nothing is written when nothing changed."""
        if not isinstance(session, ServerSession):
            raise TypeError("this application keeps its sessions on the server")
        if session._ended:
            with one_statement() as connection:
                connection.execute(delete(SessionRow).where(SessionRow.id.in_(session._ended)))
        if not session.modified and not session.touch:
            return
        if not session._data:
            response.delete_cookie(
                self.get_cookie_name(app), path="/", secure=self.get_cookie_secure(app), httponly=True
            )
            return
        token = _store(session)
        response.set_cookie(
            self.get_cookie_name(app),
            token,
            max_age=int((STAFF_ABSOLUTE if session.staff else RESIDENT_IDLE).total_seconds()),
            path="/",
            secure=self.get_cookie_secure(app),
            httponly=True,
            samesite="Lax",
        )


def _store(session: ServerSession) -> str:
    """Write the changed keys over the row as it is now, and return the cookie's value."""
    now = clock.now()
    data = session._loaded()
    if session._token is None:
        session._token = secrets.token_urlsafe((ANYBODY if session.person_id is None else SOMEBODY)[0])
        values: dict[str, Any] = {"id": digest(session._token), "person_id": session.person_id, "staff": session.staff}
        values |= {"data": _dump(data), "created_at": now, "expires_at": _expiry(session, now, now)}
        with one_statement() as connection:
            connection.execute(insert(SessionRow).values(**values))
        return session._token
    mine, person = {"token": digest(session._token)}, {"person_id": session.person_id}
    if session._row is not None:
        values = {**mine, **person, "known": session._row[0], **_changes(session, session._row, now)}
        with one_statement() as connection:
            stored = connection.execute(_REPLACE, values).rowcount
        if stored:
            return session._token
    with db.engine.begin() as connection:
        # Another tab wrote meanwhile. The update takes the row's lock, on SQLite the write lock, before the next look.
        connection.execute(_TOUCH, {**mine, **person})
        row = connection.execute(_READ, mine).first()
        if row is not None:
            changes = _changes(session, (row.data, row.created_at), now)
            connection.execute(_REPLACE, {**mine, **person, "known": row.data, **changes})
    return session._token


def _changes(session: ServerSession, row: tuple[str, datetime], now: datetime) -> dict[str, Any]:
    """What the row becomes: the changed keys over the data that stands there."""
    data, fresh = session._loaded(), json.loads(row[0])
    for key in session._changed:
        if key in data:
            fresh[key] = data[key]
        else:
            fresh.pop(key, None)
    return {"data": _dump(fresh), "expires_at": _expiry(session, now, row[1])}


def _dump(data: dict[str, Any]) -> str:
    text = json.dumps(data, ensure_ascii=False)
    if len(text) > MAX_DATA:
        raise ValueError("the session holds too much; large things belong into rows of their own")
    return text


def _expiry(session: ServerSession, now: datetime, created_at: datetime) -> datetime:
    if not session.staff:
        return now + RESIDENT_IDLE
    return min(now + STAFF_IDLE, created_at + STAFF_ABSOLUTE)


def end_sessions_of(person_id: int) -> None:
    """End every session of a person, inside the current transaction: after a change of password or role."""
    db.session.execute(delete(SessionRow).where(SessionRow.person_id == person_id))


def sweep(now: datetime) -> None:
    """Forget expired sessions, inside the current transaction."""
    db.session.execute(delete(SessionRow).where(SessionRow.expires_at < now))


def init_sessions(app: Flask) -> None:
    """Install the server-side sessions; the cookie carries the __Host- prefix wherever cookies are secure."""
    app.session_interface = ServerSessions()
    app.config["SESSION_COOKIE_NAME"] = "__Host-session" if app.config["SESSION_COOKIE_SECURE"] else "session"
