"""The optional parts of a picture file: notes that may be odd or damaged, the pixels beside sound.

Comments, previews and camera notes never decide whether a picture is read.
"""

import struct
import zlib

PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8"
# Chunks of a PNG without which its pixels look different; all others are notes.
SEEN = (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"iCCP", b"eXIf", b"sRGB", b"gAMA", b"cHRM")
PLAIN = (0x01, *range(0xD0, 0xD8))  # JPEG markers that stand alone
SCAN, COMMENT, ADOBE = 0xDA, 0xFE, 0xEE  # the Adobe note says which colors the numbers mean
NOTES = tuple(n for n in range(0xE0, 0xF0) if n != ADOBE)


def without_notes(content: bytes) -> bytes:
    """The same PNG or JPEG without its notes; any other content as it is.

    A chunk that belongs to the picture but is damaged itself is left out where the pixels stand
    without it (the color profile, the camera's EXIF).
    """
    try:
        if content.startswith(PNG):
            return _png(content)
        if content.startswith(JPEG):
            return _jpeg(content)
    except (struct.error, IndexError):
        pass
    return content


def _png(content: bytes) -> bytes:
    kept, at = [PNG], len(PNG)
    while at + 12 <= len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        name, end = content[at + 4 : at + 8], at + 12 + length
        chunk = content[at:end]
        sound = zlib.crc32(chunk[4:-4]) == int.from_bytes(chunk[-4:], "big")
        needed = name[:1].isupper()  # PNG marks by a capital letter what no reader may skip
        if name in SEEN and (needed or sound):
            kept.append(chunk)
        at = end
    return b"".join(kept)


def _jpeg(content: bytes) -> bytes:
    kept, at = [JPEG], 2
    while content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        stated = int.from_bytes(content[at + 2 : at + 4], "big")
        end = at + 2 if marker in PLAIN else at + 2 + stated
        if marker == SCAN:
            return b"".join([*kept, content[at:]])
        if marker != COMMENT and marker not in NOTES:
            kept.append(content[at:end])
        at = end
    return content
