"""The pages of the feature; every module brings its own blueprint."""

from __future__ import annotations

from flask import Blueprint

from citizen.surveys.views import invitations, wave_steps
from citizen.surveys.views.answering import bp as answering
from citizen.surveys.views.interviews import bp as interviews
from citizen.surveys.views.measures import bp as measures
from citizen.surveys.views.public import bp as surveys
from citizen.surveys.views.results import bp as wave_results
from citizen.surveys.views.waves import bp as waves

#: Modules that add their pages to the blueprint of another one.
PARTS = (invitations, wave_steps)

BLUEPRINTS: tuple[Blueprint, ...] = (
    answering,
    interviews,
    measures,
    surveys,
    wave_results,
    waves,
)
