"""Errors in three parts."""

import pickle
from dataclasses import dataclass

import pytest

from utils.errors import (
    CheckpointError,
    ConfigError,
    CourseError,
    ShapeError,
    check_at_least_one,
)

KINDS = pytest.mark.parametrize("kind", [ShapeError, ConfigError, CheckpointError])


@KINDS
def test_the_three_parts_make_one_sentence(kind):
    error = kind("a 5 came", allowed="even numbers are allowed", mend="pass 6")
    assert str(error) == "a 5 came: even numbers are allowed; pass 6"
    assert (error.came, error.allowed, error.mend) == (
        "a 5 came",
        "even numbers are allowed",
        "pass 6",
    )


@KINDS
def test_an_ordinary_except_catches_it(kind):
    assert issubclass(kind, CourseError)
    assert issubclass(kind, ValueError)


@KINDS
def test_it_survives_the_way_from_a_worker_process(kind):
    error = kind("a 5 came", allowed="even numbers", mend="pass 6")
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind
    assert str(copy) == str(error)
    assert copy.mend == "pass 6"


def test_no_part_can_be_forgotten():
    with pytest.raises(TypeError):
        ShapeError("a 5 came", allowed="even numbers")  # type: ignore[call-arg]


@dataclass(frozen=True)
class Sizes:
    """Two settings that are checked together."""

    window: int = 7
    heads: int = 3


def test_the_first_number_below_one_is_named_with_its_default():
    check_at_least_one(Sizes(1, 1), "window", "heads")
    check_at_least_one(Sizes(0, 2), "heads")  # a name that is not given is not looked at
    with pytest.raises(ConfigError) as caught:
        check_at_least_one(Sizes(2, 0), "window", "heads")
    assert str(caught.value) == "heads=0 came: heads is at least 1; the default is 3"


def test_no_part_of_a_sentence_becomes_a_page():
    error = ConfigError("x" * 18_435 + " came", allowed="short", mend="do this")
    assert len(str(error)) < 900
    assert str(error).endswith("…: short; do this")
    assert error.came.endswith(" came")
