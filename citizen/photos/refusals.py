"""Why a photo is refused, as sentences a resident can act on.

The decoder child process raises these too and must stay free of the web framework, so a sentence keeps its
English text and looks up the translation only when it is shown.
"""

from __future__ import annotations

from typing import Any

from citizen.core.errors import InvalidInput


class Sentence:
    """A lazily translated sentence: ``str()`` gives it in the reader's language, English outside the site."""

    __slots__ = ("english", "values")

    def __init__(self, english: str, **values: Any) -> None:
        self.english = english
        self.values = values

    def __str__(self) -> str:
        # Imported late so that the decoder child, which never shows a sentence, does not load Flask.
        from flask import has_app_context
        from flask_babel import gettext  # type: ignore[import-untyped,unused-ignore]

        if has_app_context():
            return str(gettext(self.english, **self.values))
        return self.english % self.values if self.values else self.english

    def __repr__(self) -> str:
        return f"Sentence({self.english!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sentence) and (self.english, self.values) == (other.english, other.values)

    def __hash__(self) -> int:
        return hash(self.english)


_l = Sentence


class PhotoRefused(InvalidInput):
    """The file is not taken as a photo; ``code`` names the reason, the message says what to do instead."""

    def __init__(self, code: str) -> None:
        super().__init__(REFUSALS.get(code, REFUSALS["unreadable"]), field="photo")
        self.code = code if code in REFUSALS else "unreadable"


#: Reason code → sentence. The codes cross the pipe between the decoder child and its parent.
REFUSALS: dict[str, Sentence] = {
    "empty": _l("This file is empty. Choose the photo again."),
    "not_a_photo": _l("This file is not a photo we can read. Send a JPEG, PNG, WebP or HEIC picture."),
    "wrong_kind": _l("Pictures of this kind cannot be used here. Save it as JPEG or PNG, or take a screenshot of it."),
    "damaged": _l("This photo is damaged or did not arrive whole. Choose it again, or take a new one."),
    "too_heavy": _l("This file is larger than 15 MB. Send a smaller copy of the photo."),
    "too_large": _l("This picture has too many pixels. Send a smaller copy of the photo."),
    "moving": _l("Moving pictures cannot be used. Send a still photo."),
    "too_slow": _l("This photo took too long to read. Save it again as JPEG, or take a screenshot of it."),
    "unreadable": _l("This photo could not be read safely. Save it again as JPEG, or take a new one."),
}
