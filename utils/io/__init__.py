"""Pictures and flow in and out of files; every file is written whole or not at all."""

from utils.io.flow_files import known_flow, read_flo, write_flo
from utils.io.images import as_picture, fit_to, own_picture, read_image, write_image
from utils.io.lock import only_writer
from utils.io.whole import whole_file, write_bytes, write_json, write_text

__all__ = [
    "as_picture",
    "fit_to",
    "known_flow",
    "only_writer",
    "own_picture",
    "read_flo",
    "read_image",
    "whole_file",
    "write_bytes",
    "write_flo",
    "write_image",
    "write_json",
    "write_text",
]
