"""Grades on a Dask cluster: the same work, on whatever machines it has; on one machine, a LocalCluster.

A worker needs this package and the course, nothing else: a submission travels with its work, a result travels back.
"""

import logging
import os
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import TYPE_CHECKING, Final

from onduty.course.catalog import Course
from onduty.course.problems import NotPossibleHere
from onduty.grading.isolation import isolation
from onduty.grading.job import Work, Worker
from onduty.grading.ledger import Ledger
from onduty.grading.model import Policy, RunReport

if TYPE_CHECKING:
    from distributed import Client

LOCAL: Final = "local"
TRIES: Final = 5
"""So often a cluster is looked for, or a local one made, before the rest is given up."""
PATIENCE: Final = 10
SETTINGS: Final = {
    "distributed.scheduler.allowed-failures": 10,
    "distributed.comm.timeouts.connect": f"{PATIENCE}s",
    "distributed.admin.log-format": "%(message)s",
    "logging": {"distributed": "critical"},
}
TALKERS: Final = ("distributed", "distributed.client")
"""Who would print a traceback for a part that is lost; in this process their settings are read before ours."""
_open: Final = ExitStack()


def grade_on_cluster(
    work: Sequence[Work], policy: Policy, ledger: Ledger, *, address: str, jobs: int, required: bool
) -> Generator[RunReport]:
    """Yield results as they come; each is in the ledger by then. What a lost scheduler took along is given out anew."""
    left = {each.key: each for each in work}
    for attempt in range(1, TRIES + 1):
        try:
            with _client(address, min(jobs, len(left) or 1)) as client:
                for run in _results(client, list(left.values()), policy, required=required):
                    ledger.add(run)
                    del left[run.key]
                    yield run
        except Lost:
            if attempt == TRIES:
                raise NotPossibleHere(
                    f"The Dask cluster was lost {TRIES} times; {len(left)} results are missing. --resume does them."
                ) from None
        if not left:
            return


class Lost(Exception):
    """The scheduler is gone, or forgot what it was given."""


@contextmanager
def _client(address: str, jobs: int) -> Iterator["Client"]:
    try:
        import dask
        from distributed import Client, LocalCluster
    except ImportError:
        raise NotPossibleHere("--dask needs Dask: `pip install 'onduty[dask]'`.") from None
    for name in TALKERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with dask.config.set(SETTINGS), ExitStack() as stack:
        try:
            if address == LOCAL:
                cluster = LocalCluster(n_workers=jobs, threads_per_worker=1, dashboard_address=None)  # type: ignore[no-untyped-call]
                stack.callback(cluster.close, timeout=5)
                address = cluster.scheduler_address
            client = Client(address, timeout=PATIENCE)  # type: ignore[no-untyped-call]
        except (OSError, TimeoutError, ValueError) as error:
            raise NotPossibleHere(f"There is no Dask scheduler at {address} ({error}).") from None
        stack.callback(client.close, timeout=5)
        yield client


def _results(client: "Client", work: Sequence[Work], policy: Policy, *, required: bool) -> Iterator[RunReport]:
    from distributed import CancelledError, as_completed
    from distributed.comm.core import CommClosedError

    futures = [client.submit(grade_there, each, policy, required, pure=False) for each in work]
    try:
        for future in as_completed(futures):  # type: ignore[no-untyped-call]
            if future.status in {"cancelled", "lost"}:
                raise Lost
            if future.status == "error":
                raise _told(future.exception())
            yield RunReport.model_validate_json(future.result())
    except (CancelledError, CommClosedError, OSError, TimeoutError) as error:
        raise Lost from error


def _told(error: Exception) -> Exception:
    """What ended the work on a worker; an error of its machine, as a sentence that does not blame this one."""
    if not isinstance(error, OSError):
        return error
    return NotPossibleHere(f"A worker of the Dask cluster cannot grade ({error}). Mend its machine, then --resume.")


def grade_there(work: Work, policy: Policy, required: bool) -> str:  # noqa: FBT001 - Dask passes arguments by position
    """On a worker: the result as JSON."""
    return _worker(policy, required, os.getpid()).grade(work).model_dump_json()


@cache
def _worker(policy: Policy, required: bool, _process: int) -> Worker:  # noqa: FBT001 - as above
    """What this process grades with; its isolation is found once."""
    course = Course.find_course()
    return Worker(course, _open.enter_context(isolation(course, policy, required=required)))
