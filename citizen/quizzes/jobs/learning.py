"""Imported with the feature's jobs, so that every process that marks attempts also remembers what was wrong.

`services.learning` connects itself to the signal of marked attempts when it is imported; a worker that hands attempts in by
the clock loads no views, and would forget them without this.
"""

from __future__ import annotations

from citizen.quizzes.services import learning

__all__ = ["learning"]
