"""PCA of the training images behind a network: fitted once for all views, on a worker."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.background import Background
from app.viewpoint import Viewpoint
from models import principal
from models.datasets import Dataset, trained_on


def data_of(view: Viewpoint) -> tuple[str, str]:
    """What tells the images that a network learned from: the data, and the class it left out."""
    return view.fingerprint, view.config.leave_out


class PrincipalFits(QObject):
    """Owns the fits. Who asks for one that is not there yet has it begun, and hears when it is done."""

    fitted = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._fits: dict[tuple[str, str], principal.Principal | None] = {}
        self._worker = Background(self)

    @property
    def busy(self) -> bool:
        """Whether one is being computed."""
        return self._worker.busy

    def of(self, view: Viewpoint, dataset: Dataset | None) -> principal.Principal | None:
        """PCA of a network's training images; None while it is being fitted, or where they are not loaded."""
        key, left_out = data_of(view), view.config.leave_out
        data = None if key in self._fits or self.busy else view.training_data(dataset)
        if data is not None:
            self._worker.submit(
                lambda: principal.fit_of(trained_on(data, left_out)),  # copies nearly all images
                lambda fit: self._keep(key, fit),
                lambda sentence: self._keep(key, None),  # not tried again
            )
        return self._fits.get(key)

    def close(self) -> None:
        """Wait for what is being computed."""
        self._worker.close()

    def _keep(self, key: tuple[str, str], fit: principal.Principal | None) -> None:
        self._fits[key] = fit
        self.fitted.emit()
