"""The pages of a report, one module for each step."""

from citizen.reports.views import check, photos, place, receipt, what
from citizen.reports.views.door import bp

__all__ = ["bp", "check", "photos", "place", "receipt", "what"]
