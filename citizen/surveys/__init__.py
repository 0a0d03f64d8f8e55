"""Surveys that measure: a written definition, a drawn sample, one answer for each invitation, and honest intervals."""
