"""The front door: home page, help and statements, and the addresses that machines ask for."""
