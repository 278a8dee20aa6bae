"""How the environment is made, mended and moved: what `course.py` does before it hands over.

All of it is standard library, since nothing else is there yet. The environment that works stays in
its place until its replacement stands beside it, finished and looked at; then the two are renamed.

`start.install` is the way through: look, lock, mend a copy or make anew, exchange, give new paths.
"""
