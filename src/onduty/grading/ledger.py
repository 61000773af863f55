"""The ledger: a directory that many may write to at once, on this machine or on shared storage.

    DIR/ledger.json               version, and the secret that seeds are drawn from
    DIR/handins/LEARNER.json      who handed in what (`HandIn`)
    DIR/runs/CHAPTER/KEY.json     one grading (`RunReport`); written once, never changed
    DIR/unsettled/CHAPTER/KEY.json   one that the grader or the machine spoiled; replaced by the next try

A file appears whole or not at all: it is written beside its place, synced, and then given its name. Of two writers of
one key the first wins.
"""

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from onduty.checking.seeds import LARGEST_SEED
from onduty.course import files
from onduty.course.problems import Problem
from onduty.grading.model import HandIn, Learner, Result, RunReport

VERSION: Final = 1
HEAD: Final = "ledger.json"

Model = TypeVar("Model", bound=BaseModel)


class LedgerError(Problem):
    """The directory cannot be used as a ledger."""


@dataclass(frozen=True)
class Ledger:
    """An open ledger."""

    root: Path
    secret: str

    @classmethod
    def open(cls, root: Path) -> "Ledger":
        """Open the ledger in this directory, or begin one there."""
        head = root / HEAD
        if not head.exists():
            if root.is_dir() and any(not _is_head(entry.name) for entry in root.iterdir()):
                raise LedgerError(f"{root} holds something else. Name a new directory, or one `onduty grade` has made.")
            _write_once(head, json.dumps({"ledger_version": VERSION, "secret": secrets.token_hex(32)}).encode())
        return cls.find(root)

    @classmethod
    def find(cls, root: Path) -> "Ledger":
        """Open a ledger that is there."""
        try:
            found = json.loads((root / HEAD).read_bytes())
            version, secret = found["ledger_version"], str(found["secret"])
        except FileNotFoundError:
            raise LedgerError(f"{root} is no ledger: it has no {HEAD}. `onduty grade … --out DIR` makes one.") from None
        except (ValueError, KeyError, TypeError):
            raise LedgerError(f"{root / HEAD} is damaged. Restore it from a backup, or begin a new ledger.") from None
        if version != VERSION:
            raise LedgerError(f"{root} was made by another version of onduty (ledger {version}). Upgrade onduty.")
        return cls(root, secret)

    def seed(self, key: str) -> int:
        """The seed of a run: the same whenever it is repeated, and known to nobody who has not seen the ledger."""
        digest = hmac.digest(bytes.fromhex(self.secret), key.encode(), "sha256")
        return 1 + int.from_bytes(digest[:8], "big") % (LARGEST_SEED - 1)

    def hand_in(self, handed_in: HandIn) -> None:
        """Note what a learner handed in; for each chapter what is noted last counts."""
        known = self._known(handed_in.learner)
        self._note(handed_in.after(known) if known else handed_in)

    def add(self, run: RunReport) -> None:
        """Keep a result. A settled one is never replaced; one that is not settled gives way to any other."""
        content = run.model_dump_json(indent=1).encode()
        unsettled = self._place("unsettled", run.chapter, run.key)
        if run.settled:
            _write_once(self._place("runs", run.chapter, run.key), content)
            unsettled.unlink(missing_ok=True)
        else:
            files.write(unsettled, content, lasting=True)

    def has(self, chapter: str, key: str) -> bool:
        """Whether this has been graded for good."""
        return self._place("runs", chapter, key).is_file()

    def hand_ins(self) -> list[HandIn]:
        """Everybody who handed in, by id."""
        return [_read(file, HandIn) for file in sorted((self.root / "handins").glob("*.json"))]

    def runs(self, chapter: str | None = None) -> Iterator[RunReport]:
        """Every grading there has been: of all policies, all versions of the course, all submissions.

        What others settle meanwhile leaves its place after it has been given the new one, so that is looked at last.
        """
        for kept in ("unsettled", "runs"):
            for file in sorted((self.root / kept).glob(f"{chapter or '*'}/*.json")):
                try:
                    run = _read(file, RunReport)
                except FileNotFoundError:
                    continue
                yield run

    def results(self) -> list[Result]:
        """One record per learner and chapter: the newest grading of what was handed in, settled before unsettled.

        A chapter that was handed in and not graded yet has none.
        """
        newest: dict[tuple[str, str], RunReport] = {}
        for run in self.runs():
            place = (run.chapter, run.submission)
            known = newest.get(place)
            if known is None or (run.settled, run.graded_at) >= (known.settled, known.graded_at):
                newest[place] = run
        return [
            Result(
                learner=handed_in.learner,
                source=handed_in.origin(chapter).source,
                submitted_at=handed_in.origin(chapter).submitted_at,
                run=newest[chapter, submission],
            )
            for handed_in in self.hand_ins()
            for chapter, submission in sorted(handed_in.work.items())
            if (chapter, submission) in newest
        ]

    def merge(self, other: "Ledger") -> int:
        """Take over what another ledger has; return how many results were new here.

        For each chapter of a learner what was handed in last counts, whichever ledger is merged last.
        """
        for handed_in in other.hand_ins():
            known = self._known(handed_in.learner)
            self._note(known.merged(handed_in) if known else handed_in)
        new = 0
        for run in other.runs():
            if self._lacks(run):
                self.add(run)
                new += 1
        return new

    def _lacks(self, run: RunReport) -> bool:
        """Whether there is no such result here, or only one that is not settled and that this one replaces."""
        if self.has(run.chapter, run.key):
            return False
        unsettled = self._place("unsettled", run.chapter, run.key)
        return run.settled or not unsettled.is_file() or _read(unsettled, RunReport).graded_at < run.graded_at

    def _known(self, learner: Learner) -> HandIn | None:
        file = self._noted(learner)
        return _read(file, HandIn) if file.exists() else None

    def _note(self, handed_in: HandIn) -> None:
        files.write(self._noted(handed_in.learner), handed_in.model_dump_json(indent=1).encode(), lasting=True)

    def _noted(self, learner: Learner) -> Path:
        return self.root / "handins" / f"{learner.id}.json"

    def _place(self, kept: str, chapter: str, key: str) -> Path:
        return self.root / kept / chapter / f"{key}.json"


def key_of(submission: str, course: str, chapter: str, policy: BaseModel) -> str:
    """Name a result after everything it depends on."""
    parts = json.dumps([submission, course, chapter, policy.model_dump(mode="json")], sort_keys=True)
    return hashlib.sha256(parts.encode()).hexdigest()[:32]


def _is_head(name: str) -> bool:
    """Also one that a kill left half written."""
    return name == HEAD or (name.startswith(f".{HEAD}.") and name.endswith(files.UNFINISHED))


def _write_once(target: Path, content: bytes) -> None:
    """Put a whole file in place, unless somebody else was first."""
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name[:100]}.{os.urandom(4).hex()}{files.UNFINISHED}")
    try:
        with beside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            target.hardlink_to(beside)
        except FileExistsError:
            return
        except OSError:  # a file system without hard links
            if not target.exists():
                beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def _read(file: Path, model: type[Model]) -> Model:
    try:
        return model.model_validate_json(file.read_bytes())
    except ValidationError:
        raise LedgerError(
            f"{file} is damaged, or was not written by onduty. Remove it and run with --resume."
        ) from None
