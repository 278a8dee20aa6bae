"""One slip in a right program, or one mend in a wrong one: which of them explains a result?

A right answer is a program of a few lines. Most wrong ones are that program with one thing changed:
a layer left out, two names exchanged, another axis. The rooms' files each know one kind of change;
`search` applies them one by one, to the printed solution (whose result then becomes the learner's)
and to the learner's own lines (whose result then becomes right).
"""

from utils.checks.slips.search import Search, mends

__all__ = ["Search", "mends"]
