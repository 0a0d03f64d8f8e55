"""The Flask extensions, born unattached; a leaf module that imports nothing of ours."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from flask import Response, current_app, session
from flask_babel import Babel
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import Connection, Engine, MetaData, UpdateBase, event
from sqlalchemy.orm import DeclarativeBase

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


#: Whether this request or job is inside ``with transaction():``.
writing: ContextVar[bool] = ContextVar("citizen_writing", default=False)
#: Where an application keeps its engine three times over: for transactions, for what is read outside of them, and with nothing
#: begun at all.
ENGINES = "citizen_engines"
OUTSIDE = "changes were made outside the transaction"


class ReadingOrWriting(Session):
    """Reads without BEGIN and ROLLBACK around them where the database sees each statement by itself anyway.

    Nothing would take back what was written there, so that writing outside of a transaction is refused.
    """

    def get_bind(
        self,
        mapper: Any | None = None,
        clause: Any | None = None,
        bind: Engine | Connection | None = None,
        **_options: Any,
    ) -> Engine | Connection:
        """The engine of the transaction, or the one for reading; all tables live in the one database.

        Raises RuntimeError for a statement that writes outside of a transaction.
        """
        if bind is not None:
            return bind
        if isinstance(clause, UpdateBase) and not writing.get():
            raise RuntimeError(OUTSIDE)
        for_writing, for_reading, _unbegun = current_app.extensions[ENGINES]
        found: Engine = for_writing if writing.get() else for_reading
        return found


@event.listens_for(ReadingOrWriting, "before_flush")
def _only_inside(session: ReadingOrWriting, _flush: object, _instances: object) -> None:
    """A query flushes what was changed before it, also by accident."""
    if not writing.get() and (session.new or session.deleted or any(map(session.is_modified, session.dirty))):
        raise RuntimeError(OUTSIDE)


class Base(DeclarativeBase):
    """The declarative base; every constraint has a name, so that errors and migrations can speak of it."""

    metadata = MetaData(naming_convention=NAMING)


class Accounts(LoginManager):
    """Flask-Login with the site's own sessions and nothing else: no "remember me", no guess from address and browser.

    The guess would keep a plain hash of both and write to every session that is read.
    """

    def _load_user(self) -> None:
        user_id = session.get("_user_id")
        self._update_request_context_with_user(None if user_id is None else self._user_callback(user_id))

    def _update_remember_cookie(self, response: Response) -> Response:
        """Asked after every answer, this would read each visitor's session from the database for nothing."""
        return response


db = SQLAlchemy(model_class=Base, disable_autonaming=True, session_options={"class_": ReadingOrWriting})
babel = Babel()
csrf = CSRFProtect()
login_manager = Accounts()
