"""What `course.py bench NAME` measures: one file each, with `run(settings) -> list[Row]`.

A row is made by `timing.measure`; the table, the unit and the machine's description are the same
for all. A bench that needs something that is not installed says so in a row (`Row.missing`).
"""
