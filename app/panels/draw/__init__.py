"""The canvas: ink, pen, tools, example sketches and what is read of a sketch."""
