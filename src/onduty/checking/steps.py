"""What was done to the service, told so that it can be read."""

import re
from collections import Counter
from collections.abc import Iterable

ALIKE = 5
"""From so many on, steps that differ in a number only are told as one."""
NUMBER = re.compile(r"\d{2,}")


def told_once(labels: Iterable[str]) -> list[str]:
    """Each step in the order in which it came first; one that was repeated says how often."""
    done = list(labels)
    alike = Counter(_kind(label) for label in set(done))
    steps = Counter(_kind(label) if alike[_kind(label)] >= ALIKE else label for label in done)
    return [step if times == 1 else f"{step} ({times} times)" for step, times in steps.items()]


def _kind(label: str) -> str:
    return NUMBER.sub("…", label)
