"""Damaged images and what the network restores."""
