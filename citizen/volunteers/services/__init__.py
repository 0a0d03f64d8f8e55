"""What can be done, one module a noun. Nothing here commits.

Locks are taken in one order everywhere: shifts by id, then volunteers by id, then the end of the audit chain. Whoever frees
a place knows whom it goes to only once the shift is locked, so the shift comes first; two bookings of one person for
different shifts still meet at the person's row, where the second one sees the first.
"""
