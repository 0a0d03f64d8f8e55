"""Background work of the feature: imported for its handlers, which register themselves."""

from citizen.quizzes.jobs import attempts, closing, flags, imports, learning, live, remarking, statistics

__all__ = ["attempts", "closing", "flags", "imports", "learning", "live", "remarking", "statistics"]
