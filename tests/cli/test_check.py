"""`onduty check`, `ship` and `replay` on the miniature course, with a real lab under them."""

import errno
import json
import re
import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from onduty.course.progress import Light
from onduty.course.workspace import Workspace

SCHEMA = Path(__file__).parents[2] / "docs" / "reference" / "report.schema.json"


@pytest.fixture
def solved(course_root: Path, workspace: Workspace, onduty) -> Workspace:
    """A learner whose copy of the first chapter is our solution."""
    onduty("start", "1")
    shutil.copytree(course_root / "solutions/01-first-light", workspace.root / "01-first-light", dirs_exist_ok=True)
    return workspace


def test_a_failing_chapter_is_explained_and_kept(onduty, workspace: Workspace) -> None:
    onduty("start", "1")
    ran = onduty("check", "--seed", "9")
    assert ran.returncode == 1
    assert "✗ 01.1/says-live  A process that can answer says that it lives." in ran.stdout
    assert "Likely:   app/health.py answers with another status code." in ran.stdout
    assert "onduty check 1 --only 01.1/says-live --seed 9" in ran.stdout
    assert "\x1b" not in ran.stdout
    assert workspace.progress().of("first-light").drill.checks["01.1/says-live"] is False


def test_a_pass_lights_the_chapter_and_says_what_comes_next(onduty, solved: Workspace) -> None:
    ran = onduty("check", "1")
    assert ran.returncode == 0
    assert "onduty ship 1" in ran.stdout
    assert "onduty start 2" in ran.stdout
    assert solved.progress().of("first-light").drill.light is Light.LIT


def test_out_of_order_what_comes_next_is_the_first_not_solved(onduty, solved: Workspace, course_root: Path) -> None:
    onduty("start", "2")
    shutil.copytree(course_root / "solutions/02-held-kettle", solved.root / "02-held-kettle", dirs_exist_ok=True)
    assert "Next:    onduty start 1   First light" in onduty("check", "2").stdout
    assert "onduty start" not in onduty("check", "1").stdout


def test_a_part_that_is_drilled_whole_is_summed_up(onduty, solved: Workspace, course_root: Path) -> None:
    settings = course_root / "chapters/02-held-kettle/chapter.toml"
    settings.write_text(settings.read_text().replace("part = 3", "part = 1"))
    assert "Part I, " not in onduty("check", "1").stdout
    onduty("start", "2")
    shutil.copytree(course_root / "solutions/02-held-kettle", solved.root / "02-held-kettle", dirs_exist_ok=True)
    finished = onduty("check", "2").stdout
    assert "Part I, Off localhost: all 2 drilled, 0 of 2 shipped" in finished
    assert "01  A health check that answers 500 is a restart button." in finished


def test_a_light_goes_out(onduty, solved: Workspace, course_root: Path) -> None:
    onduty("check", "1")
    shutil.copytree(course_root / "chapters/01-first-light", solved.root / "01-first-light", dirs_exist_ok=True)
    assert onduty("check", "1").returncode == 1
    assert solved.progress().of("first-light").drill.light is Light.OUT


def test_one_check_does_not_light_a_chapter(onduty, solved: Workspace) -> None:
    ran = onduty("check", "1", "--only", "01.1")
    assert ran.returncode == 0
    assert "ends-at-sigterm" not in ran.stdout
    assert solved.progress().of("first-light").drill.light is Light.DARK


def test_json_on_standard_output_is_nothing_but_json(onduty) -> None:
    ran = onduty("check", "1", "--starter", "--json", "-", "--seed", "3")
    report = json.loads(ran.stdout)
    jsonschema.validate(report, json.loads(SCHEMA.read_text()))
    assert (report["seed"], report["exit_code"], ran.returncode) == (3, 1, 1)
    assert "01.1/says-live" in ran.stderr


def test_chapters_that_run_side_by_side_are_told_one_after_the_other(onduty) -> None:
    said = onduty("check", "--solution").stdout
    told = [
        line.split()[1].partition(".")[0]
        for line in said.splitlines()
        if line.lstrip().startswith("✓ ") and "." in line.split()[1]
    ]
    assert told == sorted(told)
    assert set(told) == {"01", "02", "32"}


def test_reports_are_written_to_files(onduty, tmp_path: Path) -> None:
    onduty("check", "1", "--solution", "--json", str(tmp_path / "r.json"), "--junit", str(tmp_path / "r.xml"))
    assert json.loads((tmp_path / "r.json").read_text())["verdict"] == "passed"
    assert ET.parse(tmp_path / "r.xml").getroot().tag == "testsuites"


