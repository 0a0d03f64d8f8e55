"""Tables of the office's work."""

from citizen.cases.models.case import Case, CaseReport
from citizen.cases.models.desk import Claim, Note, Question, Supporter
from citizen.cases.models.fix import Appeal, Check, Fix

__all__ = ["Appeal", "Case", "CaseReport", "Check", "Claim", "Fix", "Note", "Question", "Supporter"]
