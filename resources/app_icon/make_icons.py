"""Make the application's PNG, ICO and ICNS files from its SVGs: `python resources/app_icon/make_icons.py`.

The smallest sizes come from a drawing of their own with fewer parts; shrunk, the large one would be a blur.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QBuffer, QIODevice, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

FOLDER = Path(__file__).resolve().parent
SIDES = (16, 24, 32, 48, 64, 128, 256, 512)
LARGEST_SMALL = 32


def drawn(side: int) -> Image.Image:
    """The icon at one size, as Pillow's RGBA image."""
    name = "latentlab-small.svg" if side <= LARGEST_SMALL else "latentlab.svg"
    image = QImage(side, side, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(str(FOLDER / name)).render(painter)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return Image.open(BytesIO(buffer.data().data())).convert("RGBA")


def main() -> None:
    """Write all files beside the SVGs."""
    application = QGuiApplication(["make_icons", "-platform", "offscreen"])
    images = {side: drawn(side) for side in SIDES}
    for side, image in images.items():
        image.save(FOLDER / f"latentlab-{side}.png", optimize=True)
    windows = [images[side] for side in SIDES if side <= 256]
    windows[-1].save(FOLDER / "latentlab.ico", sizes=[image.size for image in windows], append_images=windows)
    images[512].save(FOLDER / "latentlab.icns", append_images=[images[side] for side in (16, 32, 64, 128, 256)])
    application.quit()


if __name__ == "__main__":
    main()
