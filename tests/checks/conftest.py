"""The checker is tested as a learner meets it: without the hook that checks every shape."""

import pytest


@pytest.fixture(autouse=True)
def as_a_learner(plain_types):
    """No shape check comes before the checker's own sentence."""
