"""Who feeds whom in ViT-Adapter, step by step."""

from utils.explorers.interaction.widget import InteractionView as Explorer

__all__ = ["Explorer"]
