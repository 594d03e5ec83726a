"""Holes of the latent plane, and draws from a posterior."""
