"""What the commands for authors say."""

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Onduty = Callable[..., CompletedProcess[str]]


@pytest.mark.parametrize("bank", ["bank", "whole"])
def test_a_name_that_no_entry_has_is_a_mistake(onduty: Onduty, course_root: Path, bank: str) -> None:
    for chapter in ("01-first-light", "02-held-kettle"):
        starter = course_root / "tests/variants" / chapter / "starter.toml"
        starter.parent.mkdir(parents=True)
        starter.write_text('why = "It waits."\n')
    ran = onduty("dev", bank, "--only", "typo")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("No entry of the bank is called that: ")


def test_an_author_reads_every_mistake_in_the_chapters(onduty: Onduty, course_root: Path) -> None:
    for chapter in ("01-first-light", "02-held-kettle"):
        file = course_root / "chapters" / chapter / "chapter.toml"
        file.write_text(file.read_text().replace("minutes", "mintues"))
    ran = onduty("dev", "check")
    assert (ran.returncode, ran.stderr) == (1, "")
    other = onduty("dev", "bank")
    assert (other.returncode, other.stdout) == (2, "")
    for told in (ran.stdout, other.stderr):
        assert "chapters/01-first-light/chapter.toml: `minutes`" in told
        assert "chapters/02-held-kettle/chapter.toml: `mintues`" in told
        assert "Install the course again" not in told
