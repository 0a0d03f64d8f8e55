"""What changes surveys, one module a noun; every function works inside the caller's transaction."""
