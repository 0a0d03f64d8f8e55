"""Hostile visitors."""
