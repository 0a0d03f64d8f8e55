"""What holds for volunteering, without a database; one module a noun."""
