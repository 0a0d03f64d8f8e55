"""The base of all forms: lazy words, no surprises from hostile text, errors as data."""

from __future__ import annotations

from typing import Any, cast

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms import Field, HiddenField, StringField, TextAreaField
from wtforms.fields.choices import Choice
from wtforms.validators import StopValidation
from wtforms.widgets import Select

from citizen.core.errors import InvalidInput
from citizen.core.text import clean_line, clean_text
from citizen.web.templating import option


class Options(Select):
    """The select of WTForms; an option that was written once is written again without work: desks show hundreds."""

    @classmethod
    def render_option(cls, choice: Choice, **kwargs: Any) -> Markup:
        """The markup of one option."""
        if kwargs or choice.render_kw:
            return cast(Markup, super().render_option(choice, **kwargs))
        return option(str(choice.value), str(choice.label or choice.value), selected=bool(choice.selected))


class Form(FlaskForm):
    """A form whose values are cleaned as they come in; `FlaskForm` adds the token."""

    class Meta(FlaskForm.Meta):
        """Errors and labels speak the reader's language through flask-babel, not through WTForms' own catalogue."""

        locales = False

        def get_translations(self, form: Any) -> Any:
            """No second catalogue: our own lazy sentences are used everywhere."""
            return None

        def render_field(self, field: Field, render_kw: dict[str, Any]) -> Any:
            """A field's markup, its options by `Options`."""
            if type(field.widget) is Select:
                field.widget = Options(field.widget.multiple)
            return super().render_field(field, render_kw)

    def refuse(self, error: InvalidInput, fallback: str) -> None:
        """Show what a service refused at the field it named, or at ``fallback``."""
        field = self[error.field] if error.field and error.field in self else self[fallback]
        field.errors = [*field.errors, error.message]


class Cleaned:
    """A validator that replaces the typed text by its clean form, or says why it cannot be used."""

    def __init__(self, limit: int, *, lines: bool = False, required: Any = None) -> None:
        self.limit, self.lines, self.required = limit, lines, required

    def __call__(self, _form: Form, field: Field) -> None:
        """Clean ``field.data`` in place; raises StopValidation with the sentence for the reader."""
        try:
            clean = clean_text if self.lines else clean_line
            cleaned = clean(field.data or "", self.limit)
        except InvalidInput as error:
            raise StopValidation(error.message) from error
        if self.required is not None and not cleaned:
            raise StopValidation(self.required)
        field.data = cleaned


def line(label: Any, limit: int = 200, *, required: Any = None) -> StringField:
    """A one-line text field; ``required`` is the sentence shown when it is empty."""
    return StringField(label, validators=[Cleaned(limit, required=required)])


def paragraph(label: Any, limit: int = 2_000, *, required: Any = None) -> TextAreaField:
    """A text field of several lines; ``required`` is the sentence shown when it is empty."""
    return TextAreaField(label, validators=[Cleaned(limit, lines=True, required=required)])


class DecisionForm(Form):
    """A decision on something that others may change meanwhile: it carries the version its author saw."""

    version = HiddenField(_l("Version"))
