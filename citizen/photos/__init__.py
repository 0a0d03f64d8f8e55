"""Photos: what may come in, how it is cleaned and masked, and who may see which form of it."""
