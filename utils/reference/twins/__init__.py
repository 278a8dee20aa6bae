"""Each operation once more as loops over single numbers: slow, plain, nothing of ours imported."""
