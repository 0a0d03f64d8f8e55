"""What residents send and follow."""
