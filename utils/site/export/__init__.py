"""The shipped models as graphs for a browser: each view's pass, and a file of weights a model."""
