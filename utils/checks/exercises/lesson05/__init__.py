"""Lesson 05, GMFlow: matching, propagation, warping, upsampling, and the whole model."""
