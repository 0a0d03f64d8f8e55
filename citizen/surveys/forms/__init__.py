"""What people type, as shapes; nothing is decided here."""
