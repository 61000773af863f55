"""Grades on this machine, several submissions at once."""

from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from onduty.grading.job import Work, Worker
from onduty.grading.ledger import Ledger
from onduty.grading.model import RunReport


def grade_here(work: Sequence[Work], worker: Worker, ledger: Ledger, *, jobs: int) -> Generator[RunReport]:
    """Yield results as they come; each is in the ledger by then. Whoever stops listening ends what is under way."""

    def grade(each: Work) -> RunReport:
        run = worker.grade(each)
        ledger.add(run)
        return run

    pool = ThreadPoolExecutor(max_workers=jobs)
    try:
        for done in as_completed([pool.submit(grade, each) for each in work]):
            yield done.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        worker.cancel()
        pool.shutdown(wait=True)
