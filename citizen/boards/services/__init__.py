"""What can be done with board entries, by noun: candidates, entries, facts, objections, replies."""
