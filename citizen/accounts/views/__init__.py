"""The pages of signing in, of one's own account, and of the audit trail."""

from citizen.accounts.views import account, two_step
from citizen.accounts.views.audit import bp as audit_bp
from citizen.accounts.views.blueprint import bp as accounts_bp
from citizen.accounts.views.entrance import sign_in

__all__ = ["account", "accounts_bp", "audit_bp", "sign_in", "two_step"]
