"""Builds the application, in named steps; the only module that sees every feature."""

from __future__ import annotations

import logging

from flask import Flask

from citizen import cli
from citizen.accounts import services as accounts
from citizen.config import PROJECT, Settings, load_settings
from citizen.core.connections import pool_of, tune_connections
from citizen.core.content import Content
from citizen.core.storage import Storage
from citizen.extensions import babel, csrf, db, login_manager
from citizen.features import register_features
from citizen.search.tokens import load_words
from citizen.web.access import init_access
from citizen.web.addresses import init_addresses
from citizen.web.errors import init_errors
from citizen.web.limits import init_limits
from citizen.web.locale import init_locale, select_locale
from citizen.web.security import init_security
from citizen.web.sessions import init_sessions
from citizen.web.templating import Pages, init_templating

MAX_REQUEST_BYTES = 50 * 1024 * 1024
MAX_FORM_PARTS = 500


def create_app(settings: Settings | None = None) -> Flask:
    """A ready application; raises ConfigError on unsafe settings and RuntimeError when production finds demo accounts."""
    settings = settings or load_settings()
    app = Flask(
        "citizen",
        template_folder=str(PROJECT / "templates"),
        static_folder=str(PROJECT / "static"),
        instance_path=str(settings.data_dir),
    )
    app.jinja_environment = Pages
    configure(app, settings)
    init_addresses(app)
    connect(app, settings)
    register_features(app)
    for step in (init_security, init_sessions, init_locale, init_templating, init_errors, init_access, cli.init_cli):
        step(app)
    if settings.production:
        accounts.refuse_demo_accounts(app)
    return app


def configure(app: Flask, settings: Settings) -> None:
    """Flask's own configuration."""
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=pool_of(settings.database_url),
        SESSION_COOKIE_SECURE=settings.base_url.startswith("https://"),
        WTF_CSRF_TIME_LIMIT=None,  # a form left open over lunch still works: the token lives as long as the session
        MAX_CONTENT_LENGTH=MAX_REQUEST_BYTES,
        MAX_FORM_PARTS=MAX_FORM_PARTS,
        BABEL_TRANSLATION_DIRECTORIES=str(PROJECT / "translations"),
        BABEL_DEFAULT_LOCALE="en",
        BABEL_DEFAULT_TIMEZONE="Asia/Shanghai",
        SEND_FILE_MAX_AGE_DEFAULT=31_536_000,  # every static address carries its content's hash
    )
    logging.getLogger("citizen").setLevel(logging.INFO)


def connect(app: Flask, settings: Settings) -> None:
    """Extensions, database, storage, content and limits."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    db.init_app(app)
    csrf.init_app(app)
    login_manager.init_app(app)
    babel.init_app(app, locale_selector=select_locale)
    with app.app_context():
        tune_connections(db.engine)
        init_limits(app)
    app.extensions["citizen_storage"] = Storage(settings.storage_url)
    app.extensions["citizen_content"] = Content(settings.county_dir)
    words = settings.county_dir / "segmentation_words.txt"
    if words.exists():
        load_words(words.read_text(encoding="utf-8").split())
