"""The demonstration's volunteering: posts, people, sixty days of shifts behind and six weeks ahead."""
