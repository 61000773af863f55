"""The committed results of the bank: what was run, when its inputs were what they are."""

import json
import statistics
from dataclasses import dataclass
from pathlib import Path

from onduty.authoring.bank import Outcome
from onduty.authoring.fingerprint import fingerprint
from onduty.authoring.variants import BANK, Variant
from onduty.course import files

FILE_NAME = "results.json"


@dataclass(frozen=True)
class Recorded:
    """What is known of one entry from earlier runs."""

    fingerprint: str
    runs: int
    stressed: int
    false_passes: int
    false_fails: int
    flakes: int
    seconds: float

    def plus(self, outcome: Outcome, *, stressed: bool) -> "Recorded":
        fresh = of(outcome, stressed=stressed)
        if fresh.fingerprint != self.fingerprint:
            return fresh
        return Recorded(
            fingerprint=self.fingerprint,
            runs=self.runs + fresh.runs,
            stressed=self.stressed + fresh.stressed,
            false_passes=self.false_passes + fresh.false_passes,
            false_fails=self.false_fails + fresh.false_fails,
            flakes=self.flakes + fresh.flakes,
            seconds=self.seconds if stressed else fresh.seconds,
        )


def of(outcome: Outcome, *, stressed: bool) -> Recorded:
    return Recorded(
        fingerprint=outcome.fingerprint,
        runs=len(outcome.runs),
        stressed=len(outcome.runs) if stressed else 0,
        false_passes=outcome.false_passes,
        false_fails=outcome.false_fails,
        flakes=int(outcome.is_flake),
        seconds=round(statistics.median(run.seconds for run in outcome.runs), 2),
    )


class Results:
    """`tests/variants/results.json`, one line an entry so that a change reads well in a diff."""

    def __init__(self, root: Path) -> None:
        self._path = root / BANK / FILE_NAME
        self._known = self._stored()
        self._graded: set[str] = set()

    def of(self, variant: Variant) -> Recorded | None:
        return self._known.get(variant.id)

    def stands(self, variant: Variant, *, runs: int, stressed: bool) -> bool:
        """Whether the entry has been graded often enough since anything it depends on changed, without a fault."""
        known = self.of(variant)
        if known is None or known.fingerprint != fingerprint(variant):
            return False
        faults = known.false_passes + known.false_fails + known.flakes
        return not faults and (known.stressed if stressed else known.runs) >= runs

    def add(self, outcome: Outcome, *, stressed: bool) -> None:
        before = self._known.get(outcome.variant.id)
        after = before.plus(outcome, stressed=stressed) if before else of(outcome, stressed=stressed)
        self._known[outcome.variant.id] = after
        self._graded.add(outcome.variant.id)

    def save(self, bank: list[Variant]) -> None:
        """Write what was graded here beside what the file says of the others by now; forget what left the bank."""
        present = {variant.id for variant in bank}
        known = self._stored() | {entry: self._known[entry] for entry in self._graded}
        known = {entry: recorded for entry, recorded in known.items() if entry in present}
        lines = [f"  {json.dumps(entry)}: {json.dumps(vars(recorded))}" for entry, recorded in sorted(known.items())]
        text = "{\n" + ",\n".join(lines) + "\n}\n"
        files.write(self._path, text.encode())

    def _stored(self) -> dict[str, Recorded]:
        if not self._path.exists():
            return {}
        stored = json.loads(self._path.read_text(encoding="utf-8"))
        return {entry: Recorded(**fields) for entry, fields in stored.items()}
