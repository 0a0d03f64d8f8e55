"""What can be done with cases; every change of state goes through `door.move`."""
