"""The pages of the feature; every module brings its own blueprint."""

from __future__ import annotations

from flask import Blueprint

from citizen.volunteers.views.adoptions import bp as adoptions
from citizen.volunteers.views.attendance import bp as attendance
from citizen.volunteers.views.care import bp as care
from citizen.volunteers.views.feeds import bp as feeds
from citizen.volunteers.views.finding import bp as volunteers
from citizen.volunteers.views.hour_notices import bp as hour_notices
from citizen.volunteers.views.hours import bp as hours
from citizen.volunteers.views.hours_file import bp as hours_desk
from citizen.volunteers.views.lead_people import bp as leads
from citizen.volunteers.views.mine import bp as volunteering
from citizen.volunteers.views.profile import bp as joining
from citizen.volunteers.views.register_file import bp as register
from citizen.volunteers.views.sections import bp as sections
from citizen.volunteers.views.shift_office import bp as shifts
from citizen.volunteers.views.stand_ins import bp as bookings
from citizen.volunteers.views.teams import bp as teams

BLUEPRINTS: tuple[Blueprint, ...] = (
    sections,
    care,
    adoptions,
    attendance,
    leads,
    register,
    bookings,
    shifts,
    joining,
    teams,
    feeds,
    hour_notices,
    hours,
    hours_desk,
    volunteering,
    volunteers,
)
