"""Tells in the message bar how what a view saves has gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.exporting_views import Teller
    from app.panels.message_bar import MessageBar


def tell_of(view: Teller, bar: MessageBar) -> None:
    """Show the sentences of a view: that a file is there, or why it is not."""
    view.exported.connect(lambda sentence: bar.show_message(sentence, "good"))
    view.failed.connect(lambda sentence: bar.show_message(sentence, "error"))
