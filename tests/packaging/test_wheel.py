"""The wheel carries the course: installed elsewhere, it makes a workspace and knows its chapters."""

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from onduty.course.catalog import Course

ROOT = Path(__file__).parents[2]
COURSE = Course.load(ROOT)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    uv = shutil.which("uv")
    if uv is None:
        pytest.skip("uv is not on PATH, so no wheel can be built; .ci/run has it")
    target = tmp_path_factory.mktemp("dist")
    built = subprocess.run(
        [uv, "build", "--quiet", "--wheel", "--out-dir", target, ROOT], capture_output=True, text=True, check=False
    )
    if "Failed to fetch" in built.stderr or "error sending request" in built.stderr:
        pytest.skip("the build backend is not cached and there is no network")
    assert built.returncode == 0, built.stderr
    return next(target.glob("*.whl"))


def test_it_holds_chapters_checks_and_solutions_and_no_caches(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for chapter in COURSE.chapters:
        for tree, file in (("chapters", "chapter.toml"), ("solutions", "WHY.md"), ("checks", "database.sql")):
            assert f"onduty/_course/{tree}/{chapter.name}/{file}" in names
    assert "onduty/_course/docs/reference/service.md" in names
    assert "onduty/_course/requirements.lock" in names
    assert not [name for name in names if "__pycache__" in name or name.startswith("onduty/_course/tests/")]


def test_installed_elsewhere_it_makes_a_workspace(wheel: Path, tmp_path: Path) -> None:
    place = tmp_path / "elsewhere"
    zipfile.ZipFile(wheel).extractall(place)
    (tmp_path / "home").mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "home"),
        # What the wheel depends on; an editable install's .pth is not read from here.
        "PYTHONPATH": os.pathsep.join([str(place), sysconfig.get_path("purelib")]),
    }

    def onduty(*arguments: str) -> str:
        code = "import sys; from onduty.cli import main; sys.exit(main())"
        command = [sys.executable, "-P", "-c", code, *arguments]
        ran = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    onduty("init", "mine")
    assert "\nfastapi==" in (tmp_path / "mine/constraints.txt").read_text()
    for chapter in COURSE.chapters:
        copy = tmp_path / "mine" / chapter.name
        assert not copy.exists() or (copy / "Procfile").exists()
    assert COURSE.chapters[0].name in onduty("list")
    assert "service contract" in onduty("contract").lower()
