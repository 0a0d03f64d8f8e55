"""Reads about cases."""
