"""The fictional county that a fresh installation shows."""
