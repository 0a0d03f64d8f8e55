"""Background work of the feature: imported for its handlers, which register themselves."""
