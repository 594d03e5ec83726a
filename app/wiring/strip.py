"""Connects the interpolation strip with the walk that the session owns, and the map that shows its path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.wiring.telling import tell_of

if TYPE_CHECKING:
    from app.panels.latent.map import LatentMap
    from app.panels.message_bar import MessageBar
    from app.panels.strip.panel import InterpolationStrip
    from app.session import Session


def connect_strip(session: Session, panel: InterpolationStrip, map_: LatentMap, bar: MessageBar) -> None:
    """What is asked of the strip goes to the session; its ends, images and path come back."""
    strip, ends, sketch = session.strip, session.ends, session.sketch
    panel.steps_changed.connect(strip.set_steps)
    panel.shape_changed.connect(strip.set_shape)
    panel.scrubbed.connect(strip.scrub)
    panel.scrub_left.connect(ends.leave)
    panel.step_picked.connect(ends.pin_step)
    panel.swap_requested.connect(strip.swap)
    panel.random_end_requested.connect(lambda end: ends.choose(end, "random"))
    panel.end_requested.connect(ends.choose)
    tell_of(panel, bar)
    strip.ends_shown.connect(panel.show_ends)
    strip.strip_shown.connect(panel.show_strip)
    strip.missing.connect(panel.show_empty)
    strip.path_shown.connect(map_.show_path)
    strip.path_shown.connect(lambda points, current: panel.show_current(current))
    sketch.read.connect(lambda reading: panel.show_sources(pinned=True, sketch=True))
    sketch.cleared.connect(lambda: panel.show_sources(pinned=True, sketch=False))
    panel.show_sources(pinned=True, sketch=False)
