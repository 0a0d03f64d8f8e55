"""Tables of the feature, one module a noun."""

from citizen.quizzes.models.attempt import Attempt, AttemptFlag, AttemptItem
from citizen.quizzes.models.bank import BankQuestion, KeyCorrection, QuestionImport, QuestionVersion, VersionStatistics
from citizen.quizzes.models.learning import Learner, ReviewCard
from citizen.quizzes.models.live import LiveAnswer, LiveItem, LiveRound
from citizen.quizzes.models.quiz import Quiz

__all__ = [
    "Attempt",
    "AttemptFlag",
    "AttemptItem",
    "BankQuestion",
    "KeyCorrection",
    "Learner",
    "LiveAnswer",
    "LiveItem",
    "LiveRound",
    "QuestionImport",
    "QuestionVersion",
    "Quiz",
    "ReviewCard",
    "VersionStatistics",
]
