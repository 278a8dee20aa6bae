"""Fast forms of what stands in `utils/models`."""
