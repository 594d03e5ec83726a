"""The menu of sizes, for a projector or a small screen: what is chosen is there at the next start."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

from app.magnification import SIZES
from app.menus import Menus
from app.settings import AppSettings
from app.wiring.remembering import SMALLEST


def fits(percent: int, now: int, room: QSize) -> bool:
    """Whether a screen with so much `room`, in the window's pixels at `now` percent, has room for it at `percent`."""
    return SMALLEST.boundedTo(room * (now / percent)) == SMALLEST


def offer_sizes(menus: Menus, menu: str, window: QWidget, settings: AppSettings, tell: Callable[[str], None]) -> None:
    """A submenu of sizes; those that the window's screen has no room for are off."""
    now = settings.size

    def choose(percent: int) -> None:
        settings.size = percent
        tell(f"Everything is drawn at {percent} %, as it is now." if percent == now else later(percent))

    submenu = menus.add_choice(menu, "Size", {size: f"{size} %" for size in SIZES}, now, choose)

    def look_for_room() -> None:
        room = window.screen().availableGeometry().size()
        for size, action in zip(SIZES, submenu.actions(), strict=True):
            action.setEnabled(size <= now or fits(size, now, room))
            action.setToolTip("" if action.isEnabled() else "This screen has no room for the window at that size.")

    submenu.setToolTipsVisible(True)
    submenu.aboutToShow.connect(look_for_room)
    if now > 100 and not fits(now, now, window.screen().availableGeometry().size()):  # it was chosen on another screen
        tell(f"This screen is small for {now} %: View > Size has less.")


def later(percent: int) -> str:
    """What is said when another size was chosen."""
    return f"From the next start on everything is drawn at {percent} %: close the window and open it again."
