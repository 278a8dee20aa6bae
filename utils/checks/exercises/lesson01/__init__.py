"""Lesson 01: windows, the shift, the mask, relative position, attention."""
