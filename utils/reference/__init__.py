"""What the course is checked against: recorded official outputs and slow loop twins."""
