"""The two forms: a stranger's check code, the office's reason for a revocation."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from citizen.certificates.rules import MAX_REASON
from citizen.web.forms import Form, line, paragraph


class CheckForm(Form):
    """The code printed beside the QR code, typed in any way."""

    code = line(_l("Check code"), 60, required=_l("Type the check code that stands on the certificate"))


class RevokeForm(Form):
    """Why a certificate is taken back."""

    reason = paragraph(_l("Reason"), MAX_REASON, required=_l("Say why; the owner of the certificate will read it"))
