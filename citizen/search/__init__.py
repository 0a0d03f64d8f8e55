"""Search over released texts: tokens, and the embedded index that finds them."""
