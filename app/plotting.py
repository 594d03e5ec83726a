"""pyqtgraph, imported without what this app never uses; import it from here."""

from __future__ import annotations

import sys

# pyqtgraph looks for CUDA's Python bindings, which come with PyTorch: 0.1 to 0.2 seconds of every start for a widget
# for videos. None in sys.modules makes that import fail at once; afterwards whoever wants them finds them again.
_CUDA = "cuda.bindings"
_blocked = _CUDA not in sys.modules
if _blocked:
    sys.modules[_CUDA] = None  # type: ignore[assignment]
try:
    import pyqtgraph
finally:
    if _blocked:
        del sys.modules[_CUDA]

__all__ = ["pyqtgraph"]
