"""The walk from A to B: its tiles, ends, controls and player."""
