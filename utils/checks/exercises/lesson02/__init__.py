"""Lesson 02: Swin, block by block."""
