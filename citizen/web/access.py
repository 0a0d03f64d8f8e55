"""Every endpoint says who may call it; one that does not stops the application from starting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from citizen.core.permissions import Permission, allowed

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC = "public"
SIGNED_IN = "signed-in"


def public(view: View) -> View:
    """Anybody may call this endpoint."""
    return _declare(view, PUBLIC)


def signed_in(view: View) -> View:
    """Anybody with an account may call this endpoint."""
    return _declare(view, SIGNED_IN)


def requires(permission: Permission) -> Callable[[View], View]:
    """Only people who hold ``permission`` may call this endpoint; objects are checked again inside."""
    return lambda view: _declare(view, permission)


def _declare(view: View, access: str) -> View:
    if getattr(view, "access", access) != access:
        raise RuntimeError(f"{view.__name__} declares two kinds of access")
    view.access = access  # type: ignore[attr-defined]
    return view


def undeclared(app: Flask) -> list[str]:
    """Endpoints that do not say who may call them."""
    return [name for name, view in app.view_functions.items() if not hasattr(view, "access")]


def init_access(app: Flask) -> None:
    """Enforce the declarations on every request; raises RuntimeError when an endpoint has none."""
    public(app.view_functions["static"])
    missing = undeclared(app)
    if missing:
        raise RuntimeError(f"endpoints without declared access: {', '.join(sorted(missing))}")
    app.before_request(_enforce)


def _enforce() -> ResponseReturnValue | None:
    if request.endpoint is None or request.routing_exception is not None:
        return None
    access = getattr(current_app.view_functions[request.endpoint], "access")  # noqa: B009 - unknown to mypy
    if access == PUBLIC:
        return None
    if not current_user.is_authenticated:
        if request.method in ("GET", "HEAD"):
            return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")), 303)
        abort(401)
    if access == SIGNED_IN or allowed(current_user, Permission(access)):
        return None
    abort(403)
