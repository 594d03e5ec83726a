"""The phases of training, as the window mirrors them."""

from enum import Enum


class Phase(Enum):
    """What the training thread is doing; the session refuses what a phase does not allow, buttons only mirror it."""

    IDLE = "idle"
    STARTING = "starting"
    TRAINING = "training"
    PAUSED = "paused"
    STOPPING = "stopping"
