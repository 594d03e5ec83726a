"""The lessons: a short text, a formula that tells its numbers, and a question that is answered by doing."""

from __future__ import annotations

import html
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QKeySequence, QMouseEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.amounts import MINUS
from app.exporting_views import PICTURES, TABLES, save_and_tell, save_picture, save_table
from app.keys import called_here
from app.lesson_facts import written
from app.lessons import Lesson
from app.panels.describing import describe
from app.panels.export_button import ExportButton
from app.panels.lessons.formula import FormulaRow
from app.panels.quiet import QuietComboBox
from app.panels.titled import Titled, fill
from app.phase import Phase

SET_UP_TIP = "Opens the run and the view that the lesson is about"
TRAIN_TIP = called_here("Train with the settings that Set up fills in (Ctrl+Return)")
CLOSE_TIP = called_here("Back to the training (Ctrl+L)")
CHECK_TIP = "Holds what you did against the question"
POINT_AT_A_TERM = "Point at a term to see what it is now, and the line that computes it."


class LessonPanel(QWidget):
    """Shows one lesson of many; wishes out as signals, `show_*` in."""

    opened = Signal(object)
    """Lesson: another one is read now"""
    set_up_requested = Signal(object)
    """Lesson whose window is wanted"""
    check_requested = Signal(object)
    """Lesson whose question is to be checked"""
    watched = Signal(bool)
    """whether a lesson is on the screen"""
    train_requested = Signal()
    stop_requested = Signal()
    close_requested = Signal()
    exported = Signal(str)
    """where a file was written, in one sentence"""
    failed = Signal(str)
    """why a file was not written, in one sentence"""

    def __init__(self) -> None:
        super().__init__()
        describe(self, "Lessons", object_name="lessonPanel")
        self._lessons: list[Lesson] = []
        self._done: set[str] = set()
        self._facts: Mapping[str, Any] = {}
        self._pointed = -1
        self._in_sight: QWidget | None = None  # the question or the answer, until another thing is looked at
        self._phase = Phase.IDLE
        self.picker = describe(QuietComboBox(), "Lesson", "Choose a lesson", "lessonPicker")
        self.text = describe(_words(), "Text of the lesson", object_name="lessonText")
        self.formula = FormulaRow()
        self.value = describe(_words("small"), "What the term is now", object_name="lessonValue")
        self.question = describe(_words(), "Question", object_name="lessonQuestion")
        self.result = describe(_words(), "Answer", object_name="lessonResult")
        self.set_up = describe(QPushButton("Set up"), "Set up the window", SET_UP_TIP, "lessonSetUp")
        self.check = describe(QPushButton("Check"), "Check the answer", CHECK_TIP, "lessonCheck")
        self.train = describe(_TrainOrStop("Train"), "Train for the lesson", TRAIN_TIP, "lessonTrain")
        self.train.setShortcut(QKeySequence("Ctrl+Return"))  # the form's own button is hidden meanwhile
        self.before = _arrow("‹", "The lesson before", "lessonBefore")
        self.after = _arrow("›", "The next lesson", "lessonAfter")
        self.close_button = describe(QToolButton(), "Close the lessons", CLOSE_TIP, "lessonClose")
        theme.set_role(self.check, "primary")
        self.export = ExportButton("lessonExport")
        self.export.offer("Save picture (PNG, SVG)…", "lesson.png", PICTURES, self.save_page_to)
        self.export.offer("Save terms of the formula (CSV)…", "lesson.csv", TABLES, self.save_terms_to)
        self._lay_out()
        self._connect()

    # in ----------------------------------------------------------------------------------------------------------

    def show_lessons(self, lessons: Sequence[Lesson], done: Collection[str]) -> None:
        """All lessons in their order, and the names of those that were answered; the first open one is shown."""
        self._lessons, self._done = list(lessons), set(done)
        self.picker.clear()
        for number, lesson in enumerate(self._lessons, start=1):
            self.picker.addItem(f"{number}  {lesson.title}")
        self._mark_done()
        open_ones = [index for index, lesson in enumerate(self._lessons) if lesson.name not in self._done]
        self.show_lesson(open_ones[0] if open_ones else 0)

    def show_lesson(self, index: int) -> None:
        """Read a lesson by its place in the list; the window stays as it is until it is asked for."""
        lesson = self._lessons[index]
        self.picker.setCurrentIndex(index)
        self.before.setEnabled(index > 0)
        self.after.setEnabled(index + 1 < len(self._lessons))
        self.text.setText(lesson.text)
        self._pointed, self._in_sight = -1, None
        self.formula.show_terms([(term.tex, term.says) for term in lesson.formula])
        for before, term in pairwise([self._scroll, *self.formula.terms]):
            QWidget.setTabOrder(before, term)  # new ones would come last
        self.formula.setVisible(bool(lesson.formula))
        self.value.setVisible(bool(lesson.formula))
        self._show_value()
        self.question.setText(f"**Try it.** {lesson.question}")
        self.train.setVisible(lesson.trains)
        self.result.hide()
        self._scroll.verticalScrollBar().setValue(0)
        self.opened.emit(lesson)

    def show_facts(self, facts: Mapping[str, Any]) -> None:
        """The window's facts by name, for the term that is pointed at."""
        self._facts = facts
        self._show_value()

    def show_phase(self, phase: Phase) -> None:
        """Mirror what the training is doing; where it begins, the question is in sight, and where it ends, no hint."""
        if phase is Phase.STARTING:
            self._in_sight = self.question
            self._bring_into_sight()
        over = phase is Phase.IDLE and self._phase is not Phase.IDLE
        if over and self.result.property("kind") == "hint":
            self.forget_check()
        self._phase = phase
        self.train.setText("Train" if phase is Phase.IDLE else "Stop")
        self.train.setEnabled(phase is not Phase.STOPPING)
        self.train.setShortcut(QKeySequence("Ctrl+Return"))  # new words take it away

    def show_checked(self, right: bool, words: str) -> None:
        """What the check has come to."""
        theme.set_property(self.result, "kind", "good" if right else "hint")
        mark, role = ("✓", theme.colours().good) if right else ("→", theme.colours().warning)
        self.result.setText(f"<b style='color:{role}'>{mark}</b>&nbsp; {html.escape(words)}")
        self.result.show()
        if right:
            self._done.add(self.lesson().name)
            self._mark_done()
        self._in_sight = self.result
        self._bring_into_sight()

    def forget_check(self) -> None:
        """What the check came to was of a window that is not so any more."""
        self._in_sight = None
        self.result.hide()

    def lesson(self) -> Lesson:
        """The lesson that is read."""
        return self._lessons[self.picker.currentIndex()]

    def done(self) -> set[str]:
        """Names of the lessons that were answered."""
        return set(self._done)

    # Qt's events -------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.watched.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        self.watched.emit(False)
        super().hideEvent(event)

    # files -------------------------------------------------------------------------------------------------------

    def save_page_to(self, path: Path) -> None:
        """Write the whole page, scrolled or not, under the lesson's title as PNG or SVG."""
        save_and_tell(self, path, lambda: save_picture(self._page, path, title=self.lesson().title))

    def save_terms_to(self, path: Path) -> None:
        """Write the formula's terms as CSV: what each says, what it is now, and the lines that compute it."""
        terms = self.lesson().formula
        now = [written(term.fact, self._facts).replace(MINUS, "-") if term.fact else "" for term in terms]
        rows = [(term.tex, term.says, value, term.code, term.torch) for term, value in zip(terms, now, strict=True)]
        save_and_tell(self, path, lambda: save_table(("term", "says", "now", "code", "pytorch"), rows, path))

    # inside ------------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        card = Titled("Lessons", self)
        for button in (self.before, self.after, self.export, self.close_button):
            card.tools.addWidget(button)
        self.close_button.setIcon(theme.icon("close"))
        self._page = page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, theme.GAP, 0)
        column.setSpacing(theme.GAP + 4)
        column.addWidget(self.text)
        column.addWidget(self.formula)
        column.addWidget(self.value)
        column.addWidget(self.question)
        column.addWidget(self.result)
        column.addStretch(1)
        self._scroll = describe(QScrollArea(), "Page of the lesson", object_name="lessonScroll")
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._scroll.setWidget(page)
        row = QHBoxLayout()
        row.setSpacing(theme.GAP)
        row.addWidget(self.set_up, 1)
        row.addWidget(self.train, 1)
        row.addWidget(self.check, 1)
        card.body.addWidget(self.picker)
        card.body.addWidget(self._scroll, 1)
        card.body.addLayout(row)
        fill(self, card)
        self.setMinimumWidth(272)

    def _connect(self) -> None:
        self.picker.activated.connect(self.show_lesson)
        self.before.clicked.connect(lambda: self.show_lesson(self.picker.currentIndex() - 1))
        self.after.clicked.connect(lambda: self.show_lesson(self.picker.currentIndex() + 1))
        self.close_button.clicked.connect(self.close_requested)
        self.set_up.clicked.connect(lambda: self.set_up_requested.emit(self.lesson()))
        self.check.clicked.connect(lambda: self.check_requested.emit(self.lesson()))
        self.train.clicked.connect(self._train_or_stop)
        self.formula.pointed.connect(self._point)
        self._scroll.verticalScrollBar().rangeChanged.connect(self._bring_into_sight)

    def _train_or_stop(self) -> None:
        if self._phase is Phase.IDLE:
            self.train_requested.emit()
        else:
            self.stop_requested.emit()

    def _point(self, index: int) -> None:
        self._pointed, self._in_sight = index, None
        self._show_value()

    def _show_value(self) -> None:
        if not self._lessons or self._pointed < 0:
            self.value.setText(POINT_AT_A_TERM)
            return
        term = self.lesson().formula[self._pointed]
        lines = [html.escape(term.says[:1].upper() + term.says[1:]) + "."]
        if term.fact:
            lines.append(f"Now: <b>{html.escape(written(term.fact, self._facts))}</b>")
        if term.torch:
            lines.append(f"In PyTorch: {_shown(term.torch)}")
        if term.code:
            lines.append(("In this program: " if term.torch else "") + _shown(term.code))
        self.value.setText("<br>".join(lines))

    def _bring_into_sight(self) -> None:
        """Scroll to the question or the answer, and again when the column has given it the height that it needs."""
        if self._in_sight is None:
            return
        self._scroll.ensureWidgetVisible(self._in_sight, 0, theme.GAP)
        if self._in_sight.height() > self._scroll.viewport().height():  # its middle would be seen
            self._scroll.verticalScrollBar().setValue(self._in_sight.y())

    def _mark_done(self) -> None:
        for index, lesson in enumerate(self._lessons):
            done = lesson.name in self._done
            self.picker.setItemText(index, f"{index + 1}  {lesson.title}{'  ✓' if done else ''}")


class _TrainOrStop(QPushButton):
    """One button for either: the second click of two is none, for it would take the first one back."""

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()


def _shown(code: str) -> str:
    """Code as rich text that may go on in the next line after a dot, a bracket or an underscore."""
    breakable = "".join(f"{each}\u200b" if each in "._([," else each for each in code)
    return f"<code>{html.escape(breakable)}</code>"


def _words(role: str = "") -> QLabel:
    label = QLabel(wordWrap=True)
    label.setTextFormat(Qt.TextFormat.MarkdownText if not role else Qt.TextFormat.RichText)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if role:
        theme.set_role(label, role)
    return label


def _arrow(words: str, name: str, object_name: str) -> QToolButton:
    button = describe(QToolButton(), name, name, object_name)
    button.setText(words)
    return button
