"""What can be done with accounts."""

from citizen.accounts.services.guard import refuse_demo_accounts

__all__ = ["refuse_demo_accounts"]
