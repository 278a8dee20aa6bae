"""Lesson 03: MaxViT, block by block."""
