"""Certificates: issued from a record, printed by their owner, checked by anybody with the code on them."""
