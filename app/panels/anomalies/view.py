"""The anomalies view: how well a network's error tells what it was not trained on, over all thresholds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent

from app.exporting_views import PICTURES, TABLES
from app.panels.anomalies import words
from app.panels.anomalies.layout import AnomalyLayout
from app.panels.describing import describe
from app.panels.image_view import ImageView
from app.panels.titled import Titled, fill
from app.seen.suspicion import SCORES, Mark, Pictured, Scored, Shrunken, Wanted
from models.roc import Roc, best_threshold, flagged, roc

ROOMY = 620  # pixels of height above which pictures are larger
NARROW = 460  # pixels of width below which the charts stand below each other


class Anomalies(ImageView):
    """Histogram, threshold, ROC curve and pictures; owns the score looked at and the threshold."""

    odd_chosen = Signal(int)
    """the class that is to count as odd"""
    pictures_wanted = Signal(object)
    """Wanted"""
    training_wanted = Signal()
    """a training without the odd class"""
    run_wanted = Signal()
    """the shipped run that went without a digit"""

    def __init__(self) -> None:
        super().__init__()
        describe(self, "Anomalies: what the network finds odd", "", "anomalies")
        self.kind = "ink"
        self.threshold = 0.0
        self._set_by_hand = False
        self._shown: Scored | None = None
        self._curves: dict[str, Roc] = {}
        self._marks: list[Mark] = []
        self._wanted = Wanted()
        frame = Titled("Anomalies", self)
        self.parts = AnomalyLayout(frame)
        fill(self, frame)
        self._connect()
        self.setFocusProxy(self.parts.histogram)

    def _connect(self) -> None:
        parts = self.parts
        parts.histogram.threshold_moved.connect(self.set_threshold)
        parts.histogram.bar_picked.connect(self._want_bar)
        parts.roc.threshold_moved.connect(self.set_threshold)
        parts.roc.key_pressed.connect(self._key_on_roc)
        parts.best.clicked.connect(self._take_best)
        parts.odd.activated.connect(self.odd_chosen)
        parts.suspects.picked.connect(self.picked)
        parts.open_run.clicked.connect(self.run_wanted)
        for kind, button in parts.kinds.items():
            button.clicked.connect(lambda _=False, kind=kind: self.choose_score(kind))
        for order, button in parts.orders.items():
            button.clicked.connect(lambda _=False, order=order: self._want(Wanted(self.kind, order)))
        for need in (parts.empty, parts.originals, parts.small_words):
            need.wanted.connect(self.dataset_wanted)
        parts.train.clicked.connect(self.training_wanted)
        parts.export.offer("Save picture (PNG, SVG)…", "anomalies.png", PICTURES, self.save_picture_to)
        parts.export.offer("Save scores (CSV)…", "scores.csv", TABLES, self.save_scores_to)
        parts.export.offer("Save ROC curves (CSV)…", "roc.csv", TABLES, self.save_roc_to)

    # in

    def show_classes(self, names: Sequence[str], odd: int) -> None:
        """Name the classes of which one counts as odd."""
        self.parts.show_classes(names, odd)

    def show_scores(self, shown: Scored) -> None:
        """Show scores. The threshold stays where it was put by hand, while the same classes are compared."""
        before = self._shown
        if before is None or before.odd != shown.odd or before.left_out != shown.left_out:
            self._set_by_hand = False
        self._shown = shown
        self._curves = {kind: roc(*shown.kept_and_odd(kind)) for kind in SCORES}
        self.parts.open_run.setVisible(shown.left_out < 0)
        self.parts.show_filled(True)
        self._show_kind()

    def show_marks(self, marks: list[Mark]) -> None:
        """Mark the sketch and the never-seen examples."""
        self._marks = marks
        self._show_marks()

    def show_pictures(self, shown: Pictured) -> None:
        """Show the wanted images."""
        if shown.wanted != self._wanted:
            return
        parts = self.parts
        parts.suspects.show_pictures(shown)
        parts.which.setText(words.pictures_in_words(shown))
        parts.show_originals_missing(*shown.missing)

    def show_pinned(self, index: int) -> None:
        """Mark the held-out image whose code is pinned, where it is shown."""
        self.parts.suspects.show_pinned(index)

    def show_shrunken(self, shown: Shrunken) -> None:
        """Show what shrinking does to both scores."""
        self.parts.small_words.show_need(words.shrunken_in_words(shown))
        self.parts.small.show_shrunken(shown)
        self.parts.show_small(True)

    def show_no_shrunken(self, sentence: str, dataset: str) -> None:
        """Say why there are no shrunken digits, and offer their dataset."""
        self.parts.small_words.show_need(sentence, dataset)
        self.parts.show_small(False)

    def show_missing(self, sentence: str, dataset: str) -> None:
        """Say why there is nothing to see, and offer the dataset, if that would help."""
        self._shown = None
        self.parts.empty.show_need(sentence, dataset)
        self.parts.show_filled(False)

    # what a person does

    def choose_score(self, kind: str) -> None:
        """Look at the score per ink ("ink") or at the "plain" error; the threshold goes to its best place."""
        self.parts.kinds[kind].setChecked(True)
        if kind != self.kind:
            self.kind, self._set_by_hand = kind, False
            self._show_kind()
            order = "most" if self._wanted.order == "bar" else self._wanted.order
            self._want(Wanted(kind, order))

    def set_threshold(self, threshold: float) -> None:
        """Flag what scores at or above this."""
        self._set_by_hand = True
        self._show_threshold(threshold)

    def _take_best(self) -> None:
        self._set_by_hand = False
        self._show_kind()

    def _want_bar(self, low: float, high: float) -> None:
        self._want(Wanted(self.kind, "bar", low, high))

    def _want(self, wanted: Wanted) -> None:
        self._wanted = wanted
        histogram = self.parts.histogram
        bar = wanted.order == "bar"
        histogram.show_bar((histogram.low if math.isinf(wanted.low) else wanted.low) if bar else math.nan)
        self.parts.show_order(wanted.order)
        self.pictures_wanted.emit(wanted)

    def _key_on_roc(self, event: QKeyEvent) -> None:
        event.accept()
        self.parts.histogram.keyPressEvent(event)

    # out

    def save_picture_to(self, path: Path) -> None:
        """Write what is shown as PNG or SVG."""
        self.parts.histogram.point_away()
        self.parts.suspects.point_at(-1)
        self._save_picture(self.parts.sheet, path)

    def save_scores_to(self, path: Path) -> None:
        """Write one row an image as CSV: class, odd or not, both scores."""
        if self._shown is not None:
            self._save_rows(words.SCORES_HEADER, words.score_rows(self._shown), path)

    def save_roc_to(self, path: Path) -> None:
        """Write both scores' curves as CSV, a row a threshold."""
        self._save_rows(words.ROC_HEADER, words.roc_rows(self._curves), path)

    # inside

    def _show_kind(self) -> None:
        shown = self._shown
        if shown is None:
            return
        parts = self.parts
        parts.about.say(words.explained(shown, self._curves[self.kind].area))
        other = next(kind for kind in SCORES if kind != self.kind)
        areas = (
            f"area {self._curves[self.kind].area:.3f}",
            f"{words.NAMES[other].lower()}: {self._curves[other].area:.3f}",
        )
        parts.roc.show_curves(self._curves[self.kind], self._curves[other], areas)
        kept, odd = shown.kept_and_odd(self.kind)
        parts.histogram.show_scores(kept, odd, words.axis_title(self.kind, shown.unit), shown.odd_name)
        self._show_marks()
        self._show_threshold(self.threshold if self._set_by_hand else best_threshold(self._curves[self.kind]))

    def _show_marks(self) -> None:
        self.parts.histogram.show_marks([(mark, mark.scores[self.kind]) for mark in self._marks])
        self._show_verdicts()

    def _show_threshold(self, threshold: float) -> None:
        self.threshold = threshold
        shown, parts = self._shown, self.parts
        if shown is None:
            return
        parts.histogram.show_threshold(threshold)
        found = flagged(*shown.kept_and_odd(self.kind), threshold)
        parts.roc.show_point(found.false_alarm_share, found.hit_share)
        hits, alarms = words.hits_in_words(found, shown)
        for label, each, odd in ((parts.hits, hits, True), (parts.alarms, alarms, False)):
            label.setText(words.with_colour(each, odd))
            label.setAccessibleName(each)
        parts.where.setText(f"Threshold {words.number(threshold, zeros=True)}")
        parts.histogram.setAccessibleDescription(f"Threshold {words.number(threshold, zeros=True)}. {hits}. {alarms}.")
        parts.roc.setAccessibleDescription(f"Area {self._curves[self.kind].area:.3f}. {hits}. {alarms}.")
        self._show_verdicts()

    def _show_verdicts(self) -> None:
        self.parts.verdicts.setText(words.marks_in_words(self._marks, self.kind, self.threshold))
        self.parts.verdicts.setVisible(bool(self._marks))

    # Qt's names

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.parts.show_roomy(self.height() > ROOMY)
        self.parts.show_narrow(self.width() < NARROW)
