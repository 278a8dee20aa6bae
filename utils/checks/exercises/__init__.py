"""One folder per lesson, one small module per exercise; each holds an `EXERCISE`."""
