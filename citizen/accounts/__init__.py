"""People, staff roles, sign-in and the second factor."""
