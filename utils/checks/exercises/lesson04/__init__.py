"""Lesson 04: Restormer, block by block."""
