"""The commands behind `python3 course.py COMMAND`: one file each, found by name.

A command is a module here, without a leading underscore, that has `add_arguments(parser)` and
`main(args) -> int`; the first line of its docstring is its help. Nothing has to be registered.
"""
