"""Tables of the feature, one module a noun."""

from citizen.volunteers.models.booking import Booking, BookingEvent, Party
from citizen.volunteers.models.hours import Attendance, HoursEntry, HoursNotice, HoursObjection, HoursRequest
from citizen.volunteers.models.post import Post, PostKind
from citizen.volunteers.models.section import Adoption, Section
from citizen.volunteers.models.shift import Shift, ShiftTemplate, Stop
from citizen.volunteers.models.volunteer import Team, TeamMember, Volunteer

__all__ = [
    "Adoption",
    "Attendance",
    "Booking",
    "BookingEvent",
    "HoursEntry",
    "HoursNotice",
    "HoursObjection",
    "HoursRequest",
    "Party",
    "Post",
    "PostKind",
    "Section",
    "Shift",
    "ShiftTemplate",
    "Stop",
    "Team",
    "TeamMember",
    "Volunteer",
]
