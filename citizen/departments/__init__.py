"""Units, areas and grids, who answers for what, and the working calendar."""
