"""The images a training uses: reading them, fetching them, and saying plainly what they are."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from app.background import Background
from models.datasets import (
    KNOWN,
    Dataset,
    DatasetError,
    DownloadCancelled,
    download,
    is_downloaded,
    resolve,
)


class DataDesk(QObject):
    """Owns the dataset in use. A request that fails leaves the present dataset where it is."""

    dataset_changed = Signal(object)
    """Dataset"""
    loading_changed = Signal(str)
    """what is being read or fetched, in words; empty when nothing is"""
    download_progressed = Signal(float, str)
    """share done 0..1, words"""
    message = Signal(str, str)

    def __init__(self, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.dataset: Dataset | None = None
        self._background = background
        self._background.progressed.connect(self.download_progressed)
        self._downloading = False

    def choose(self, wanted: str, quiet: bool = False, otherwise: Callable[[], None] | None = None) -> None:
        """Use a dataset by name, or a folder of IDX files. A known one that is not here is fetched first."""
        if wanted in KNOWN and wanted != "digits" and not is_downloaded(wanted):
            self._fetch(wanted)
            return
        self.loading_changed.emit(f"Reading {KNOWN[wanted].title if wanted in KNOWN else wanted}…")

        def failed(sentence: str) -> None:
            self._settle(sentence, "error")
            if otherwise is not None:
                otherwise()

        self._background.submit(
            lambda progress, cancelled: resolve(wanted), lambda data: self._use(data, quiet), failed, (DatasetError,)
        )

    def choose_first(self, asked: str | None, last: str) -> None:
        """The images to begin with: those asked for, else the last ones, else MNIST if here, else the built-in."""
        others = [last, "mnist" if is_downloaded("mnist") else "", "digits"]
        names = [asked or "", *(name for name in others if name)]
        names = [name for name in names if name and (name not in KNOWN or name == "digits" or is_downloaded(name))]
        if asked and asked not in names:
            self.message.emit(f"{KNOWN[asked].title} is not on this computer yet: choose it above to fetch it.", "info")
        self._choose_in_turn(names)

    def _choose_in_turn(self, names: list[str]) -> None:
        if names:
            self.choose(names[0], quiet=True, otherwise=lambda: self._choose_in_turn(names[1:]))

    def cancel_download(self) -> None:
        """Give up the running download; nothing of it stays."""
        if self._downloading:
            self._background.cancel()

    def _fetch(self, name: str) -> None:
        if self._downloading:
            self.message.emit("A download is already running.", "info")
            return
        self._downloading = True
        self.loading_changed.emit(f"Downloading {KNOWN[name].title}…")

        def failed(sentence: str) -> None:
            self._downloading = False
            self._settle(sentence, "error")

        self._background.submit(
            lambda progress, cancelled: download(name, progress, cancelled),
            lambda data: self._use(data, quiet=False),
            failed,
            (DatasetError, DownloadCancelled),
        )

    def _use(self, dataset: Dataset, quiet: bool) -> None:
        self._downloading = False
        self.dataset = dataset
        words = (
            f"{dataset.title}: {len(dataset.train_images):,} images to train on and "
            f"{len(dataset.test_images):,} held out."
        )
        self._settle("" if quiet else words, "good")

    def _settle(self, sentence: str, kind: str) -> None:
        self.loading_changed.emit("")
        if sentence:
            self.message.emit(sentence, kind)
        self.dataset_shown_again()

    def dataset_shown_again(self) -> None:
        """Tell once more what is in use, so that a picker that was moved in vain goes back."""
        if self.dataset is not None:
            self.dataset_changed.emit(self.dataset)
