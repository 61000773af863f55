"""The pytest plugin: runs the checks of a chapter against an app and reports verdicts.

`onduty check` loads it in a process of its own. Plain pytest loads it through `checks/conftest.py`:

    pytest checks/05-blocked-event-loop --app workspace/05-blocked-event-loop
"""

import asyncio
import inspect
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import pytest

from onduty.checking.because import Because
from onduty.checking.bench import Bench, Subject
from onduty.checking.explain import Case, explain
from onduty.checking.seeds import new_seed
from onduty.checking.task import Label, label_of
from onduty.checking.wire import Finished, Judged, Planned, Sender, Started
from onduty.course.catalog import Chapter, Course
from onduty.lab.hosting.launcher import Launcher
from onduty.lab.machine.disk import shortage
from onduty.lab.recorder import Timeline
from onduty.lab.unmet import NotGraded
from onduty.reports.model import CheckResult, TimelineEvent
from onduty.reports.text import explanation_lines
from onduty.reports.verdict import Verdict

pytest_plugins = ["onduty.checking.fixtures"]

SEED: Final = "onduty_seed"
_judging = pytest.StashKey["Judging"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("onduty", "On Duty: checks against a running app")
    group.addoption("--app", metavar="DIR", help="check the app in this directory")
    group.addoption("--starter", action="store_true", help="check each chapter's starter")
    group.addoption("--solution", action="store_true", help="check each chapter's solution")
    group.addoption("--ship", action="store_true", help="the app is the whole service: give it every part of the lab")
    group.addoption("--seed", type=int, help="repeat the rows, names and numbers of an earlier run")
    group.addoption(
        "--lab", default="embedded", choices=["embedded", "docker", "url"], help="where the servers come from"
    )
    group.addoption("--check", action="append", default=[], metavar="ID", help="run only this check; may be repeated")
    group.addoption("--against", metavar="OPTIONS", help="how `onduty` names this app, for the command that repeats it")
    group.addoption("--room", metavar="JSON", help="start the app in rooms that this describes (onduty grade)")
    group.addoption("--report-to", type=int, metavar="FD", help="write verdicts to this descriptor")


def pytest_configure(config: pytest.Config) -> None:
    chosen = [name for name in ("app", "starter", "solution") if config.getoption(name)]
    if len(chosen) != 1:
        raise pytest.UsageError("Say which app to check: one of --app DIR, --starter or --solution.")
    config.stash[_judging] = judging = Judging(config)
    config.pluginmanager.register(judging)


@pytest.fixture
def onduty_bench(request: pytest.FixtureRequest) -> Bench:
    return request.config.stash[_judging].bench


@pytest.fixture
def onduty_subject(request: pytest.FixtureRequest) -> Subject:
    return request.config.stash[_judging].subject(request.path)


class Judging:
    """One pytest session over the checks of one or more chapters."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._course = Course.find_course()
        self.bench = Bench(
            seed=_seed(config),
            provider=config.getoption("lab"),
            launcher=_launcher(config.getoption("room")),
        )
        descriptor = config.getoption("report_to")
        self._sender = Sender(descriptor) if descriptor is not None else None
        self._confined = config.getoption("room") is not None
        self._seconds = 0.0
        self._said_before = 0
        self._next: pytest.Item | None = None

    def subject(self, check_file: Path) -> Subject:
        chapter = self._chapter(check_file)
        service = self._course.service if self._config.getoption("ship") else None
        needs = chapter.needs | (service.needs if service is not None else frozenset())
        return Subject(chapter, self._app(chapter), needs, (service or chapter).submission)

    def _chapter(self, check_file: Path) -> Chapter:
        return self._course.find(check_file.parent.name)

    def _app(self, chapter: Chapter) -> Path:
        if self._config.getoption("starter"):
            return chapter.starter
        if self._config.getoption("solution"):
            return chapter.solution
        return Path(self._config.getoption("app")).resolve()

    def pytest_report_header(self) -> str:
        return f"onduty: --seed {self.bench.seed} repeats this run's rows, names and numbers"

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Give each worker of pytest-xdist the seed that the header names."""
        node.workerinput[SEED] = self.bench.seed

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        wanted = set(self._config.getoption("check"))
        items[:] = [item for item in items if not wanted or _label(item).id in wanted]
        self._send(Planned(checks=[_label(item).id for item in items]))

    def pytest_runtest_protocol(self, nextitem: pytest.Item | None) -> None:
        self._next = nextitem

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self._send(Started(check=_label(item).id))
        self._seconds = 0.0
        Because.forget()
        self._begin_story()

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool:
        wanted = pyfuncitem._fixtureinfo.argnames  # noqa: SLF001 - pytest has no public name for it
        given = {name: pyfuncitem.funcargs[name] for name in wanted}

        async def story() -> None:
            if self._next is not None and self._next.path.parent == pyfuncitem.path.parent:
                self.bench.start_in_advance(_label(self._next).copies)
            async with asyncio.timeout(_label(pyfuncitem).limit):
                await pyfuncitem.obj(**given)

        self._begin_story()
        self.bench.run(story())
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Iterator[None]:  # pragma: no branch
        report: pytest.TestReport = yield  # type: ignore[assignment]
        self._seconds += call.duration
        if call.excinfo is not None and isinstance(call.excinfo.value, Exception):
            self.bench.run(self.bench.hear_out())
            result = self._result(item, call.excinfo.value)
            report.longrepr = "\n".join(explanation_lines(result))
            self._send(Judged(result=result))
        elif call.when == "call" and call.excinfo is None:
            self._send(Judged(result=self._result(item, None)))
        return report  # type: ignore[return-value]

    def pytest_runtest_teardown(self) -> None:
        self.bench.run(self.bench.tidy())

    def pytest_sessionfinish(self) -> None:
        if self._confined:
            self._send(Finished())  # whoever confined this ends it now, faster than it could tidy up
        self.bench.close()
        if not self._confined:
            self._send(Finished())

    def _begin_story(self) -> None:
        """What happened before the check's own first line is not part of its timeline or its evidence."""
        if self.bench.current is not None:
            self.bench.current.timeline.restart()
        self._said_before = self.bench.shared.output.mark() if self.bench.shared is not None else 0

    def _result(self, item: pytest.Item, error: Exception | None) -> CheckResult:
        label, promise = _label(item), _promise(item)
        timeline = self.bench.current.timeline if self.bench.current is not None else Timeline()
        verdict, explanation = Verdict.PASSED, None
        if error is not None:
            case = Case(
                label=label,
                promise=promise,
                check_file=item.path,
                timeline=timeline,
                service=self.bench.shared,
                said_before=self._said_before,
                chapter=self._chapter(item.path).number,
                seed=self.bench.seed,
                ship=bool(self._config.getoption("ship")),
                against=_against(self._config),
            )
            verdict, explanation = explain(self._shortage() or error, case)
        return CheckResult(
            id=label.id,
            task=label.task,
            promise=promise,
            verdict=verdict,
            seconds=round(self._seconds, 3),
            timeline=[TimelineEvent(**asdict(event)) for event in timeline.events],
            explanation=explanation,
        )

    def _shortage(self) -> NotGraded | None:
        """A full disk of this machine's; a confined service could only have filled it itself."""
        lab = self.bench.current
        return shortage(lab.run_dir) if lab is not None and not self._confined else None

    def _send(self, message: Planned | Started | Judged | Finished) -> None:
        if self._sender is not None:
            self._sender.send(message)


def _seed(config: pytest.Config) -> int:
    given: int | None = config.getoption("seed")
    if given is None:
        given = getattr(config, "workerinput", {}).get(SEED)
    return new_seed() if given is None else given


def _against(config: pytest.Config) -> str:
    """The options of `onduty check` that mean the same app, on the same lab."""
    named: str | None = config.getoption("against")
    if named is None:
        app = config.getoption("app")
        named = f"--app {app}" if app else "--starter" if config.getoption("starter") else "--solution"
    lab = config.getoption("lab")
    return f"{named} --lab {lab}".strip() if lab != "embedded" else named


def _launcher(room: str | None) -> Launcher | None:
    if room is None:
        return None
    from onduty.grading.boundary import Boundary
    from onduty.grading.containers.rooms import ContainedRooms
    from onduty.grading.room import Rooms

    given = json.loads(room)
    if guests := given.get("guests"):
        return ContainedRooms(range(*guests), given["output_bytes"])
    return Rooms(Boundary.from_json(room))


def _label(item: pytest.Item) -> Label:
    label = label_of(item.obj) if isinstance(item, pytest.Function) else None
    if label is None or not inspect.iscoroutinefunction(item.obj):  # type: ignore[attr-defined]
        raise pytest.UsageError(f"{item.nodeid} is no check: write `@task(…, id=…)` and `async def`.")
    return label


def _promise(item: pytest.Item) -> str:
    text = inspect.getdoc(item.obj) or ""  # type: ignore[attr-defined]
    return text.split("\n\n")[0].replace("\n", " ")
