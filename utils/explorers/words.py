"""Numbers in sentences."""


def counted(number: int, word: str) -> str:
    """A number with its word, in the plural where there is not one.

    >>> counted(1, "cell"), counted(1200, "cell")
    ('1 cell', '1,200 cells')
    """
    return f"{number:,} {word}{'' if number == 1 else 's'}"
