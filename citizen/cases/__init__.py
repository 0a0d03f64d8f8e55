"""The office's queue: triage, dispatch, fixing and verification."""
