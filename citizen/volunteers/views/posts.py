"""The desk's posts: what is done where, who leads, what to look out for."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from citizen.core import clock
from citizen.core.database import transaction
from citizen.core.errors import InvalidInput, NotFound
from citizen.core.permissions import Permission
from citizen.volunteers.documents.posts import area_choices, kind_choices, list_page, name_of, point_choices, post_page
from citizen.volunteers.documents.shift_board import sections
from citizen.volunteers.forms.posts import PostForm, values_of
from citizen.volunteers.models import Post
from citizen.volunteers.services import posts
from citizen.volunteers.services.templates import copy_last_week
from citizen.volunteers.views.deciding import Subject, decide, kept_of, known, me
from citizen.volunteers.views.shifts import bp
from citizen.web.access import requires
from citizen.web.idempotency import fingerprint, new_key, once

SCOPE = "post"


@bp.get("/posts", endpoint="posts")
@requires(Permission.MANAGE_SHIFTS)
def posts_list() -> ResponseReturnValue:
    """All posts."""
    return render_template("shifts/posts.html", **list_page(clock.now()))


@bp.get("/posts/new")
@requires(Permission.MANAGE_SHIFTS)
def post_new_form() -> ResponseReturnValue:
    """The form for a new post."""
    return _new_page(PostForm(key=new_key()))


@bp.post("/posts/new")
@requires(Permission.MANAGE_SHIFTS)
def post_new() -> ResponseReturnValue:
    """Make a post, once for each form."""
    form = PostForm()
    if not form.validate():
        return _new_page(form), 422
    try:
        with transaction():
            post_id = _create(form)
    except InvalidInput as error:
        form.refuse(error, form.FALLBACK)
        return _new_page(form), 422
    flash(_("The post is made. Give it a weekly pattern or single shifts."), "done")
    return redirect(url_for("shifts.post", post_id=post_id), 303)


def _create(form: PostForm) -> str:
    key, content = form.key.data or "", fingerprint(*(str(row["values"]) for row in kept_of(form)))
    return once(SCOPE, key, content=content, make=lambda: posts.create_post(form.to_draft(), by=me()).id)


@bp.get("/posts/<int:post_id>")
@requires(Permission.MANAGE_SHIFTS)
def post(post_id: int) -> ResponseReturnValue:
    """One post: its form, its patterns, its next shifts."""
    return _post_page(post_id, PostForm(**values_of(known(Post, post_id))))


@bp.post("/posts/<int:post_id>")
@requires(Permission.MANAGE_SHIFTS)
def post_edit(post_id: int) -> ResponseReturnValue:
    """Keep what was changed and, if wished, tell those who booked."""
    form = PostForm()
    return decide(
        _subject(post_id),
        form,
        act=lambda row: posts.edit_post(row, form.to_draft(row), tell=bool(form.tell.data), by=me()),
        page=lambda: _post_page(post_id, form),
        done=lambda told: (
            ngettext("Kept. %(num)d person is told.", "Kept. %(num)d people are told.", told) if told else _("Kept.")
        ),
    )


@bp.post("/posts/<int:post_id>/copy-week")
@requires(Permission.MANAGE_SHIFTS)
def copy_week(post_id: int) -> ResponseReturnValue:
    """Repeat last week's shifts of a post this week, as far as they still lie ahead."""
    with transaction():
        made = copy_last_week(known(Post, post_id).id, clock.today(), by=me())
    flash(ngettext("%(num)d shift is made.", "%(num)d shifts are made.", len(made)), "done" if made else "info")
    return redirect(url_for("shifts.post", post_id=post_id), 303)


def _subject(post_id: int) -> Subject:
    row = known(Post, post_id)

    def theirs(post: Post) -> dict[str, str]:
        return {name: str(value) if value is not True else _("yes") for name, value in values_of(post).items() if value}

    return Subject(
        name_of(row),
        url_for("shifts.post", post_id=post_id),
        lambda: known(Post, post_id),
        lambda version: posts.lock_post(post_id, version=version),
        theirs,
        lambda post: [(_("State"), _("open") if post.active else _("closed"))],
    )


def _fill(form: PostForm) -> None:
    form.kind.choices = kind_choices()
    form.point.choices = point_choices()
    form.area.choices = area_choices(_("The area in which the place lies"))


def _new_page(form: PostForm) -> str:
    _fill(form)
    return render_template("shifts/post_new.html", form=form, form_errors=form.errors, sections=sections("posts"))


def _post_page(post_id: int, form: Any) -> str:
    _fill(form)
    row = known(Post, post_id)
    if row is None:
        raise NotFound()
    return render_template("shifts/post.html", form=form, form_errors=form.errors, **post_page(row, clock.now()))
