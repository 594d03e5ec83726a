"""The phases of training, as the window mirrors them."""

from enum import Enum


class Phase(Enum):
    """What the training thread is doing; the session refuses what a phase does not allow, buttons only mirror it."""

    IDLE = "idle"
    STARTING = "starting"
    TRAINING = "training"
    PAUSED = "paused"
    STOPPING = "stopping"


IN_A_MOMENT = "training can start in a moment."
"""How a sentence ends that says what is still being loaded."""

MEND_FIRST = "Mend the marked field first."
"""Why nothing can be trained with a form whose fields are not all right."""

TWINS_LEARN = "Twins are being trained: stop them first."
"""Why nothing else can be trained."""
