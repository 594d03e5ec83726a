"""The desktop of Latent Lab: Qt windows and panels over `models`; only numpy crosses the border.

The live network never leaves the training thread. What crosses is a frozen fact. The window reads facts at its own
pace, 25 times a second.
"""

__version__ = "0.1.0"
