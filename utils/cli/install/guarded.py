"""Run pip or ensurepip in the environment that is meant. Started by its Python, with -I.

Two promises: the Python that runs this is asked whether it belongs to the environment before
anything is installed, and pip ends when the start that asked for it has ended.
"""

import os
import runpy
import sys
import threading

WRONG_PLACE = 97


def end_with_parent() -> None:
    """Wait until the other end of the standard input is gone, then end at once."""
    os.read(0, 1)  # not sys.stdin: its lock would be held while Python ends
    os._exit(1)


def main(prefix: str, module: str, arguments: list[str]) -> None:
    """Become `python -m module arguments`, or end with WRONG_PLACE."""
    if sys.prefix == sys.base_prefix or not os.path.samefile(sys.prefix, prefix):  # noqa: PTH121
        print(f"this Python installs into {sys.prefix}, not into {prefix}")
        sys.exit(WRONG_PLACE)
    if module == "pip":  # ensurepip's work is done by a child of its own: it is waited for instead
        threading.Thread(target=end_with_parent, daemon=True).start()
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
