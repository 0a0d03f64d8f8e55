"""What is typed or asked for in an address, one module a form."""
