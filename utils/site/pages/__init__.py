"""The pages of the site: every notebook and lesson with its stored outputs, in plain HTML.

`sources` turns the course into documents, `sphinx_run` turns these into pages, and `faults` reads
the pages as a browser would and says what is wrong with them.
"""
