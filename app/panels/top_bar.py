"""The bar at the top: which run is looked at, which images are trained on, and what is being read or fetched."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QToolButton, QWidget

from app import theme
from app.keys import called_here
from app.panels.describing import describe, describe_shown
from app.panels.picker import Picker, ShortLabel
from app.plain_words import as_written

OPEN_RUN = "\0open run"
OPEN_FOLDER = "\0open folder"
NARROWEST_PROGRESS, WIDEST_PROGRESS = 24, 120
LESSONS_TIP = called_here("Short lessons, each with something to do (Ctrl+L)")
IN_TRAINING = "VAE 16-D, MNIST, 30 Nov 23.59, in training"
RUN, IMAGES = "Run", "Training images"
RUN_TIP = called_here("The trained network that the window looks at (Ctrl+O opens a file)")


class TopBar(QWidget):
    """Two pickers, and a quiet progress line between them and the help button."""

    run_chosen = Signal(object)
    """Path of a run"""
    run_file_wanted = Signal()
    dataset_chosen = Signal(str)
    """name of a known dataset"""
    folder_wanted = Signal()
    cancel_requested = Signal()
    lessons_requested = Signal()
    help_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._runs: Sequence[tuple[str, Path]] = ()
        self._run_title = ""
        self._run_path: Path | None = None
        self._dataset_name = ""
        self._images = ""  # which are being read, in words
        self._opening: list[str] = []  # the same of runs
        self.run_picker = describe(Picker(IN_TRAINING), RUN, RUN_TIP, "modelPicker")
        self.dataset_picker = describe(Picker(), IMAGES, "The images that Train learns from", "datasetPicker")
        self._loading = ShortLabel()
        theme.set_role(self._loading, "small")
        self._progress = QProgressBar()
        self._progress.setRange(0, 1000)
        self._progress.setTextVisible(False)
        self._progress.setMinimumWidth(NARROWEST_PROGRESS)
        self._progress.setMaximumWidth(WIDEST_PROGRESS)
        self._cancel = describe(QPushButton("Cancel"), "Cancel the download", "Stops the download")
        self._cancel.clicked.connect(self.cancel_requested)
        self.lessons = describe(QToolButton(), "Lessons", LESSONS_TIP, "lessons")
        self.lessons.setText("Lessons")
        self.lessons.clicked.connect(self.lessons_requested)
        self._help = describe(QToolButton(), "Help", "Keyboard and mouse (F1)")
        self._help.setText("?")
        self._help.clicked.connect(self.help_requested)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 6, 8, 6)
        row.setSpacing(8)
        for words, picker in (("Looking at", self.run_picker), ("Training on", self.dataset_picker)):
            label = QLabel(words)
            theme.set_role(label, "muted")
            row.addWidget(label)
            row.addWidget(picker)
            row.addSpacing(16)
        row.addWidget(self._loading)
        row.addWidget(self._progress)
        row.addWidget(self._cancel)
        row.addStretch(1)
        row.addWidget(self.lessons)
        row.addWidget(self._help)
        self.run_picker.activated.connect(self._run_activated)
        self.dataset_picker.activated.connect(self._dataset_activated)
        self.show_loading("")

    def minimumSizeHint(self) -> QSize:
        """As high as with the button to cancel, so that a download that begins does not move the window."""
        layout, hint = self.layout(), super().minimumSizeHint()
        margins = layout.contentsMargins() if layout is not None else self.contentsMargins()
        self._cancel.ensurePolished()
        height = self._cancel.sizeHint().height() + margins.top() + margins.bottom()
        return QSize(hint.width(), max(hint.height(), height))

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.minimumSizeHint().height())

    def show_runs(self, entries: Sequence[tuple[str, Path]]) -> None:
        """The runs that can be opened, by title; the shipped, the person's own, then from elsewhere."""
        self._runs = entries
        self.run_picker.when_closed(self._list_runs)

    def _list_runs(self) -> None:
        self.run_picker.clear()
        for title, path in self._runs:
            self.run_picker.addItem(title, path)
            tip = as_written(str(path))
            self.run_picker.setItemData(self.run_picker.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.run_picker.insertSeparator(self.run_picker.count())
        self.run_picker.addItem("Open a run file…", OPEN_RUN)
        self._show_run_title()

    def show_run(self, title: str, path: Path | None) -> None:
        """The run that is looked at; `title` is shown for one that is no file yet."""
        self._run_title, self._run_path = title, path
        self.run_picker.when_closed(self._show_run_title)

    def show_datasets(self, entries: Sequence[tuple[str, str]]) -> None:
        """(name, title with the number of images) of each known dataset."""
        self.dataset_picker.clear()
        for name, title in entries:
            self.dataset_picker.addItem(title, name)
        self.dataset_picker.insertSeparator(self.dataset_picker.count())
        self.dataset_picker.addItem("A folder of IDX files…", OPEN_FOLDER)
        self.show_dataset("", "Reading…", "")

    def show_about(self, name: str, sentence: str) -> None:
        """What a known dataset is, for whoever points at it."""
        self.dataset_picker.setItemData(self.dataset_picker.findData(name), sentence, Qt.ItemDataRole.ToolTipRole)

    def show_dataset(self, name: str, title: str, sentence: str) -> None:
        """The dataset in use; one that the list does not have (a folder) is shown by its title."""
        self._dataset_name = name
        self.dataset_picker.show_words(title)
        self.dataset_picker.setToolTip(as_written(sentence or title))
        self.dataset_picker.when_closed(self._show_dataset_name)

    def show_loading(self, words: str) -> None:
        """Which images are being read or fetched; empty when none are."""
        self._images = words
        self._show_what_is_read()
        self._progress.hide()
        self._cancel.hide()

    def show_opening(self, words: str, under_way: bool) -> None:
        """Which run is being read, or is no longer; of several the last one. Of images their picker tells meanwhile."""
        if under_way:
            self._opening.append(words)
        else:
            self._opening.remove(words)
        if self._progress.isHidden():
            self._show_what_is_read()

    def _show_what_is_read(self) -> None:
        words = next(reversed(self._opening), self._images)
        self._loading.show_text(words)
        self._loading.setVisible(bool(words))

    def show_download(self, share: float, words: str) -> None:
        """How far a download is, 0..1."""
        self._images = words
        self._loading.show_text(words, Qt.TextElideMode.ElideLeft)  # the figures that move stand at the end
        self._loading.show()
        self._progress.setValue(round(share * 1000))
        self._progress.show()
        self._cancel.show()

    def _show_run_title(self) -> None:
        picker = self.run_picker
        paths = [picker.itemData(index) for index in range(picker.count())]
        index = -1 if self._run_path is None or self._run_path not in paths else paths.index(self._run_path)
        title = self._run_title if index < 0 else picker.itemText(index)
        picker.show_words(title)
        picker.setToolTip(as_written(f"{title}\n{RUN_TIP}") if title else RUN_TIP)
        picker.setCurrentIndex(index)
        describe_shown(picker, RUN)

    def _run_activated(self, index: int) -> None:
        wanted = self.run_picker.itemData(index)
        self._show_run_title()  # what is open stays shown until the new run is open
        if wanted == OPEN_RUN:
            self.run_file_wanted.emit()
        elif wanted is not None:
            self.run_chosen.emit(wanted)

    def _show_dataset_name(self) -> None:
        self.dataset_picker.setCurrentIndex(self.dataset_picker.findData(self._dataset_name))
        describe_shown(self.dataset_picker, IMAGES)

    def _dataset_activated(self, index: int) -> None:
        wanted = self.dataset_picker.itemData(index)
        self._show_dataset_name()  # what is in use stays shown until other images are
        if wanted == OPEN_FOLDER:
            self.folder_wanted.emit()
        elif wanted is not None:
            self.dataset_chosen.emit(wanted)
