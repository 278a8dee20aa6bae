"""The licences of what the page runs, beside it."""

from importlib.metadata import distribution
from pathlib import Path

from utils.errors import ConfigError
from utils.io.whole import write_bytes

# onnxruntime's wheel holds them; its package for the web has neither.
FILES = {
    "onnxruntime/LICENSE": "onnxruntime-LICENSE.txt",
    "onnxruntime/ThirdPartyNotices.txt": "onnxruntime-ThirdPartyNotices.txt",
}


def write_notices(folder: Path) -> None:
    """Copy the licence of onnxruntime and the notices of what it holds."""
    package = distribution("onnxruntime")
    for inside, name in FILES.items():
        path = Path(str(package.locate_file(inside)))
        if not path.is_file():
            raise ConfigError(
                f"onnxruntime {package.version} came without {inside}",
                allowed="the site shows the licences of what it runs",
                mend="install the version that requirements-site.txt names",
            )
        write_bytes(folder / name, path.read_bytes())
