"""One small site for all tests of its pages."""

import pytest

from tests.small_site import build_small


@pytest.fixture(scope="package")
def site(tmp_path_factory):
    """The folder of the built pages."""
    pytest.importorskip("sphinx", reason="requirements-site.txt is not installed")
    return build_small(tmp_path_factory.mktemp("pages"))
