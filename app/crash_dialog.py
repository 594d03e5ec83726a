"""The one dialog for unexpected errors: plain words, a report to copy, and where the log file lies."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
)

from app import theme


class CrashDialog(QDialog):
    """Shows the report of one or more unexpected errors; not modal, so that the window can be used on."""

    def __init__(self, log_file: Path | None) -> None:
        super().__init__()
        self.setObjectName("crashDialog")
        self.setWindowTitle("Something went wrong")
        self.resize(80 * theme.GAP, 56 * theme.GAP)
        self.headline = QLabel()
        theme.set_role(self.headline, "strong")
        self.advice = QLabel(
            "The window stays open and your work is kept. If it happens again, send the report below to whoever looks "
            "after Latent Lab, with a word on what you were doing."
        )
        self.advice.setWordWrap(True)
        self.report = QPlainTextEdit()
        self.report.setReadOnly(True)
        self.report.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.report.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.report.setAccessibleName("Report of the error")
        self.place = QLabel(f"Log file: {log_file}" if log_file else "The log file could not be written.")
        self.place.setTextFormat(Qt.TextFormat.PlainText)
        self.place.setWordWrap(True)
        self.place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        theme.set_role(self.place, "muted")
        self.silence = QCheckBox("Do not show this again until the next start")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[2 * theme.GAP] * 4)
        layout.setSpacing(theme.GAP)
        for widget in (self.headline, self.advice, self.report, self.place, self.silence):
            layout.addWidget(widget)
        layout.addLayout(self._buttons(log_file))

    def show_report(self, report: str, times: int) -> None:
        """Show the report, and in the headline how many errors it stands for."""
        self.headline.setText(
            "Something unexpected happened." if times == 1 else f"Something unexpected happened {times} times."
        )
        self.silence.setVisible(times > 1)
        if report != self.report.toPlainText():
            self.report.setPlainText(report)

    def show_no_start(self) -> None:
        """Say that there is no window to go on with."""
        self.headline.setText("Latent Lab could not start.")
        self.advice.setText(
            "Starting it with --reset-layout or without --run and --data may help; if it does not, send the report "
            "below to whoever looks after Latent Lab."
        )

    def _buttons(self, log_file: Path | None) -> QHBoxLayout:
        self.copy_button = QPushButton("&Copy report")
        self.copy_button.setToolTip("Copies the report, to paste it into a message")
        self.copy_button.clicked.connect(self._copy)
        self.folder_button = QPushButton("&Open log folder")
        self.folder_button.setToolTip("Shows the folder that holds the log file")
        self.folder_button.setEnabled(log_file is not None)
        if log_file is not None:
            folder = QUrl.fromLocalFile(str(log_file.parent))
            self.folder_button.clicked.connect(lambda: QDesktopServices.openUrl(folder))
        self.close_button = QPushButton("Close")
        self.close_button.setToolTip("Closes this report")
        self.close_button.setDefault(True)
        self.close_button.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.addWidget(self.copy_button)
        row.addWidget(self.folder_button)
        row.addStretch(1)
        row.addWidget(self.close_button)
        return row

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.report.toPlainText())
        self.copy_button.setText("Copied")
