"""Readings: what a view makes of a model's pass, in JavaScript, equal to `compute` in Python.

They serve the site, where no kernel is. In JupyterLab Python's half answers: the pass has run
there, on a device of the learner's choice, also of a model of their own, and what a reading needs
of it (up to 30 MB for the gates of one pass) costs more to send than the answer of a gesture.
"""
