"""The Flask extensions, born unattached; a leaf module that imports nothing of ours."""

from __future__ import annotations

from flask import Response
from flask_babel import Babel
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The declarative base; every constraint has a name, so that errors and migrations can speak of it."""

    metadata = MetaData(naming_convention=NAMING)


class Accounts(LoginManager):
    """Flask-Login without its "remember me": the site's own sessions last long enough."""

    def _update_remember_cookie(self, response: Response) -> Response:
        """Asked after every answer, this would read each visitor's session from the database for nothing."""
        return response


db = SQLAlchemy(model_class=Base, disable_autonaming=True)
babel = Babel()
csrf = CSRFProtect()
login_manager = Accounts()
