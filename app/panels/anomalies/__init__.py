"""Scores of kept and left-out digits."""
