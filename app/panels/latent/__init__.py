"""The latent map: points, marks, grid, legend and what floats over them."""
