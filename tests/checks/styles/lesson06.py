"""Second styles of right answers to lesson 06."""
