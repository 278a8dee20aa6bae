"""A paper's claim: every stored run, and one arm trained again while the learner watches."""

from utils.explorers.claim.widget import Claim as Explorer

__all__ = ["Explorer"]
