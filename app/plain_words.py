"""Words with names in them that a person has given: of files, folders and runs. Qt takes some of them for markup."""

from __future__ import annotations

import html

from PySide6.QtGui import Qt


def as_written(text: str) -> str:
    """A text for a tool tip or a message box, which know no format: shown as it is written, line by line.

    Only what Qt would read as markup is made into some, so that all other texts stay as they are.
    """
    if not Qt.mightBeRichText(text):
        return text
    return f"<p style='white-space:pre'>{html.escape(text)}</p>"
