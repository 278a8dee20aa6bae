"""Stochastic depth: which branches live in which sample, and what many passes give on average."""

from utils.explorers.stochastic_depth.widget import StochasticDepth as Explorer

__all__ = ["Explorer"]
