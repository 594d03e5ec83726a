"""What the command line ends with, beside 0 for success."""

CELL_FAILED = 1
FAILED = 2
INTERRUPTED = 130
"""128 and the number of SIGINT, as shells count"""
