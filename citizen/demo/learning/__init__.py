"""The demonstration's learning: a bank, quizzes with sixty days of attempts, a quiz in a hall, and surveys."""
