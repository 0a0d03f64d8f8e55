"""Reads of the feature, one module a question that somebody asks."""
