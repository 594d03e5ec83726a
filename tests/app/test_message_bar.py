"""The line at the foot: one sentence, one thing to do, and the earlier ones to read again."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from app import theme
from app.panels import message_bar
from app.panels.message_bar import MessageBar


@pytest.fixture
def bar(qapp: QApplication, qtbot, monkeypatch) -> MessageBar:
    monkeypatch.setattr(message_bar, "FADE_MS", 30)
    theme.apply(qapp, "light")
    made = MessageBar()
    qtbot.addWidget(made)
    made.resize(700, 36)
    with qtbot.waitExposed(made):
        made.show()
    return made


def sentence(bar: MessageBar) -> QLabel:
    return bar.findChild(QLabel, "messageText")


def action(bar: MessageBar) -> QPushButton:
    return bar.findChild(QPushButton, "messageAction")


def earlier(bar: MessageBar) -> list[str]:
    """The lines of the popup, as a person sees them on opening it."""
    button = bar.findChild(QToolButton, "messageHistory")
    menu = button.menu()
    menu.aboutToShow.emit()
    return [line.text() for line in menu.actions() if not line.isSeparator()]


def colours_of_text(bar: MessageBar) -> set[str]:
    image = sentence(bar).grab().toImage()
    return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}


def dot_colour(bar: MessageBar) -> str:
    image = bar.grab().toImage()
    return image.pixelColor(16, bar.height() // 2).name()


@pytest.mark.parametrize(
    ("kind", "role"), [("info", "muted"), ("good", "good"), ("warning", "warning"), ("error", "error")]
)
def test_a_sentence_is_shown_with_the_colour_of_its_kind(bar: MessageBar, kind: str, role: str) -> None:
    bar.show_message("The run was saved.", kind)
    assert sentence(bar).text() == "The run was saved."
    assert dot_colour(bar) == getattr(theme.colours(), role)
    assert QColor(theme.colours().text).name() in colours_of_text(bar)
    assert not action(bar).isVisible()


def test_an_unknown_kind_is_refused(bar: MessageBar) -> None:
    with pytest.raises(ValueError, match="A message is one of info, good, warning, error, not “loud”."):
        bar.show_message("Hm.", "loud")
    assert not bar.messages


@pytest.mark.parametrize("kind", ["info", "good"])
def test_good_news_fades_and_stays_readable(bar: MessageBar, qtbot, kind: str) -> None:
    bar.show_message("The run was saved.", kind)
    qtbot.waitUntil(lambda: sentence(bar).property("role") == "muted", timeout=2000)
    assert sentence(bar).text() == "The run was saved."
    assert theme.colours().text not in colours_of_text(bar)
    assert theme.colours().muted in colours_of_text(bar)


@pytest.mark.parametrize("kind", ["warning", "error"])
def test_bad_news_stays_also_after_good_news_before(bar: MessageBar, kind: str) -> None:
    bar.show_message("The run was saved.", "good")
    bar.show_message("The file is damaged.", kind)
    assert not bar.findChild(QTimer).isActive()  # nothing is going to fade it
    assert sentence(bar).property("role") == ""
    assert dot_colour(bar) == getattr(theme.colours(), kind)


def test_the_action_is_done_once(bar: MessageBar) -> None:
    done = []
    bar.show_message("MNIST is not here yet.", "info", "Get MNIST", lambda: done.append("got"))
    button = action(bar)
    assert button.isVisible() and button.text() == button.accessibleName() == "Get MNIST"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert done == ["got"] and not button.isVisible()


def test_a_message_with_a_button_does_not_move_the_window(qapp: QApplication, qtbot) -> None:
    qapp.setStyleSheet("")
    window, bar = QWidget(), MessageBar()
    qtbot.addWidget(window)
    above = QWidget(window)
    column = QVBoxLayout(window)
    column.addWidget(above, 1)
    column.addWidget(bar)
    theme.apply(qapp, "light")  # once all panels stand, as in the program
    window.resize(700, 300)
    window.show()
    heights = []
    for label in ("", "Keep it", ""):
        bar.show_message("Stopped.", "info", label, lambda: None)
        QApplication.processEvents()
        heights.append(above.height())
    assert len(set(heights)) == 1 and action(bar).sizeHint().height() <= bar.height() - 4


def test_a_new_message_takes_the_old_action_away(bar: MessageBar) -> None:
    bar.show_message("MNIST is not here yet.", "info", "Get MNIST", lambda: None)
    bar.show_message("The run was saved.", "good")
    assert not action(bar).isVisible()


def test_an_action_may_say_something_itself(bar: MessageBar) -> None:
    bar.show_message(
        "The run was replaced.", "info", "Undo", lambda: bar.show_message("Back again.", "good", "Redo", lambda: None)
    )
    QTest.mouseClick(action(bar), Qt.MouseButton.LeftButton)
    assert sentence(bar).text() == "Back again."
    assert action(bar).isVisible() and action(bar).text() == "Redo"


def test_earlier_messages_can_be_read_and_copied(bar: MessageBar) -> None:
    assert not bar.findChild(QToolButton, "messageHistory").isEnabled()
    for number in range(60):
        bar.show_message(f"Message {number} & more.", "info")
    lines = earlier(bar)
    assert len(lines) == 51 and lines[-1] == "Copy all"
    assert lines[0].endswith("  Message 59 && more.") and lines[49].endswith("  Message 10 && more.")
    menu = bar.findChild(QToolButton, "messageHistory").menu()
    menu.actions()[1].trigger()
    assert QGuiApplication.clipboard().text() == "Message 58 & more."
    menu.actions()[-1].trigger()
    copied = QGuiApplication.clipboard().text().splitlines()
    assert len(copied) == 50 and copied[0].endswith("info: Message 10 & more.")


def test_the_popup_opens_with_the_mouse(bar: MessageBar, qtbot) -> None:
    bar.show_message("The run was saved.", "good")
    button = bar.findChild(QToolButton, "messageHistory")
    seen = []
    button.menu().aboutToShow.connect(lambda: seen.append("open"))
    QTimer.singleShot(0, lambda: qtbot.waitUntil(button.menu().isVisible) or button.menu().close())
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert seen == ["open"]


LONG_PATH = "/nonexistent/" + "y" * 200 + "/VAE 2-D.safetensors"


def test_a_long_path_gives_way_to_the_reason(bar: MessageBar, qtbot) -> None:
    whole = f"The run could not be saved to “{LONG_PATH}”: permission denied."
    bar.show_message(whole, "error")
    shown = sentence(bar).text()
    assert shown.startswith("The run could not be saved to “/nonexistent/y")
    assert shown.endswith(".safetensors”: permission denied.") and shown.count("…") == 1
    assert sentence(bar).toolTip() == sentence(bar).accessibleName() == whole
    assert sentence(bar).fontMetrics().horizontalAdvance(shown) <= sentence(bar).width()
    bar.resize(3000, 36)
    qtbot.waitUntil(lambda: sentence(bar).text() == whole)
    assert sentence(bar).toolTip() == ""
    assert bar.minimumSizeHint().width() < 400


def test_of_two_names_the_longer_gives_way(bar: MessageBar) -> None:
    bar.show_message(f"“{LONG_PATH}” does not belong to “t10k-images”: 10 labels for 20 images.", "error")
    shown = sentence(bar).text()
    assert shown.startswith("“/none") and shown.endswith("” does not belong to “t10k-images”: 10 labels for 20 images.")


@pytest.mark.parametrize(
    "text", ["All work and no play. " * 20, f"“{LONG_PATH}” " + "is far too long for one line. " * 9]
)
def test_a_sentence_that_is_long_without_its_path_is_cut_at_its_end(bar: MessageBar, text: str) -> None:
    bar.show_message(text, "error")
    shown = sentence(bar).text()
    assert shown.endswith("…") and sentence(bar).toolTip() == sentence(bar).accessibleName() == text
    assert text.startswith(shown[:5]) and shown.count(LONG_PATH) == 0
    assert sentence(bar).fontMetrics().horizontalAdvance(shown) <= sentence(bar).width()


def test_markup_is_shown_as_it_is(bar: MessageBar) -> None:
    bar.show_message("The file <b>one</b>.safetensors is damaged.", "error")
    assert sentence(bar).text() == "The file <b>one</b>.safetensors is damaged."
    assert sentence(bar).textFormat() == Qt.TextFormat.PlainText


def test_the_status_stands_at_the_right(bar: MessageBar) -> None:
    bar.show_status("epoch 3 of 16 · 141.0 nats · 5,123 images/s")
    status = bar.findChild(QLabel, "statusText")
    assert status.text() == "epoch 3 of 16 · 141.0 nats · 5,123 images/s"
    assert not bar.messages
    assert bar.objectName() == "messageBar" and bar.accessibleName() == "Messages"


def test_what_is_past_is_withdrawn_and_can_be_read_again(bar: MessageBar, qtbot) -> None:
    bar.show_message("Press Train.", "error")
    bar.withdraw()
    assert sentence(bar).text() == "" and dot_colour(bar) == bar.palette().color(bar.backgroundRole()).name()
    assert any("Press Train." in line for line in earlier(bar))
    bar.show_message("The images are here.", "good", "Use it", lambda: None)
    bar.withdraw()
    assert sentence(bar).text() == "The images are here." and action(bar).isVisible(), "an offer stands"
