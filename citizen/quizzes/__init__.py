"""Quizzes that teach: a bank of reviewed questions, attempts, review of what was wrong, boards, and quizzes for a hall."""
