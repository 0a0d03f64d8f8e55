"""The pages of tracking: finding a report, its progress, what its sender can do, and saying "me too"."""

from citizen.tracking.views import acting, finding, supporting
from citizen.tracking.views.door import bp

__all__ = ["acting", "bp", "finding", "supporting"]
