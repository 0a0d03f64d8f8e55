"""The shift leader's decision on an objection."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from citizen.web.forms import DecisionForm, paragraph

ANSWER_LIMIT = 500


class DecideForm(DecisionForm):
    """Words for the reporter; the two buttons say which way."""

    words = paragraph(
        _l("Your answer (the reporter will read it)"), ANSWER_LIMIT, required=_l("Say why; the reporter will read it")
    )
