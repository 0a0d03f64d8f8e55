"""Forms of importing and exporting questions."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import BooleanField, HiddenField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice

from citizen.core.errors import InvalidInput
from citizen.core.numbers import parse_int
from citizen.core.text import clean_line
from citizen.quizzes.forms.questions import DIFFICULTY_WORDS
from citizen.quizzes.queries.bank import topics
from citizen.quizzes.rules.importing import MAX_BYTES, MAX_FILE_NAME, Format
from citizen.quizzes.services.importing import Upload
from citizen.web.forms import Form, line
from citizen.web.locale import page_language

FORMAT_WORDS: dict[Format, Any] = {
    Format.XLSX: _l("Excel table (.xlsx)"),
    Format.CSV: _l("Text table (.csv)"),
    Format.GIFT: _l("Moodle GIFT"),
    Format.AIKEN: _l("Questions as typed"),
}
#: A longer text is a file; browsers send it whole, and the server keeps forms small.
MAX_PASTE = 100_000


class ImportForm(Form):
    """A file or a pasted text, and what counts for questions that do not say it themselves."""

    FALLBACK = "file"
    once = HiddenField()
    file = FileField(_l("File"))
    text = TextAreaField(_l("Or paste the questions here"))
    format = SelectField(_l("Format"), validate_choice=False)
    topic = SelectField(_l("Topic, where the file names none"), validate_choice=False)
    difficulty = SelectField(_l("Difficulty, where the file names none"), validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = page_language()
        formats = [SelectChoice(code.value, word) for code, word in FORMAT_WORDS.items()]
        self.format.choices = [SelectChoice("", _l("Find out from the file")), *formats]
        names = [SelectChoice(row.code, row.words.in_language(language)) for row in topics()]
        self.topic.choices = [SelectChoice("", _l("As the file says")), *names]
        levels = [SelectChoice(str(level), word) for level, word in DIFFICULTY_WORDS.items()]
        self.difficulty.choices = [SelectChoice("", _l("As the file says")), *levels]

    def to_upload(self) -> Upload:
        """What was sent, at most one byte more than allowed; raises InvalidInput for nothing, for both ways at once, and
        for too long a text.
        """
        pasted = (self.text.data or "").strip()
        sent = self.file.data if getattr(self.file.data, "filename", "") else None
        if sent is not None and pasted:
            raise InvalidInput(_l("Choose a file or paste a text, not both."), "text")
        if sent is None and not pasted:
            raise InvalidInput(_l("Choose a file, or paste the questions."), "file")
        if len(pasted) > MAX_PASTE:
            raise InvalidInput(_l("This text is too long to paste. Save it as a file and choose that."), "text")
        return Upload(
            data=_content(sent) if sent is not None else pasted.encode("utf-8", "replace"),
            file_name=_name(sent.filename) if sent is not None else "",
            format=Format(self.format.data) if self.format.data in list(Format) else None,
            topic=self.topic.data if self.topic.data in {row.code for row in topics()} else "",
            difficulty=parse_int(self.difficulty.data, 1, 3) or 0,
        )


def _content(sent: FileStorage) -> bytes:
    """What a file holds, at most one byte more than allowed; a large one lies on the disk, so it is closed at once."""
    data: bytes = sent.read(MAX_BYTES + 1)
    sent.close()
    return data


def _name(raw: str | None) -> str:
    try:
        return clean_line((raw or "").replace("\\", "/").rsplit("/", 1)[-1][-MAX_FILE_NAME:], MAX_FILE_NAME)
    except InvalidInput:
        return ""


class TakeOverForm(Form):
    """The decision on an import: which plan its author saw, and whether rows with problems may be left out."""

    FALLBACK = "leave_out"
    seen = HiddenField()
    leave_out = BooleanField(_l("Leave out the rows with problems and take over the others"))


class ExportForm(Form):
    """Why a file is made of the bank: it holds the right answers."""

    reason = line(_l("What is the file for?"), 200, required=_l("Say what the file is for."))
