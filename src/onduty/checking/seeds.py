"""Seeds: printed with every run, and accepted back."""

import random
from typing import Final

LARGEST_SEED: Final = 2**32 - 1


def new_seed() -> int:
    """A seed that nobody can foresee."""
    return random.SystemRandom().randint(1, LARGEST_SEED)
