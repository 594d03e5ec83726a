"""A run, a file or a folder whose name looks like markup is called by that name, and by nothing else."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import Qt, QTextDocument
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from app.background import Background
from app.main_window import MainWindow
from app.panels.axes.axes import ParallelAxes
from app.panels.compression.view import Compression
from app.panels.decoded.panel import DecodedPanel
from app.panels.floating_card import FloatingCard
from app.panels.loss.plot import LossPlot
from app.panels.message_bar import MessageBar
from app.panels.needs import Need
from app.panels.picker import Picker, ShortLabel
from app.panels.rate.distortion import RateDistortion
from app.panels.regularity.figures import RegularityFigures
from app.panels.top_bar import TopBar
from app.panels.twins.view import Twins
from app.plain_words import as_written
from models.checkpoint import load_run, save_run
from tests.app.conftest import open_view
from tests.app.sweep_made_up import made_up
from tests.app.test_saving_files import NO, Person, give_up, press_ctrl_s, save_as

NAME = "<b>mine & <i>yours"
pytestmark = pytest.mark.skipif(os.name == "nt", reason="no file of Windows' may be called so")


def shown(text: str) -> str:
    """What a person reads of a text that Qt shows without being told its format."""
    if not Qt.mightBeRichText(text):
        return text
    page = QTextDocument()
    page.setHtml(text)
    return page.toPlainText()


@pytest.mark.parametrize(
    "text", ["", "mine & yours", "a < b\nc > d", NAME, f"{NAME}\n  The run\n<br>", "&lt;b&gt;", "<?xml"]
)
def test_a_text_is_shown_as_it_is_written(text: str) -> None:
    assert shown(as_written(text)) == text
    assert Qt.mightBeRichText(text) or as_written(text) == text


@pytest.fixture
def run_file(vae_file: Path, tmp_path: Path) -> Path:
    path = tmp_path / f"{NAME}.safetensors"
    save_run(load_run(vae_file), path)
    return path


def test_a_run_is_called_as_its_file_wherever_it_is_pointed_at(qtbot, window: MainWindow, run_file: Path) -> None:
    session, bar = window.session, window.top_bar.run_picker
    window.open_path(run_file)
    assert shown(bar.toolTip()).startswith(f"{run_file.stem}\n")
    tips = [bar.itemData(index, Qt.ItemDataRole.ToolTipRole) for index in range(bar.count())]
    assert str(run_file) in [shown(tip) for tip in tips if tip]
    regularity = open_view(window, "regularity")
    qtbot.waitUntil(lambda: not any(each.busy for each in session.findChildren(Background)))
    figures = regularity.findChild(RegularityFigures)
    assert shown(figures.cell("head", 0).toolTip()) == f"{run_file.stem} (this run)"
    twins = open_view(window, "twins")
    session.twins.open_run("left", run_file)
    assert isinstance(twins, Twins)
    assert shown(twins.findChild(Picker, "twinRunLeft").toolTip()).startswith(f"{run_file.stem}\n")


def test_a_plot_s_card_tells_the_run_s_name(qtbot) -> None:
    over = QWidget()
    qtbot.addWidget(over)
    card = FloatingCard(over, "card", above=True)
    card.show_at(QPoint(9, 9), NAME, [("loss", "< 3")], f"{NAME}; x")
    assert [each for each in shown(card.text()).split("\n") if NAME in each] == [NAME, f"{NAME}; x"]
    assert "< 3" in shown(card.text())


def test_tool_tips_are_read_as_they_are_written(qtbot) -> None:
    plot, bar, message, label, rate = LossPlot(), TopBar(), MessageBar(), ShortLabel(), RateDistortion()
    for each in (plot, bar, message, label, rate):
        qtbot.addWidget(each)
    for number in range(2):
        plot.begin(f"{NAME} {number}", "nats per image", True)
        plot.append_steps(*np.ones((4, 3)))
    assert shown(plot.chips["run before"].toolTip()).endswith(f"\n{NAME} 0")
    bar.show_dataset("", NAME, f"From /home/{NAME}")
    assert shown(bar.dataset_picker.toolTip()) == f"From /home/{NAME}"
    label.show_text(f"Opening {NAME}…")
    assert shown(label.toolTip()) == f"Opening {NAME}…" and label.textFormat() is Qt.TextFormat.PlainText
    message.resize(300, 40)
    message.show()
    message.show_message(f"“{NAME}” " + 9 * "is far too long. ")
    sentence = message.findChild(QLabel, "messageText")
    assert shown(sentence.toolTip()) == message.messages[-1].text
    rate.show_sweep(replace(made_up((2, 1.0, 0, 6.5, 138.0)), folder=Path(NAME)))
    assert shown(rate.findChild(QLabel, "sweepNote").toolTip()) == f"{NAME}\nTrained on Digits"


def test_sentences_with_a_folder_s_name_are_plain(qtbot) -> None:
    decoded, panels = DecodedPanel(), (Need("", "any"), RegularityFigures(), Compression(), Twins(), ParallelAxes())
    names = "anyNote", "regularityNote", "compressionNote", "twinNote", "twinTrouble", "axesWhose", "originalNote"
    for each in (decoded, *panels):
        qtbot.addWidget(each)
    labels = [
        label for each in (decoded, *panels) for label in each.findChildren(QLabel) if label.objectName() in names
    ]
    assert len(labels) == len(names)
    assert [each.objectName() for each in labels if each.textFormat() is not Qt.TextFormat.PlainText] == []
    decoded.original.show_note(f"The original is in Folder “{NAME}”.", f"Folder “{NAME}”")
    assert shown(decoded.findChild(QPushButton, "getDataset").toolTip()).startswith(
        f"The original is in Folder “{NAME}”.\n"
    )


def test_the_question_whether_to_replace_a_file_names_it(qtbot, window: MainWindow, run_file: Path) -> None:
    person = Person(save_as(run_file.with_suffix("")), NO, give_up)
    press_ctrl_s(qtbot, window)
    assert person.done() and [shown(each) for each in person.asked] == [
        f"“{run_file.name}” is there already. Replace it?"
    ]