def test_repeat_uses_another_seed_each_time(onduty) -> None:
    ran = onduty("check", "1", "--starter", "--only", "says-live", "--repeat", "2", "--seed", "20")
    assert "--seed 20" in ran.stdout
    assert re.findall(r"\d s, seed (\d+)$", ran.stdout, re.MULTILINE) == ["20", "21"]
    assert "--seed 21" in ran.stdout


def test_another_directory_is_checked_and_not_kept(onduty, course_root: Path, workspace: Workspace) -> None:
    ran = onduty("check", "1", "--app", str(course_root / "solutions/01-first-light"))
    assert ran.returncode == 0
    assert workspace.progress().of("first-light").drill.light is Light.DARK


def test_one_check_of_several_chapters_leaves_the_others_alone(onduty, workspace: Workspace) -> None:
    onduty("start", "1")
    onduty("start", "2")
    for chapters in (["1", "2"], ["--solution"]):
        ran = onduty("check", *chapters, "--only", "01.1")
        assert ran.returncode == (0 if "--solution" in chapters else 1)
        assert "01.1/says-live" in ran.stdout
        assert "Held kettle" not in ran.stdout
        assert "grader error" not in ran.stdout
    both = onduty("check", "--solution", "--only", "01.1", "--only", "answers-while-held")
    assert both.returncode == 0
    assert both.stdout.count("1 of 1 checks") == 2


def test_after_the_largest_seed_comes_the_first_again(onduty) -> None:
    ran = onduty("check", "1", "--starter", "--only", "says-live", "--repeat", "2", "--seed", "4294967295")
    assert re.findall(r"\d s, seed (\d+)$", ran.stdout, re.MULTILINE) == ["4294967295", "1"]


def test_what_a_form_needs_is_asked_for_before_anything_is_run(onduty, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("CLASSROOM", raising=False)
    ran = onduty("check", "1", "--solution", "--render", f"classroom50={tmp_path / 'result.json'}")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "CLASSROOM" in ran.stderr


def test_repeated_checks_report_the_worst_of_them(onduty, course_root: Path, tmp_path: Path) -> None:
    """A flake must be in the report that CI reads, and the report must be one document."""
    checks = course_root / "checks/01-first-light/test_first_light.py"
    once = tmp_path / "once"
    flaky = f"    from pathlib import Path\n    assert Path({str(once)!r}).exists() or Path({str(once)!r}).touch()\n"
    promise = '"""A process that can answer says that it lives."""\n'
    checks.write_text(checks.read_text().replace(promise, promise + flaky))
    forms = ["--json", "-", "--junit", str(tmp_path / "r.xml"), "--render", f"json={tmp_path / 'r.json'}"]
    ran = onduty("check", "1", "--solution", "--repeat", "2", "--seed", "20", *forms)
    report = json.loads(ran.stdout)
    assert (ran.returncode, report["exit_code"], report["seed"]) == (1, 1, 20)
    assert ET.parse(tmp_path / "r.xml").getroot()[0].get("failures") == "1"
    assert json.loads((tmp_path / "r.json").read_text()) == report


@pytest.mark.parametrize(
    "asked",
    [
        ("check", "1", "--starter", "--json", ""),
        ("check", "1", "--starter", "--junit", ""),
        ("check", "1", "--starter", "--render", "html="),
        ("ship", "--starter", "--json", ""),
        ("ship", "--starter", "--junit", ""),
    ],
)
def test_a_report_that_cannot_be_written_is_told_before_anything_runs(
    onduty, tmp_path: Path, asked: tuple[str, ...]
) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "file" / "report"):
        ran = onduty(*asked[:-1], f"{asked[-1]}{path}")
        assert (ran.returncode, ran.stdout) == (2, "")
        assert ran.stderr.startswith(f"{path} cannot be written (")
        assert ran.stderr.endswith("). Name another file.\n")


