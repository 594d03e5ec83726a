"""Lets lessons take the place of the training form, and connects them: the main window's fourth sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout

from app.phase import Phase
from app.wiring.telling import tell_of

if TYPE_CHECKING:
    from app.lessons import Lesson
    from app.main_window import MainWindow
    from app.panels.lessons.panel import LessonPanel


MEND_BY_SET_UP = "The training form under this lesson has a field to mend: press Set up, which fills it in."


class Lessons:
    """The lessons of a window; they are read and made when they are first asked for."""

    def __init__(self, window: MainWindow, place: QVBoxLayout) -> None:
        """`place` holds the training form."""
        self._window, self._place = window, place
        self.panel: LessonPanel | None = None

    def toggle(self) -> None:
        """Read lessons in the place of the training form, or go back to it."""
        if self.panel is None:
            self.panel = self._make()
            self._place.addWidget(self.panel)
            self.panel.hide()
        reading = self.panel.isHidden()
        self.panel.setVisible(reading)
        self._window.training_panel.setVisible(not reading)
        if reading:
            self._make_room(self.panel.lesson())
            self.panel.picker.setFocus()
        else:
            self._window.loss_plot.show()
            self._window.training_panel.buttons.start.setFocus()

    def _make_room(self, lesson: Lesson) -> None:
        """A lesson has the whole column until a network is trained for it."""
        if self.panel is not None and not self.panel.isHidden():
            trains = self._window.session.training.phase is not Phase.IDLE
            self._window.loss_plot.setVisible(lesson.trains and trains)

    def _train(self) -> None:
        """A field of the form that is marked is not seen here."""
        if self._window.session.form_is_right:
            self._window.session.start_training()
        else:
            self._window.message_bar.show_message(MEND_BY_SET_UP, "warning")

    def _withdraw(self, form_is_right: bool) -> None:
        if form_is_right:
            self._window.message_bar.withdraw_failure(MEND_BY_SET_UP)

    def _follow(self, phase: Phase) -> None:
        assert self.panel is not None  # it is connected when it is made
        if phase is Phase.STARTING:
            self._make_room(self.panel.lesson())
        self.panel.show_phase(phase)

    def _make(self) -> LessonPanel:
        from app.desks.lessons import LessonDesk
        from app.lessons import load_lessons
        from app.panels.draw.examples import read_example
        from app.panels.lessons.panel import LessonPanel
        from app.resources import resource_path

        window, session = self._window, self._window.session
        desk, panel = LessonDesk(session), LessonPanel()
        panel.show_lessons(load_lessons(), window.settings.lessons_done())
        panel.opened.connect(self._make_room)
        tell_of(panel, window.message_bar)
        panel.watched.connect(desk.watch)
        panel.set_up_requested.connect(desk.set_up)
        panel.check_requested.connect(desk.check)
        panel.close_requested.connect(self.toggle)
        panel.train_requested.connect(self._train)
        window.training_panel.validity_changed.connect(self._withdraw)
        panel.stop_requested.connect(session.training.stop)
        session.training.phase_changed.connect(self._follow)
        panel.show_phase(session.training.phase)
        desk.facts_shown.connect(panel.show_facts)
        desk.checked.connect(panel.show_checked)
        desk.setting_up.connect(panel.forget_check)
        desk.checked.connect(lambda right, words: window.settings.keep_lessons(panel.done()))
        desk.message.connect(window.message_bar.show_message)
        desk.view_wanted.connect(window.views.show_view)
        desk.config_wanted.connect(lambda config: window.training_panel.choose(config, session.device))
        desk.example_wanted.connect(
            lambda name: window.sketch_panel.play_example(
                read_example(resource_path("sketches", f"{name}.json")), instant=True
            )
        )
        window.views.shown.connect(desk.note_view)
        desk.note_view(window.views.current())
        return panel
