"""Whether the learner has begun: the untouched stub has marks of its own."""

import dis
from collections.abc import Callable
from types import CodeType, TracebackType
from typing import Any

STUB = "NotImplementedError"
IDLE = {
    "RESUME",
    "LOAD_CONST",
    "RETURN_VALUE",
    "RETURN_CONST",
    "NOP",
    "MAKE_CELL",
    "COPY_FREE_VARS",
}
RAISING = {"LOAD_GLOBAL", "PRECALL", "CALL", "PUSH_NULL", "RAISE_VARARGS", "CACHE"}


def is_empty(function: Callable[..., Any]) -> bool:
    """Whether the body does nothing at all: `pass`, `...` or a docstring alone.

    >>> is_empty(lambda x: None), is_empty(lambda x: x)
    (True, False)
    """
    code = _code(function)
    if code is None:
        return False
    steps = list(dis.get_instructions(code))
    loads = [i.argval for i in steps if i.opname in ("LOAD_CONST", "RETURN_CONST")]
    return all(i.opname in IDLE for i in steps) and all(value is None for value in loads)


def is_stub(function: Callable[..., Any]) -> bool:
    """Whether the body is the stub's one line, `raise NotImplementedError()`, and no more.

    >>> def stub(x):
    ...     raise NotImplementedError()
    >>> def begun(x):
    ...     return x.softmax(-1)
    >>> is_stub(stub), is_stub(begun)
    (True, False)
    """
    code = _code(function)
    if code is None or code.co_names != (STUB,):
        return False
    steps = {i.opname for i in dis.get_instructions(code)}
    return "RAISE_VARARGS" in steps and steps <= IDLE | RAISING


def raised_by_a_stub(error: BaseException) -> CodeType | None:
    """The code whose own line `raise NotImplementedError` gave this error; None for any other.

    A library that has no softmax of whole numbers raises the same error, but not from a line that
    says so.
    """
    if type(error) is not NotImplementedError:
        return None
    trace: TracebackType | None = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return None
    code = trace.tb_frame.f_code
    at = next((i for i in dis.get_instructions(code) if i.offset == trace.tb_lasti), None)
    return code if at is not None and at.opname == "RAISE_VARARGS" else None


def _code(function: Callable[..., Any]) -> CodeType | None:
    code = getattr(function, "__code__", None)
    return code if isinstance(code, CodeType) else None
