"""Lesson 06, ViT-Adapter: points, levels, injector, sampling, feed-forward, interaction."""
