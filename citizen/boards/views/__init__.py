"""Pages of the boards: for everybody, for the office, for the units."""
