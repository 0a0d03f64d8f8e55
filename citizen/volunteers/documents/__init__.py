"""What the pages of the feature show, one module a page."""
