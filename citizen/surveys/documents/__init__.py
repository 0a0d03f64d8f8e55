"""What pages, files and exports show."""
