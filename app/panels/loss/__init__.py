"""The loss plot and its curves."""
