"""The shared package of the course: every block of every model lives here once."""
