"""What follows from a weak topic, in the office's words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from citizen.web.forms import DecisionForm, paragraph

MOST = 500


class NoteForm(DecisionForm):
    """One note; ``version`` is the moment of the note that its author was looking at, empty for none."""

    FALLBACK = "words"

    words = paragraph(_l("What follows"), MOST, required=_l("Write what follows, such as a shift or a notice."))
