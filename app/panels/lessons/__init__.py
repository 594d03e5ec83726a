"""Lessons and their formulas."""
