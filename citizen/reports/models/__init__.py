"""Tables of what residents send."""

from citizen.reports.models.category import Category, ResidentGroup
from citizen.reports.models.draft import Draft
from citizen.reports.models.report import Message, Report

__all__ = ["Category", "Draft", "Message", "Report", "ResidentGroup"]
