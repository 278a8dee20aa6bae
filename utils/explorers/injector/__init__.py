"""The injector: turn γ down and up and see what the plain ViT hears of the side path."""

from utils.explorers.injector.widget import InjectorView as Explorer

__all__ = ["Explorer"]
