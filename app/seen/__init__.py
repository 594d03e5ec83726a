"""Frozen messages from the session to the panels: numpy and plain numbers only."""
