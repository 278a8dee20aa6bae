"""How an answer stopped: the sentence behind torch's or Python's words."""

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

from utils.checks.files import said_by
from utils.checks.probes.probe import Probe
from utils.checks.trial import Evidence, arguments

# What an error's text holds, and what people should look at. One line each: it is a table.
# ruff: noqa: E501
MEANINGS = (
    (r"'float' object cannot be interpreted as an integer|must be tuple of ints.*float"
     r"|integer.*float|float.*as an? (index|integer)|slice indices must be integers"
     r"|type float|expected.*int.*but.*float",
     "a size became a float: `/` always gives one, `//` divides whole numbers"),
    (r"Boolean value of Tensor",
     "a tensor of several values stands where Python wants one truth (`if`, `and`, `or`): use "
     "`torch.where`, `&`, `.any()` or `.all()`"),
    (r"is invalid for input of size|shape.*invalid",
     "a reshape or view asks for another number of values than there are: print the shape before it"),
    (r"view size is not compatible|\.view\(\)",
     "`view` cannot follow a permute or transpose: `reshape` can"),
    (r"must match the size|size of tensor a",
     "two shapes do not fit each other: print both before this line"),
    (r"mat1 and mat2|shapes cannot be multiplied|batch2 tensor",
     "a matrix product whose inner sides differ: is a transpose missing, or one too many?"),
    (r"Given normalized_shape", "the norm meets an axis of another length: the channels must be last"),
    (r"expected input\[.*to have \d+ channels|channels, but got",
     "a convolution wants its channels in another place: (b, c, h, w)"),
    (r"Error while processing|Shape mismatch|can't divide axis|[Ii]dentifiers only on one side",
     "the einops pattern does not fit the tensor: count its axes, and name every size"),
    (r"too many indices|Dimension out of range|dim.*out of range",
     "there are fewer axes than this line takes for granted: print the shape"),
    (r"not enough values to unpack|too many values to unpack",
     "another number of values is unpacked than there are: print the shape, or what came"),
    (r"out of bounds|index .* out of range|list index",
     "an index beyond the end: the last one is length − 1"),
    (r"expected scalar type|same dtype|dtype.*(Long|Int|Half|Double|Float)|not implemented for",
     "the kinds of numbers do not fit: `.float()` makes floats of whole numbers"),
    (r"is not defined", "a name is used that does not exist here: a spelling, or an import?"),
    (r"has no attribute", "there is no such name on this thing: print it to see what it has"),
    (r"requires grad.*numpy|numpy\(\) on Tensor that requires grad",
     "numpy cuts the gradient"),
    (r"a leaf Variable|modified by an inplace", "an in-place change of something that needs its old value"),
    (r"maximum recursion", "a function calls itself without an end"),
    (r"non-empty list|expects a non-empty", "a list of parts is empty: does the loop run?"),
)  # fmt: skip


def arguments_differ(evidence: Evidence) -> Iterator[str]:
    """The function takes other arguments than the exercise hands over."""
    names = arguments(evidence.exercise)
    try:
        signature = inspect.signature(evidence.function)
        signature.bind(*names)
    except TypeError:
        shown = f"{evidence.exercise.name}({', '.join(names)})"
        yield f"It takes other arguments than the exercise hands over: `{shown}`."
    except ValueError:
        return


def meaning(evidence: Evidence) -> Iterator[str]:
    """A sentence for errors whose words say little."""
    for trial in evidence.trials:
        if trial.outcome.error is not None:
            text = said_by(trial.outcome.error)
            for pattern, said in MEANINGS:
                if re.search(pattern, text):
                    yield f"Most likely: {said}."
                    return


def first_error(evidence: Evidence) -> tuple[BaseException | None, str]:
    """The first error with the line at which it arose."""
    for trial in evidence.trials:
        if trial.outcome.error is not None:
            return trial.outcome.error, trial.outcome.where
    return None, ""


Ask = Callable[[Evidence], Any]
PROBES = (Probe("other arguments", arguments_differ),)
LATER = (Probe("what the error means", meaning),)
