"""The images a training uses: reading them, fetching them, and saying plainly what they are."""

from __future__ import annotations

import os

from PySide6.QtCore import QObject, Signal

from app.amounts import counted
from app.background import Background, cancelled
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
    opening = Signal()
    """a person wants other images: what was said of the attempt before is past"""
    message = Signal(str, str)
    fetched = Signal(str, str)
    """a sentence, and the name of a dataset that has come while others were chosen"""

    def __init__(self, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.dataset: Dataset | None = None
        self._background = background
        self._downloads = Background(self)  # of their own: minutes of download hold nothing else up
        self._downloads.progressed.connect(self._note_progress)
        self._reading: list[str] = []  # what is being read, in words, one after the other
        self._fetching = ""  # what is being fetched, in words
        self._progress: tuple[float, str] | None = None  # and how far that is
        self._wish: object = None  # the person's last one: a download that another one followed does not take its place
        self._fulfilled: object = None  # the last one whose images have come
        self._download: tuple[str, object] | None = None  # what is being fetched, and the wish it fulfils
        self._last_reading: object = None
        self._first: list[str] = []  # what else can be begun with
        self._places: dict[str, str] = {}  # of known datasets that were found in a folder

    @property
    def is_reading(self) -> bool:
        """Whether images are being read."""
        return bool(self._reading)

    def choose(self, wanted: str, quiet: bool = False) -> None:
        """Use a dataset by name, or a folder of IDX files. A known one that is not here is fetched first."""
        if not quiet:
            self.opening.emit()
        place = self._place(wanted)
        if place in KNOWN and not is_downloaded(place):
            self._fetch(place)
            return
        self._reading.append(f"Reading {KNOWN[wanted].title if wanted in KNOWN else wanted}…")
        self._tell_under_way()
        wish, before = object(), self._wish
        self._last_reading = wish
        if not quiet:
            self._wish = wish

        def done(data: Dataset) -> None:
            del self._reading[0]
            if self._wish is self._fulfilled is not None:
                self._settle("", "good")  # others were wanted after these, and are here already
            else:
                self._fulfilled = wish
                self._use(data, quiet)

        def failed(sentence: str) -> None:
            del self._reading[0]
            if self._wish is wish:
                self._wish = before
            self._settle(sentence, "error")
            if self._last_reading is wish and self.dataset is None:  # else others come, or have come
                self._choose_in_turn()

        self._background.submit(lambda: resolve(place), done, failed, (DatasetError,))

    def get(self, title: str) -> None:
        """Fetch the images of that title, or say where they are; not while others are being read, which may be they."""
        name = next((info.name for info in KNOWN.values() if info.title == title), "")
        if self.is_reading:
            self.message.emit("Images are being read just now; the originals may be among them.", "info")
        elif name:
            self.choose(name)
        else:
            self.message.emit(f"The originals are in {title}, a folder of yours: open it from the File menu.", "info")

    def choose_first(self, asked: str | None, last: str) -> None:
        """The images to begin with: those asked for, else the last ones, else MNIST if here, else the built-in."""
        others = [last, "mnist" if is_downloaded("mnist") else "", "digits"]
        names = [asked or "", *(name for name in others if name)]
        names = [name for name in names if name and (name not in KNOWN or name == "digits" or is_downloaded(name))]
        if asked and asked not in names:
            self.message.emit(f"{KNOWN[asked].title} is not on this computer yet: choose it above to fetch it.", "info")
        self._first = names
        self._choose_in_turn()

    def _choose_in_turn(self) -> None:
        if self._first:
            self.choose(self._first.pop(0), quiet=True)

    def about(self, name: str) -> str:
        """What a known dataset is, and whether it would have to be fetched."""
        info = KNOWN[name]
        if not info.folder:
            return info.sentence
        here = self._place(name) != name or is_downloaded(name)
        size = f"A download of {info.download_bytes / 1e6:.0f} MB."
        return f"{info.sentence} {'It is on this computer.' if here else size}"

    def _place(self, name: str) -> str:
        """The folder that a known dataset was found in, if that is still there; else the name itself."""
        place = self._places.get(name, name)
        return place if os.path.isdir(place) else name

    def cancel_download(self) -> None:
        """Give up the running download; nothing of it stays."""
        self._downloads.cancel()

    def close(self) -> None:
        """End a running download; nothing of it stays."""
        self._downloads.close()

    def _fetch(self, name: str) -> None:
        title = KNOWN[name].title
        if self._downloads.busy:
            self._wait_for(name)
            return
        wish = self._wish = object()
        self._download = name, wish
        self._fetching = f"Downloading {title}…"
        self._tell_under_way()
        progress = self._downloads.progressed

        def work() -> Dataset | DownloadCancelled:
            try:
                return download(name, lambda share, words: progress.emit(share, f"{title}: {words}"), cancelled)
            except DownloadCancelled as cancellation:  # as a person wished: no failure
                return cancellation

        def over() -> None:
            self._fetching, self._progress = "", None

        def failed(sentence: str) -> None:
            over()
            self._settle(sentence, "error")

        def done(outcome: Dataset | DownloadCancelled) -> None:
            over()
            if isinstance(outcome, Dataset) and self._wish is wish:
                self._fulfilled = wish
                self._use(outcome, quiet=False)
            elif isinstance(outcome, Dataset):
                self._settle("", "good")
                self.fetched.emit(f"{title} is here: {_counts(outcome)}", name)
            else:
                self._settle(str(outcome), "info")

        self._downloads.submit(work, done, failed, (DatasetError,))

    def _wait_for(self, name: str) -> None:
        """A download is running: that of these images, which are then wanted again, or of others."""
        if self._download is not None and self._download[0] == name:
            self._wish = self._download[1]
            self.message.emit(
                f"{KNOWN[name].title} is being downloaded; it will be used as soon as it is here.", "info"
            )
        else:
            self.message.emit("A download is already running.", "info")

    def _use(self, dataset: Dataset, quiet: bool) -> None:
        self.dataset = dataset
        if dataset.name in KNOWN and not is_downloaded(dataset.name):
            self._places[dataset.name] = dataset.source
        self._settle("" if quiet else f"{dataset.title}: {_counts(dataset)}", "good")

    def _settle(self, sentence: str, kind: str) -> None:
        self._tell_under_way()
        if sentence:
            self.message.emit(sentence, kind)
        self.dataset_shown_again()

    def _tell_under_way(self) -> None:
        """What is being read, else what is being fetched and how far that is."""
        self.loading_changed.emit(self._reading[-1] if self._reading else self._fetching)
        if self._progress is not None and not self._reading:
            self.download_progressed.emit(*self._progress)

    def _note_progress(self, share: float, words: str) -> None:
        self._progress = share, words
        self.download_progressed.emit(share, words)

    def dataset_shown_again(self) -> None:
        """Tell once more what is in use, so that a picker that was moved in vain goes back."""
        if self.dataset is not None:
            self.dataset_changed.emit(self.dataset)


def _counts(dataset: Dataset) -> str:
    return f"{counted(len(dataset.train_images), 'image')} to train on and {len(dataset.test_images):,} held out."
