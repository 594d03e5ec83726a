"""What bars a training before it begins: of one network and of twins alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.phase import IN_A_MOMENT, MEND_FIRST, TWINS_LEARN, Phase

if TYPE_CHECKING:
    from app.session import Session


def what_bars(session: Session) -> tuple[str, str]:
    """Why no network can be made now, in a sentence, and the kind of message that it is; two empty words if one can."""
    if session.training.phase is not Phase.IDLE:
        return "A training is under way: stop it first.", "info"
    if session.twins.runs.busy:
        return TWINS_LEARN, "info"
    if not session.form_is_right:
        return MEND_FIRST, "warning"
    if session.torch_failure:
        return session.torch_failure, "error"
    if not session.torch_is_ready:
        return f"PyTorch is still being loaded; {IN_A_MOMENT}", "info"
    if session.data.dataset is None and session.data.is_reading:
        return f"The images are still being read; {IN_A_MOMENT}", "info"
    if session.data.dataset is None:
        return "There are no images to train on yet: choose a dataset above.", "warning"
    return "", ""
