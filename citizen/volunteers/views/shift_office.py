"""The coordinator's desk is one blueprint; these modules add their pages to it when they are imported."""

from citizen.volunteers.views import posts, shift_desk, shift_files, shift_people, stops, templates
from citizen.volunteers.views.shifts import bp

__all__ = ["bp", "posts", "shift_desk", "shift_files", "shift_people", "stops", "templates"]
