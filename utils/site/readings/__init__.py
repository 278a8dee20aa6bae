"""Readings: what a view makes of a model's pass, in JavaScript, equal to `compute` in Python."""
