"""The list of processors that can train: what is there can be chosen, what is not says why."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel

from app.panels.describing import describe
from app.panels.quiet import QuietComboBox
from models.config import Hardware
from models.settings import settings_of

AROUND_TEXT = 44
"""Pixels of a combo box beside its text."""


class DevicePicker(QuietComboBox):
    """CPU, CUDA and MPS; until `show_devices` is called only the CPU is known."""

    device_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._about = settings_of(Hardware)["device"]
        self._labels: list[str] = []
        self._why_not: dict[str, str] = {}
        describe(self, self._about.label, object_name="deviceStatus")
        self.currentIndexChanged.connect(self._fit)
        self.show_devices([("cpu", "CPU", True, "")])
        self.show_reason("")
        self.activated.connect(lambda index: self.device_chosen.emit(self.itemData(index)))

    def show_devices(self, devices: Sequence[tuple[str, str, bool, str]]) -> None:
        """(name, label, whether it is there, why not) of each; the choice stays where it still can."""
        chosen = self.currentData()
        model = QStandardItemModel(self)
        for name, label, available, why_not in devices:
            item = QStandardItem(label.split(" (")[0] if available else f"{label} (not here)")
            item.setData(name, Qt.ItemDataRole.UserRole)
            item.setToolTip(why_not or label)
            item.setData(why_not, Qt.ItemDataRole.AccessibleDescriptionRole)
            item.setEnabled(available)
            model.appendRow(item)
        self.setModel(model)
        names = [name for name, _, available, _ in devices if available]
        self.show_device(chosen if chosen in names else names[0])
        self._labels = [label for _, label, available, _ in devices if available]
        self._why_not = {label: why_not for _, label, available, why_not in devices if not available}
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + 24)
        self.show_reason("")

    def show_device(self, name: str) -> None:
        """Choose `name` silently, if it is in the list."""
        index = self.findData(name)
        if index >= 0 and self.model().flags(self.model().index(index, 0)) & Qt.ItemFlag.ItemIsEnabled:
            self.setCurrentIndex(index)

    def show_reason(self, why_not: str) -> None:
        """Switch the picker off with a reason, or on with an empty one."""
        self.setEnabled(not why_not)
        there = f"Here: {', '.join(self._labels)}."
        missing = [f"{label}: {reason}" for label, reason in self._why_not.items()]
        self.setToolTip("".join(f"<p>{part}</p>" for part in [self._about.meaning, there, *missing, why_not] if part))

    def _fit(self) -> None:
        """As wide as the chosen device's short name: the presets beside it need the room."""
        self.ensurePolished()
        self.setFixedWidth(self.fontMetrics().horizontalAdvance(self.currentText()) + AROUND_TEXT)
