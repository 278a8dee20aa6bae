"""What can be wrong with any answer: small probes, each with its sentence.

A probe looks at an answer's results beside the target and says what it sees, or nothing. It speaks
only where what it says holds exactly, on two inputs where there are two. The families: `places`
(all values right, elsewhere), `values` (a factor, a term, another function), `generality` (right
for one size alone), `gradients` (cut), `layers` (what an answer uses), `conduct` (what it changes)
and `errors` (how it stopped).
"""

from utils.checks.probes.probe import Probe, first_word

__all__ = ["Probe", "first_word"]
