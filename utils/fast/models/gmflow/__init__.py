"""Fast forms of GMFlow's parts."""

# Importing them registers their forms.
from utils.fast.models.gmflow import encoder, transformer, upsampler  # noqa: F401
