"""Volunteering: posts, shifts, bookings, attendance and the hours ledger."""
