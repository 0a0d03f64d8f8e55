"""Pure rules of the feature: no web, no database; the time is an argument."""
