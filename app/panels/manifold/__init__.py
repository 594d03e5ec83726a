"""The latent plane as decoded tiles."""
