"""Tables of the feature, one module a noun."""

from citizen.surveys.models.measure import Measure, MeasureItem
from citizen.surveys.models.response import Response
from citizen.surveys.models.wave import Invitation, Stratum, Wave, WaveNote

__all__ = ["Invitation", "Measure", "MeasureItem", "Response", "Stratum", "Wave", "WaveNote"]
