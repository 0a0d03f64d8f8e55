"""Following a report with its number and query code, acting on it; and saying "me too" to a released one."""
