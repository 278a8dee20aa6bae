"""onnxruntime-web from npm: one pinned archive, checked by its hash, kept for the next build."""

import base64
import gzip
import hashlib
import io
import os
import shutil
import subprocess
import tarfile
import tempfile
import zipfile
from functools import cache
from pathlib import Path

from utils.errors import ConfigError
from utils.io.whole import write_bytes

VERSION = "1.30.0"
INTEGRITY = (
    "sha512-q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02V"
    "b7QmRMDs1SigqR4CXAfKYQ=="
)
# What the page runs: its name here, and where it lies in the archive.
FILES = {
    "onnxruntime-wasm": "dist/ort-wasm-simd-threaded.wasm",
    "onnxruntime-wasm-module": "dist/ort.wasm.bundle.min.mjs",
    "onnxruntime-webgpu": "dist/ort-wasm-simd-threaded.asyncify.wasm",
    "onnxruntime-webgpu-module": "dist/ort.webgpu.bundle.min.mjs",
}


def cache_folder() -> Path:
    """Where builds keep what they need again; COURSE_SITE_CACHE names another place."""
    named = os.environ.get("COURSE_SITE_CACHE")
    folder = Path(named) if named else Path.home() / ".cache" / "course-site"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def runtime_files() -> dict[str, bytes]:
    """The files of the runtime by their names here, gzipped and kept: they have 41 MB."""
    kept = cache_folder() / f"onnxruntime-web-{VERSION}.zip"
    if not kept.exists():
        write_bytes(kept, _gzipped())
    with zipfile.ZipFile(kept) as archive:
        return {name: archive.read(name) for name in FILES}


def _gzipped() -> bytes:
    packed = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(_archive()), mode="r:gz") as archive,
        zipfile.ZipFile(packed, "w") as out,
    ):
        for name, path in FILES.items():
            file = archive.extractfile(f"package/{path}")
            assert file is not None, path
            out.writestr(name, gzip.compress(file.read(), 9, mtime=0))
    return packed.getvalue()


@cache
def _archive() -> bytes:
    kept = cache_folder() / f"onnxruntime-web-{VERSION}.tgz"
    if kept.exists() and is_right(kept.read_bytes()):
        return kept.read_bytes()
    data = _fetched()
    if not is_right(data):
        raise ConfigError(
            f"another archive than onnxruntime-web {VERSION} came from npm",
            allowed=f"its hash is {INTEGRITY[:23]}…",
            mend="try again, or look at the registry that npm is set to",
        )
    write_bytes(kept, data)
    return data


def is_right(data: bytes) -> bool:
    """Whether these bytes are the pinned archive."""
    return "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode() == INTEGRITY


def _fetched() -> bytes:
    """By npm, so that the registry that this machine is set to is asked."""
    npm = shutil.which("npm")
    what = "npm is not here"
    if npm is not None:
        with tempfile.TemporaryDirectory() as folder:
            call = [npm, "pack", f"onnxruntime-web@{VERSION}", "--silent", "--ignore-scripts"]
            done = subprocess.run(call, cwd=folder, check=False, capture_output=True, text=True)
            if done.returncode == 0:
                return next(Path(folder).glob("*.tgz")).read_bytes()
            what = f"npm said: {done.stderr.strip()[-300:]}"
    raise ConfigError(
        f"onnxruntime-web {VERSION} did not come ({what})",
        allowed="the first build of the site fetches it with npm, and keeps it",
        mend=f"install Node.js and connect, or put its archive into {cache_folder()}",
    )
