"""The public projection: the one table of released facts that every public page reads."""
