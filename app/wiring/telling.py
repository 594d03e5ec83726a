"""Tells in the message bar how what a view saves has gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from app.panels.digit_image import DigitImage

if TYPE_CHECKING:
    from app.exporting_views import Teller
    from app.panels.message_bar import MessageBar


def tell_of(view: Teller, bar: MessageBar) -> None:
    """Show the sentences of a view and of each image in it: that a file is there, or why it is not."""
    _tell(view, bar)
    assert isinstance(view, QWidget)
    tell_of_images(view, bar)


def tell_of_images(panel: QWidget, bar: MessageBar) -> None:
    """The same of the images in a panel alone."""
    for image in panel.findChildren(DigitImage):
        _tell(image, bar)


def _tell(teller: Teller, bar: MessageBar) -> None:
    teller.exported.connect(lambda sentence: bar.show_message(sentence, "good"))
    teller.failed.connect(lambda sentence: bar.show_message(sentence, "error"))
