"""What the course is checked against: recorded official outputs and slow loop twins."""

from utils.reference import recipe
from utils.reference.cases import Case, Recorded, list_cases, read_case, read_manifest

__all__ = ["Case", "Recorded", "list_cases", "read_case", "read_manifest", "recipe"]
