"""The widgets of the anomalies view, and where they stand."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.keys import called_here
from app.panels.about_run import AboutRun
from app.panels.anomalies.histogram import AnomalyHistogram
from app.panels.anomalies.pictures import ShrunkenRow, SuspectRow
from app.panels.anomalies.roc import AnomalyRoc
from app.panels.anomalies.words import NAMES, TIPS
from app.panels.describing import describe
from app.panels.export_button import ExportButton
from app.panels.needs import EmptyPage, Need
from app.panels.quiet import QuietComboBox
from app.panels.scrolled import scrolled
from app.panels.segments import Segments, write_segment
from app.panels.titled import Titled, tight

HISTOGRAM = called_here(
    "Scores of held-out images: the arrow keys move the threshold, Ctrl and arrow keys walk over the bars"
)
HISTOGRAM_TIP = "Drag the line: what scores at or above it is flagged. Click a bar to see its images."
ROC = "ROC curve: hits against false alarms over all thresholds; the arrow keys move the threshold"
ROC_TIP = (
    "Hits against false alarms over all thresholds; the point is the present one, and a click takes another.\n"
    "The area is the chance that an odd image scores above an ordinary one. Dashed: the other score."
)
ODD_TIP = "The class that counts as odd: the one left out of training, or any other, for looking."
BEST_TIP = (
    "Put the threshold where hits exceed false alarms the most, on these very images:\n"
    "on new ones it does a little worse, and it needed to know the odd ones."
)
OPEN_WORDS = "Open the run without 4s"
OPEN_TIP = "Look at the shipped VAE that was trained without any 4."
TRAIN_TIP = "Fill the training form so that the next network never sees the odd one; then press Train."
SMALL_TIP = (
    "For each image: as it is, small, and what the network makes of the small one.\n"
    "Little ink has little error, so that the plain one lets pass what no training image looks like."
)


class AnomalyLayout:
    """Makes and holds the parts; what they show and do is `Anomalies`' affair."""

    def __init__(self, frame: Titled) -> None:
        self._make_widgets()
        self.export = ExportButton("anomaliesExport")
        frame.tools.addWidget(self.export)
        frame.body.addLayout(self._tools())
        self.stack = QStackedWidget()
        self.empty = EmptyPage("No scores", "anomaliesEmpty")
        self.stack.addWidget(self.empty)
        self.stack.addWidget(self._filled())
        frame.body.addWidget(self.stack, 1)
        self.show_roomy(False)
        self.show_filled(False)

    # changing

    def show_classes(self, names: Sequence[str], odd: int) -> None:
        """Name the classes in the list, and choose one."""
        if [self.odd.itemText(i) for i in range(self.odd.count())] != list(names):
            self.odd.clear()
            self.odd.addItems(list(names))
        self.odd.setCurrentIndex(odd)

    def show_filled(self, filled: bool) -> None:
        """Charts and pictures, or the sentence that says why there are none."""
        self.stack.setCurrentIndex(int(filled))
        self.export.setEnabled(filled)

    def show_order(self, order: str) -> None:
        """Mark which images are shown; "bar" is none of the buttons."""
        self._orders.setExclusive(False)
        self.shrunk.setChecked(False)
        for each, button in self.orders.items():
            button.setChecked(each == order)
        self._orders.setExclusive(True)

    def show_roomy(self, roomy: bool) -> None:
        """With room, shrunken digits stand below the images; else a button shows one or the other."""
        self._roomy = roomy
        self.shrunk.setVisible(not roomy)
        for row in (self.suspects, self.small):
            row.show_large(roomy)
        if roomy and self.shrunk.isChecked():
            self.orders["most"].click()
        self._show_rows()

    def show_narrow(self, narrow: bool) -> None:
        """Without width charts and tools stand below each other, and buttons have shorter words."""
        down, across = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        for rows in (self._charts, self._tool_rows):
            rows.setDirection(down if narrow else across)
        for button, short in self._short.items():
            write_segment(button, short if narrow else button.accessibleName())

    def show_small(self, there: bool) -> None:
        """Shrunken digits, or only the sentence that stands for them."""
        self._has_small = there
        self._show_rows()

    def show_originals_missing(self, sentence: str, dataset: str) -> None:
        """Say what stands for the images; nothing for an empty sentence."""
        self.originals.show_need(sentence, dataset)
        self._show_rows()

    def _show_rows(self) -> None:
        small = self.shrunk.isChecked()
        for widget in (self.which, self.suspects):
            widget.setVisible(self._roomy or not small)
        self.originals.setVisible((self._roomy or not small) and bool(self.originals.note.text()))
        self.small_words.setVisible(self._roomy or small)
        self.small.setVisible(self._has_small and (self._roomy or small))

    # making

    def _make_widgets(self) -> None:
        self.histogram = describe(AnomalyHistogram(), HISTOGRAM, HISTOGRAM_TIP, "anomalyHistogram")
        self.roc = describe(AnomalyRoc(), ROC, ROC_TIP, "anomalyRoc")
        self.odd = describe(QuietComboBox(), "Class that counts as odd", ODD_TIP, "oddClass")
        self.odd.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.best = describe(QPushButton("Best"), "Best threshold", BEST_TIP, "bestThreshold")
        self.open_run = describe(QPushButton(OPEN_WORDS), OPEN_WORDS, OPEN_TIP, "openLeftOut")
        self.suspects = describe(
            SuspectRow(), "Held-out images by score: arrow keys walk, Enter pins the code", "", "suspects"
        )
        self.small = describe(ShrunkenRow(), "Shrunken held-out images", SMALL_TIP, "shrunkenDigits")
        self.train = describe(QPushButton("Train without it"), "Train without the odd one", TRAIN_TIP, "trainWithout")
        self.about = AboutRun("anomalyNote", self.open_run)
        self.hits, self.alarms = _label("anomalyHits"), _label("anomalyFalseAlarms")
        self.where = _label("anomalyThreshold", "strong")
        self.where.setWordWrap(False)
        self.verdicts = _label("anomalyVerdicts", "small")
        self.which = _label("suspectsNote", "small")
        self.originals = Need("What stands for the images", "suspectsNeed", "small")
        self.small_words = Need("Shrunken images in words", "shrunken", "small")
        self.kinds = {
            kind: describe(QPushButton(name), name, TIPS[kind], f"{kind}Score") for kind, name in NAMES.items()
        }
        titles = {"most": "Most suspicious", "least": "Least suspicious"}
        self.orders = {
            order: describe(
                QPushButton(name), name, f"The held-out images with the {which} scores", f"{order}Suspicious"
            )
            for (order, name), which in zip(titles.items(), ("highest", "lowest"), strict=True)
        }
        self.shrunk = describe(QPushButton("Shrunken"), "Shrunken", SMALL_TIP, "showShrunken")
        self._roomy = self._has_small = False
        buttons = [*self.kinds.values(), *self.orders.values(), self.shrunk]
        self._short = dict(zip(buttons, ("Ink", "Plain", "Most", "Least", "Small"), strict=True))

    def _tools(self) -> QBoxLayout:
        self._tool_rows = rows = QHBoxLayout()
        rows.setSpacing(theme.GAP)
        rows.addWidget(_segments(list(self.kinds.values())))
        rows.addStretch(1)
        name = QLabel("Odd one")
        theme.set_role(name, "muted")
        which = QHBoxLayout()
        which.setSpacing(theme.GAP)
        for each in (name, self.odd, self.train):
            which.addWidget(each)
        rows.addLayout(which)
        return rows

    def _filled(self) -> QWidget:
        self.sheet = describe(QWidget(), "Anomalies")
        column = tight(QVBoxLayout(self.sheet), theme.GAP // 2)
        self._charts = charts = QHBoxLayout()
        charts.setSpacing(theme.GAP)
        charts.addWidget(self.histogram, 3)
        charts.addWidget(self.roc, 2)
        column.addWidget(self.about)
        column.addLayout(charts, 1)
        counts = QVBoxLayout()
        counts.setSpacing(0)
        counts.addWidget(self.hits)
        counts.addWidget(self.alarms)
        numbers = _row(self.where)
        numbers.insertWidget(1, self.best)
        numbers.insertLayout(2, counts, 1)
        numbers.setStretch(0, 0)
        column.addLayout(numbers)
        column.addWidget(self.verdicts)
        segments = _segments([*self.orders.values(), self.shrunk])
        self._orders = segments.group
        self._orders.buttonToggled.connect(self._show_rows)
        pictures = _row(self.which)
        pictures.insertWidget(0, segments)
        pictures.addStretch()  # where there are no words behind the buttons
        column.addLayout(pictures)
        column.addWidget(self.suspects)
        column.addWidget(self.originals)
        column.addWidget(self.small_words)
        column.addWidget(self.small)
        return scrolled(self.sheet)


def _label(name: str, role: str = "") -> QLabel:
    label = describe(QLabel(), "", "", name)
    label.setWordWrap(True)
    if role:
        theme.set_role(label, role)
    return label


def _row(words: QWidget, *others: QWidget) -> QHBoxLayout:
    """Words that take the room, and what stands behind them."""
    row = tight(QHBoxLayout(), theme.GAP)
    row.addWidget(words, 1)
    for each in others:
        row.addWidget(each, 0, Qt.AlignmentFlag.AlignVCenter)
    return row


def _segments(buttons: list[QPushButton]) -> Segments:
    """They keep room for the bold one, and take no more."""
    for button in buttons:
        write_segment(button, button.text())
    segments = Segments(buttons)
    segments.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
    return segments
