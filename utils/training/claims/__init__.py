"""The claims of the five papers, run again: `python3 course.py train claims/NAME`."""

from utils.errors import ConfigError
from utils.training.claims import (
    gmflow,
    gmflow_questions,
    maxvit,
    restormer,
    swin,
    vit_adapter,
)
from utils.training.claims.base import (
    Claim,
    ClaimResult,
    answer_claim,
    chosen_lr,
    list_claims,
    load_claim,
    plan,
    run_arm,
    run_claim,
)

CLAIMS = {
    claim.name: claim
    for claim in (
        swin.CLAIM,
        maxvit.CLAIM,
        restormer.CLAIM,
        gmflow.CLAIM,
        gmflow_questions.CLAIM,
        vit_adapter.CLAIM,
        vit_adapter.ATTENTION,
    )
}

__all__ = [
    "CLAIMS",
    "Claim",
    "ClaimResult",
    "answer_claim",
    "chosen_lr",
    "find_claim",
    "list_claims",
    "load_claim",
    "plan",
    "run_arm",
    "run_claim",
]


def find_claim(name: str) -> Claim:
    """The claim of that name.

    Raises: ConfigError for any other.
    """
    if not isinstance(name, str) or name not in CLAIMS:
        raise ConfigError(
            f"the claim {name!r} came",
            allowed=f"there are claims for {', '.join(CLAIMS)}",
            mend="choose one of them",
        )
    return CLAIMS[name]
