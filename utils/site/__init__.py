"""The course on the web: its pages, and every view live in them with the small models."""
