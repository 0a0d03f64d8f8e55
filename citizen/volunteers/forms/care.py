"""Where a home visit goes."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from citizen.web.forms import DecisionForm, line


class AddressForm(DecisionForm):
    """The address, typed anew each time: what is stored is never shown here."""

    address = line(_l("Address"), 200)
