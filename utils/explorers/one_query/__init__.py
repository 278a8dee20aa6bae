"""Attention step by step on a picture: query, scores, scale, softmax, mix."""

from utils.explorers.one_query.widget import OneQuery as Explorer

__all__ = ["Explorer"]
