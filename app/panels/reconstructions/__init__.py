"""Held-out images beside what the network and PCA make of them."""
