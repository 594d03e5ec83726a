"""Parallel axes: codes as lines over violins."""