def test_a_report_that_cannot_be_written_after_all_is_not_our_fault(
    onduty, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Path.open

    def full(path: Path, *arguments: object, **more: object) -> object:
        if path.name == "report":
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return opened(path, *arguments, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", full)
    report = tmp_path / "report"
    for command in (["check", "1", "--starter", "--only", "01.1", "--json"], ["dev", "schema", "--write"]):
        ran = onduty(*command, str(report))
        assert ran.returncode == 2
        assert ran.stderr == f"{report} cannot be written (No space left on device). Name another file.\n"


def test_a_directory_named_after_a_chapter_says_which_one_it_is(onduty, course_root: Path, tmp_path: Path) -> None:
    solution = course_root / "solutions/01-first-light"
    assert onduty("check", "--app", str(solution), "--only", "01.1").returncode == 0
    bare = shutil.copytree(solution, tmp_path / "first-light")
    assert onduty("check", "--app", str(bare), "--only", "01.1").returncode == 0


@pytest.mark.parametrize("name", ["light", "1", "app", "my-held-kettle"])
def test_a_directory_named_otherwise_is_no_guess(onduty, tmp_path: Path, name: str) -> None:
    (app := tmp_path / name).mkdir()
    ran = onduty("check", "--app", str(app))
    assert ran.returncode == 2
    assert ran.stderr == f"Which chapter is {app}? Name it: `onduty check N --app {app}`.\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["check", "--app", "nowhere"], "nowhere is not a directory"),
        (["check", "1", "--app", "nowhere"], "nowhere is not a directory"),
        (["check", "1", "--starter", "--solution"], "exclude one another"),
        (["check", "1", "--starter", "--only", "x"], 'There is no check "x" here'),
        (["check", "1", "--starter", "--lab", "cloud"], "--lab"),
        (["check", "9", "--starter"], 'There is no chapter "9"'),
        (["ship"], "No chapter is drilled yet"),
        (["ship", "--starter", "--step", "1"], "exclude one another"),
        (["ship", "--step", "7"], "There are 2 steps"),
        (["ship", "--into", "lesson"], "--into wants --step K"),
    ],
)
def test_bad_input_is_one_sentence(onduty, workspace, arguments: list[str], says: str) -> None:
    ran = onduty(*arguments)
    assert ran.returncode == 2
    assert says in ran.stderr
    assert len(ran.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("spoil", "says", "code"),
    [
        (lambda app: (app / "Procfile").unlink(), "Procfile", 5),
        (lambda app: (app / "Procfile").write_text("wibble: python -m app\n"), "wibble", 5),
        (lambda app: (app / "app/__main__.py").write_text("def (:\n"), "SyntaxError", 5),
        (lambda app: (app / "app/__main__.py").write_text("import nothing_of_the_kind\n"), "nothing_of_the_kind", 5),
        (lambda app: (app / "app/__main__.py").write_text(""), "status 0", 5),
    ],
)
def test_an_app_that_does_not_start_is_told_once(onduty, solved, spoil, says, code) -> None:
    spoil(solved.root / "01-first-light")
    ran = onduty("check", "1")
    assert ran.returncode == code
    assert says in ran.stdout
    assert ran.stdout.count("Next:") == 1
    assert "The same: 01.2/ends-at-sigterm" in ran.stdout


def test_shipping_runs_the_behaviour_suite_too(onduty, course_root: Path) -> None:
    ran = onduty("ship", "--all", "--solution", "--json", "-")
    assert ran.returncode == 0
    report = json.loads(ran.stdout)
    assert [chapter["id"] for chapter in report["chapters"]] == ["on-duty", "first-light", "held-kettle"]
    assert [(light["id"], light["lit"]) for light in report["lights"]] == [("first-light", True), ("held-kettle", True)]


def test_a_service_between_has_the_lights_of_its_steps(onduty) -> None:
    ran = onduty("ship", "--step", "1")
    assert ran.returncode == 1
    assert "●  01 First light" in ran.stdout
    assert "○  02 Held kettle  02.1/answers-while-held: One request was waiting" in ran.stdout
    assert "1 of 2 lights lit. Every feature works." in ran.stdout
    assert "Likely" not in ran.stdout


def test_an_instructor_is_given_the_service_between(onduty) -> None:
    ran = onduty("ship", "--step", "1", "--into", "lesson")
    assert "lesson holds the service after 1 of 2 steps. Lights: 01." in ran.stdout
    assert Path("lesson/Procfile").exists()
    again = onduty("ship", "--step", "1", "--into", "lesson")
    assert again.returncode == 2
    assert "is not empty" in again.stderr


