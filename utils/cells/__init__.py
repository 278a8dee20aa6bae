"""What a cell of a notebook shows: the look, pictures with alt text, live views and stills."""
