"""The scripts of the site: they make the views live, and run the models, in a learner's browser."""

from utils.site.player.build import build

__all__ = ["build"]
