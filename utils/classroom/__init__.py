"""What a class gets wrong: a log of verdicts for each learner, and the teacher's board."""

from utils.classroom.log import Entry, joined, leave, log_verdict
from utils.classroom.read import ClassLog, read_class

__all__ = ["ClassLog", "Entry", "joined", "leave", "log_verdict", "read_class"]
