"""The desk for quizzes is one blueprint; these modules add their pages to it when they are imported."""

from citizen.quizzes.views import flags, quiz_editor, remark, statistics
from citizen.quizzes.views.quiz_desk import bp

__all__ = ["bp", "flags", "quiz_editor", "remark", "statistics"]
