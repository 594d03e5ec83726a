"""A plane of codes that pans and zooms, and what the views that show one have in common."""
