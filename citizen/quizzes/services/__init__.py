"""What changes quizzes, one module a noun; every function works inside the caller's transaction."""
