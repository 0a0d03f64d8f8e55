"""What can be done with board entries, by noun: entries, facts, objections, replies."""
