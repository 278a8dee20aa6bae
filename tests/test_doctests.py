"""Every example in a docstring of `utils` runs."""

import doctest
import importlib
import pkgutil

import pytest
import torch

import utils

# Importing a command's entry point would run it.
NAMES = sorted(
    module.name
    for module in pkgutil.walk_packages(utils.__path__, "utils.")
    if not module.name.endswith("__main__")
)
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


@pytest.mark.parametrize("name", NAMES)
def test_examples(name):
    module = importlib.import_module(name)
    result = doctest.testmod(module, optionflags=FLAGS, extraglobs={"torch": torch})
    assert result.failed == 0, f"{result.failed} of {result.attempted} examples fail in {name}"


def test_examples_are_found():
    count = sum(
        len(test.examples)
        for name in NAMES
        if name.startswith("utils.ops")
        for test in doctest.DocTestFinder().find(importlib.import_module(name))
    )
    assert count > 20  # a hook that hides docstrings would make the test above empty
