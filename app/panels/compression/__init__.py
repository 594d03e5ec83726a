"""A code as bits, and what comes back."""
