"""What senders and supporters do."""
