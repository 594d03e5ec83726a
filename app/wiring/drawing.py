"""Connects the drawing panel with the sketch that the session looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.wiring.telling import tell_of_images

if TYPE_CHECKING:
    from app.panels.draw.panel import SketchPanel
    from app.panels.message_bar import MessageBar
    from app.session import Session


def connect_drawing(session: Session, panel: SketchPanel, bar: MessageBar) -> None:
    """What is drawn goes to the session, what the network makes of it comes back."""
    sketch = session.sketch
    panel.sketched.connect(sketch.draw)
    panel.cleared.connect(sketch.clear)
    panel.format_changed.connect(sketch.set_mnist_format)
    panel.noisy_chosen.connect(sketch.set_noisy)
    panel.noise_chosen.connect(sketch.choose_noise)
    panel.noise_wanted.connect(sketch.draw_noise)
    panel.end_requested.connect(lambda end: session.ends.choose(end, "sketch"))
    sketch.read.connect(panel.show_reading)
    sketch.cleared.connect(panel.clear_reading)
    sketch.noise_shown.connect(panel.show_noise)
    panel.failed.connect(lambda sentence: bar.show_message(sentence, "error"))
    tell_of_images(panel, bar)
