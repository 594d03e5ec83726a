"""Makes the panels, lays them out and connects them to the session: the only file that knows both. A wiring diagram."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QMainWindow,
    QMenuBar,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.dropping import take_copy
from app.keys import full_screen
from app.menus import Menus, show_about, show_help
from app.panels.decoded.panel import DecodedPanel
from app.panels.draw.panel import SketchPanel
from app.panels.draw.pictures import may_hold_picture
from app.panels.latent.map import LatentMap
from app.panels.loss.plot import LossPlot
from app.panels.message_bar import MessageBar
from app.panels.scrolled import FocusInSight
from app.panels.strip.panel import InterpolationStrip
from app.panels.titled import tight
from app.panels.top_bar import TopBar
from app.panels.training.panel import TrainingPanel
from app.phase import Phase
from app.run_library import RunEntry, is_listed, own_runs, shipped_runs
from app.session import Session
from app.settings import AppSettings
from app.viewpoint import Viewpoint
from app.wiring.ahead import bring_in_ahead
from app.wiring.codes import connect_codes
from app.wiring.drawing import connect_drawing
from app.wiring.files import Files
from app.wiring.lessons import Lessons
from app.wiring.offers import make_offers, tell_what_bars
from app.wiring.remembering import open_at_first, remember_choices, remember_sizes
from app.wiring.sizes import offer_sizes
from app.wiring.strip import connect_strip
from app.wiring.telling import tell_of_images
from app.wiring.views import make_views
from models.datasets import KNOWN, Dataset

if TYPE_CHECKING:
    from models.devices import DeviceChoice

SIZES: dict[str, tuple[float, ...]] = {"left": (340, 232), "right": (276, 330)}
"""Shares of the parts of the side columns."""
WORDS_BESIDE = 490
"""Pixels of height from which drawing gets enough of its column to name the pictures beside the canvas."""


class MainWindow(QMainWindow):
    """The window. `data` is what `--data` or the environment names, `run_path` what `--run` names."""

    closing = Signal()
    """it is out of sight, its choices and all files are on the disk; what is under way is ended next"""

    def __init__(self, data: str | None, run_path: Path | None, settings: AppSettings) -> None:
        super().__init__()
        self.setWindowTitle("Latent Lab")
        self.setAcceptDrops(True)
        self.settings = settings
        self.session = Session(self)
        self.menu_bar = QMenuBar()
        self.menu_bar.setNativeMenuBar(False)
        self.top_bar = TopBar()
        self.training_panel = TrainingPanel()
        self.loss_plot = LossPlot()
        self.latent_map = LatentMap()
        self.decoded_panel = DecodedPanel()
        self.sketch_panel = SketchPanel()
        self.strip = InterpolationStrip()
        self.message_bar = MessageBar()
        self.views = make_views(self.session, self.message_bar, self.latent_map, lambda: self.files.ask_sweep())
        pad, show_view = self.sketch_panel.pad, self.views.show_view
        self.files = Files(self, self.session, self.message_bar, pad, show_view)
        self._splitters = self._lay_out()
        self.lessons = Lessons(self, self._form_place)
        self._arranged_by_hand = False
        self._elsewhere: list[Path] = []  # runs opened from other folders, for as long as the window is there
        self._make_menus()
        FocusInSight(self)
        self._connect_looking()
        self._connect_training()
        self._connect_data()
        make_offers(self.session, self.training_panel, self.message_bar)
        tell_what_bars(self.session, self.training_panel, self.message_bar)
        bring_in_ahead(self.session)
        self._restore()
        remember_choices(settings, self.training_panel, self.sketch_panel, self.strip)
        self.session.edit_config(self.training_panel.config())
        self.session.choose_device(settings.device)
        self.session.open_first_run(run_path.absolute() if run_path else None)  # as the list of runs writes it
        self.latent_map.view.setFocus()
        self._wanted_data = data
        self._painted_once = False

    # layout ------------------------------------------------------------------------------------------------------

    def _lay_out(self) -> dict[str, QSplitter]:
        vertical, horizontal = Qt.Orientation.Vertical, Qt.Orientation.Horizontal
        place = QWidget()  # of the form or of lessons: a splitter that got a part more would keep other sizes
        self._form_place = tight(QVBoxLayout(place), 0)
        self._form_place.addWidget(self.training_panel)
        left = _splitter(vertical, place, self.loss_plot)
        right = _splitter(vertical, self.decoded_panel, self.sketch_panel)
        columns = _splitter(horizontal, left, self.views, right)
        rows = _splitter(vertical, columns, self.strip)
        columns.setStretchFactor(1, 1)
        rows.setStretchFactor(0, 1)
        left.setStretchFactor(0, 3)
        left.setStretchFactor(1, 2)
        right.setStretchFactor(0, 2)
        right.setStretchFactor(1, 3)
        for side in (0, 2):
            columns.setStretchFactor(side, 0)
        for splitter in (left, right, columns, rows):
            splitter.splitterMoved.connect(self._note_hand)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(theme.GAP, 0, theme.GAP, 0)
        column.setSpacing(0)
        head = QHBoxLayout()
        head.setSpacing(theme.GAP)
        head.addWidget(self.menu_bar, 0, Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self.top_bar, 1)
        column.addLayout(head)
        column.addWidget(rows, 1)
        column.addWidget(self.message_bar)
        self.setCentralWidget(centre)
        return {"rows": rows, "columns": columns, "left": left, "right": right}

    def reset_layout(self) -> None:
        """The sizes that a class should open on."""
        width = max(self.width(), 1280)
        side = min(1.0, (width - 1280) / 640)  # side columns grow with the window, to 1920 pixels
        rows = self.height() - self.top_bar.sizeHint().height() - self.message_bar.sizeHint().height() - theme.GAP
        strip = max(min(136, self.height() - 540), 104, self.height() // 7)
        sizes = SIZES | {"rows": (rows - strip, strip)}
        if rows - strip >= WORDS_BESIDE:
            draw = max((rows - strip) * 330 / 606, 300)
            sizes["right"] = (rows - strip - draw, draw)
        sizes |= {"columns": (300 + 60 * side, width - 684 - 116 * side, 384 + 56 * side)}
        for name, splitter in self._splitters.items():
            splitter.setSizes([round(size) for size in sizes[name]])
        self._arranged_by_hand = False

    def _note_hand(self) -> None:
        self._arranged_by_hand = True

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the shares that a class should open on until somebody moves a splitter."""
        super().resizeEvent(event)
        if not self._arranged_by_hand:
            self.reset_layout()

    def _make_menus(self) -> None:
        menus = Menus(
            self,
            self.menu_bar,
            [
                ("&File", "Open a run…", "Ctrl+O", self.files.ask_run),
                ("&File", "Save the run…", "Ctrl+S", self.files.ask_save),
                ("&File", "Show the folder of runs", "", self.files.show_runs_folder),
                ("&File", "Open a sweep…", "Ctrl+Shift+O", self.files.ask_sweep),
                ("&File", "-", "", lambda: None),
                ("&File", "Open a folder of images…", "Ctrl+D", self.files.ask_folder),
                ("&File", "Get MNIST", "", lambda: self.session.data.choose("mnist")),
                ("&File", "-", "", lambda: None),
                ("&File", "Paste a picture to draw on", "Ctrl+V", self.sketch_panel.pad.paste),
                ("&File", "-", "", lambda: None),
                ("&File", "Quit", "Ctrl+Q", self.close),
                ("&Training", "Use the settings of the run looked at", "", self._use_run_settings),
                ("&Training", "-", "", lambda: None),
                *self.views.menu_entries("&View"),
                ("&View", "Fit what is seen", "Ctrl+0", self.views.fit),
                ("&View", "Reset layout", "", self.reset_layout),
                ("&View", "Full screen", full_screen(), self._toggle_full_screen),
                ("&Help", "Lessons", "Ctrl+L", self.lessons.toggle),
                ("&Help", "Keyboard and mouse", "F1", lambda: show_help(self)),
                ("&Help", "About Latent Lab", "", lambda: show_about(self)),
            ],
        )
        buttons = self.training_panel.buttons
        for words, button in (
            ("Train, or go on", buttons.start),
            ("Pause, or go on", buttons.pause),
            ("One step", buttons.step),
            ("Stop", buttons.stop),
            ("Show the first weights", buttons.reset),
        ):
            menus.add_button("&Training", words, button)
        choices = {"system": "As the system", "light": "Light", "dark": "Dark"}
        menus.add_choice("&View", "Theme", choices, self.settings.theme, self._choose_theme)
        offer_sizes(menus, "&View", self, self.settings, lambda words: self.message_bar.show_message(words, "info"))

    # wiring ------------------------------------------------------------------------------------------------------

    def _connect_looking(self) -> None:
        session, look, sketch = self.session, self.session.look, self.session.sketch
        map_, decoded, pad = self.latent_map, self.decoded_panel, self.sketch_panel
        session.codes_shown.connect(map_.show_codes)
        session.projection_shown.connect(map_.show_projection)
        session.view_shown.connect(self._show_view)
        map_.hovered.connect(look.hover)
        map_.hover_left.connect(look.leave_hover)
        map_.picked.connect(look.pick)
        map_.projection_requested.connect(session.choose_projection)
        map_.end_requested.connect(session.ends.choose_place)
        look.pin_shown.connect(map_.show_pinned)
        look.hover_shown.connect(map_.show_hover)
        look.decoded_shown.connect(decoded.show_decoded)
        look.original_shown.connect(decoded.show_original)
        decoded.code_edited.connect(look.set_code)
        decoded.end_requested.connect(lambda end: session.ends.choose(end, "shown"))
        decoded.dataset_wanted.connect(session.get_originals)
        connect_drawing(session, pad, self.message_bar)
        connect_codes(session, map_, self.message_bar)
        tell_of_images(decoded, self.message_bar)
        sketch.placed.connect(map_.show_sketch)
        sketch.cleared.connect(map_.clear_sketch)
        connect_strip(session, self.strip, map_, self.message_bar)

    def _connect_training(self) -> None:
        session, training, form = self.session, self.session.training, self.training_panel
        form.config_edited.connect(session.edit_config)
        form.start_requested.connect(session.start_training)
        form.pause_requested.connect(training.pause)
        form.resume_requested.connect(training.resume)
        form.step_requested.connect(training.step)
        form.stop_requested.connect(training.stop)
        form.reset_requested.connect(session.reset)
        form.slow_motion_changed.connect(training.set_slow_motion)
        form.learning_rate_changed.connect(training.set_learning_rate)
        form.beta_changed.connect(training.set_beta)
        form.device_chosen.connect(session.choose_device)
        session.torch_ready.connect(self._show_devices)
        training.phase_changed.connect(form.show_phase)
        training.progressed.connect(form.show_progress)
        session.result_told.connect(form.show_result)
        training.steps_done.connect(self.loss_plot.append_steps)
        session.losses.begun.connect(self.loss_plot.begin)
        session.losses.history_shown.connect(self.loss_plot.show_history)
        session.losses.held_out_shown.connect(self.loss_plot.append_held_out)
        session.losses.lines_shown.connect(self.loss_plot.show_lines)
        session.losses.status_changed.connect(self.message_bar.show_status)

    def _connect_data(self) -> None:
        session, data, bar = self.session, self.session.data, self.top_bar
        session.message.connect(self.message_bar.show_message)
        for desk in (session.denoising, session.anomalies):
            desk.settings_wanted.connect(self._fill_form)
        session.runs_changed.connect(self._show_runs)
        bar.run_picker.opening.connect(self._show_runs)  # another window, or a person, may have put some there
        data.dataset_changed.connect(self._show_dataset)
        data.loading_changed.connect(bar.show_loading)
        for part in (session.opener, session.twins.runs):
            part.loading_changed.connect(bar.show_opening)
        data.download_progressed.connect(bar.show_download)
        bar.run_chosen.connect(session.open_run)
        bar.run_file_wanted.connect(self.files.ask_run)
        bar.dataset_chosen.connect(data.choose)
        bar.folder_wanted.connect(self.files.ask_folder)
        bar.cancel_requested.connect(data.cancel_download)
        bar.help_requested.connect(lambda: show_help(self))
        bar.lessons_requested.connect(self.lessons.toggle)

    # start and end -----------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Once the first picture is on the screen, torch and the images may come; before, they would hold it up."""
        super().paintEvent(event)
        if not self._painted_once:
            self._painted_once = True
            QTimer.singleShot(0, self._begin)

    def _begin(self) -> None:
        self.message_bar.show_status("Loading PyTorch…")
        self.session.warm_up()
        self.session.data.choose_first(self._wanted_data, self.settings.last_dataset)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stops the training and waits for it; remembers the layout. Stays where a file could not be saved."""
        remember_sizes(self.settings, self, self._splitters if self._arranged_by_hand else {})
        self.hide()  # a large network's step may take long to end
        if not self.session.finish_saving():
            self.show()
            event.ignore()
            return
        self.closing.emit()
        self.session.close()
        event.accept()

    def _restore(self) -> None:
        self._show_runs()
        self.top_bar.show_datasets([(info.name, f"{info.title} ({info.train_count:,})") for info in KNOWN.values()])
        open_at_first(self, self.screen().availableGeometry().size())
        self.reset_layout()
        if self.settings.geometry is not None:
            self.restoreGeometry(self.settings.geometry)
        kept = {name: self.settings.splitter(name) for name in self._splitters}
        for name, state in kept.items():
            self._arranged_by_hand |= state is not None and self._splitters[name].restoreState(state)

    # what the panels are told --------------------------------------------------------------------------------------

    def _show_view(self, view: Viewpoint) -> None:
        self.top_bar.show_run(view.title, view.path)
        if view.path is not None and view.path != self.top_bar.run_picker.currentData():  # which does not have it yet
            if not is_listed(view.path) and view.path not in self._elsewhere:
                self._elsewhere.append(view.path)
            self._show_runs()
        self.latent_map.show_class_names(view.class_names)
        self.latent_map.show_prior(view.config.kind == "vae")
        self.latent_map.show_room(view.room)
        self.training_panel.show_other_network()

    def _show_runs(self) -> None:
        entries = shipped_runs() + own_runs()
        entries += [RunEntry(path.stem, path) for path in self._elsewhere if os.path.isfile(path)]
        self.top_bar.show_runs([(entry.title, entry.path) for entry in entries])

    def _show_devices(self, devices: list[DeviceChoice]) -> None:
        self.training_panel.show_devices([(d.name, d.label, d.available, d.why_not) for d in devices])
        self.training_panel.show_device(self.session.device)  # the last start's, which the picker did not know so far
        self.session.choose_device(self.training_panel.device())  # another one where that is gone
        self.session.losses.show_status_again()

    def _show_dataset(self, dataset: Dataset) -> None:
        title = f"{dataset.title} ({len(dataset.train_images):,})"
        self.top_bar.show_dataset(dataset.name, title, f"From {dataset.source}")
        self._show_what_is_here()
        self.settings.last_dataset = dataset.source if Path(dataset.source).is_dir() else dataset.name

    def _show_what_is_here(self) -> None:
        for name in KNOWN:
            self.top_bar.show_about(name, self.session.data.about(name))

    # what the person asks for ------------------------------------------------------------------------------------

    def _use_run_settings(self) -> None:
        if self.session.view is not None:
            self._fill_form(self.session.view.config.to_dict())

    def _fill_form(self, settings: dict) -> None:
        """Change some settings of the next training; those of one under way stay where its dials are."""
        if self.session.training.phase is not Phase.IDLE:
            self.message_bar.show_message("A training is under way: stop it first.", "info")
            return
        self.training_panel.choose(self.session.config.replace(**settings), self.session.device)
        self.message_bar.show_message("The training form has these settings now: press Train.", "info")

    def _choose_theme(self, choice: str) -> None:
        self.settings.theme = choice
        theme.apply(cast(QApplication, QApplication.instance()), choice)

    def _toggle_full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A run file, a folder of images or a picture may be dropped anywhere on the window."""
        if any(url.isLocalFile() for url in event.mimeData().urls()) or may_hold_picture(event.mimeData()):
            take_copy(event)

    def dropEvent(self, event: QDropEvent) -> None:
        self.files.drop(event)

    def open_path(self, path: Path) -> None:
        """A run, a sweep (its folder or its sweep.json), a folder of IDX files or one of those, or a picture."""
        self.files.open(path)


def _splitter(orientation: Qt.Orientation, *widgets: QWidget) -> QSplitter:
    splitter = QSplitter(orientation)
    splitter.setChildrenCollapsible(False)
    splitter.setHandleWidth(theme.GAP)
    for widget in widgets:
        splitter.addWidget(widget)
    return splitter