def test_a_light_that_goes_out_is_told_first_and_with_its_reason(onduty, course_root: Path, workspace) -> None:
    onduty("start", "32")
    service = workspace.root / "32-on-duty/app/__main__.py"
    shutil.copy(course_root / "solutions/32-on-duty/app/__main__.py", service)
    lit = onduty("ship", "--all")
    assert lit.stdout.count("lit now") == 2
    assert "All of them." in lit.stdout
    service.write_text(service.read_text().replace("ThreadingHTTPServer", "HTTPServer"))
    out = onduty("ship")
    assert out.returncode == 1
    assert "✗  02 Held kettle  went out: 02.1/answers-while-held: One request was waiting" in out.stdout
    assert "onduty ship 2 --seed" in out.stdout
    assert "First: onduty ship 2   it was lit; what did you change since? onduty diff 32 shows all" in out.stdout


@pytest.mark.parametrize(
    ("whose", "explains"),
    [
        (["--starter"], "onduty check 32 --starter"),
        (["--solution"], "onduty check 32 --solution"),
        (["--step", "1"], "onduty ship --step 1 --full"),
        (["1"], "onduty check 32"),
    ],
)
def test_what_explains_a_broken_feature_is_about_the_service_that_was_looked_at(
    onduty, course_root: Path, workspace: Workspace, whose: list[str], explains: str
) -> None:
    for main in [*course_root.glob("*/32-on-duty/app/__main__.py"), *course_root.glob("solutions/steps/*/app/*.py")]:
        main.write_text("")
    onduty("reset", "32")
    assert f"A feature is broken: that comes first. {explains} explains it." in onduty("ship", *whose).stdout


def test_what_a_service_answers_cannot_steer_the_board(onduty, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onduty.reports.lights._told", lambda *_: "it said \x1b[2J")
    ran = onduty("ship", "--step", "1")
    assert "it said \N{REPLACEMENT CHARACTER}[2J" in ran.stdout
    assert "\x1b" not in ran.stdout


def test_a_light_that_stays_dark_names_the_one_it_builds_on(onduty, workspace: Workspace) -> None:
    ran = onduty("ship", "2")
    assert ran.returncode == 1
    assert "onduty ship 1   First light; 02 builds on it" in ran.stdout


def test_a_replay_shows_the_starter_beside_your_copy(onduty, solved: Workspace) -> None:
    ran = onduty("replay", "1", "--seed", "4")
    assert ran.returncode == 0
    says_live = ran.stdout.partition("01.1/says-live")[2].partition("01.2/")[0]
    assert says_live.index("starter ✗ failed") < says_live.index("yours ✓ passed")
    assert "GET /health/live" in says_live


def test_a_copy_that_is_still_the_starter_is_replayed_once(onduty) -> None:
    onduty("start", "1")
    ran = onduty("replay", "1", "--seed", "4")
    assert ran.returncode == 1
    says_live = ran.stdout.partition("01.1/says-live")[2].partition("01.")[0]
    assert "your copy, still the starter ✗ failed" in says_live
    assert says_live.count("✗ failed") == 1


def test_a_file_that_cannot_be_handed_in_is_not_deployed_and_named(onduty, mine: Path) -> None:
    (mine / "helpers.txt").write_text("")
    (mine / "app" / "extra.py").write_text("")
    told = "Not deployed, since 01-first-light takes only Procfile, app/**/*.py: helpers.txt.\n"
    assert onduty("check", "1").stderr == told
    assert onduty().stderr == told
    onduty("start", "32")
    (mine.parent / "32-on-duty/notes.txt").touch()
    shipped = onduty("ship", "1")
    assert shipped.stderr.count("Not deployed") == 1
    assert "since 32-on-duty takes only" in shipped.stderr
    assert shipped.stderr.endswith(": notes.txt.\n")


def test_a_bonus_adds_and_takes_nothing_away(onduty, course_root: Path, tmp_path: Path) -> None:
    said = course_root / "chapters/01-first-light/chapter.toml"
    said.write_text(said.read_text().replace("points = 5", "points = 5\nbonus = true"))
    without = shutil.copytree(course_root / "solutions/01-first-light", tmp_path / "without")
    shutil.copy(course_root / "chapters/01-first-light/app/__main__.py", without / "app")
    report = tmp_path / "junit.xml"
    ran = onduty("check", "1", "--app", str(without), "--junit", str(report))
    assert (ran.returncode, "01.2/ends-at-sigterm: failed" in ran.stdout) == (0, True)
    assert "1 of 2 checks, 10 of 10 points" in ran.stdout
    suite = ET.parse(report).getroot()[0]
    assert (suite.get("failures"), suite.get("skipped")) == ("0", "1")
    assert "2 of 2 checks, 15 of 10 points" in onduty("check", "1", "--solution").stdout
