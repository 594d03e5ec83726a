"""The science of Latent Lab: data, networks, objectives, training, evaluation. PyTorch and numpy, never Qt.

The modules a window needs at once (`config`, `facts`, `checkpoint`, `latent_space`, `sketch`) import no torch,
so that a shipped run is on the screen while torch is still being imported.
"""
