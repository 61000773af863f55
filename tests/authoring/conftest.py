"""The miniature course with a verdict bank of its own."""

import shutil
from pathlib import Path

import pytest

from onduty.course.catalog import Course

MINI = Path(__file__).parents[1] / "mini"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "course"
    shutil.copytree(MINI, place, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setenv("ONDUTY_COURSE", str(place))
    bank = place / "tests" / "variants" / "01-first-light"
    write(
        bank / "starter.toml",
        'why = "Says 500."\n[fails]\n"01.1/says-live" = "failed"\n"01.2/ends-at-sigterm" = "failed"\n',
    )
    health = (place / "solutions/01-first-light/app/health.py").read_text()
    write(bank / "right/commented/variant.toml", 'base = "solution"\nwhy = "A comment more."\n')
    write(bank / "right/commented/app/health.py", f"# A comment.\n{health}")
    write(
        bank / "wrong/no-health/variant.toml",
        'base = "solution"\nwhy = "It lies."\n[fails]\n"01.1/says-live" = "failed"\n',
    )
    write(bank / "wrong/no-health/app/health.py", (place / "chapters/01-first-light/app/health.py").read_text())
    return place


@pytest.fixture
def course(root: Path) -> Course:
    return Course.load(root)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
