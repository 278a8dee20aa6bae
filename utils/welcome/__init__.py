"""What notebook 00 shows besides its views."""

from utils.welcome.course_map import course_map

__all__ = ["course_map"]
