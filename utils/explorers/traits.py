"""What the page sends, as Python wants it."""

from typing import Any

import traitlets


class Binary(traitlets.Bytes):
    """Bytes of any make.

    The browser's buffers reach Python as `memoryview`, which `traitlets.Bytes` refuses.
    """

    info_text = "bytes, a bytearray or a memoryview"

    def validate(self, obj: Any, value: Any) -> bytes | None:
        """The same bytes as `bytes`."""
        if isinstance(value, memoryview | bytearray):
            value = bytes(value)
        return super().validate(obj, value)
