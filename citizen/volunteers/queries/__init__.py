"""Reads of the feature, one module a noun."""
