"""The bank of the whole service, on the miniature course."""

import shutil
from pathlib import Path

import pytest

from onduty.authoring.whole_bank import broken_whole_bank, whole_variants, written
from onduty.course.catalog import Course

MINI = Path(__file__).parents[1] / "mini"
BANK = Path("tests/variants/32-on-duty")
WRONG = 'why = "x"\nout = "01-first-light"\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return Path(shutil.copytree(MINI, tmp_path / "course"))


def add(root: Path, name: str, told: str, **content: str) -> None:
    directory = root / BANK / name
    directory.mkdir(parents=True)
    (directory / "variant.toml").write_text(told)
    for file, text in content.items():
        (directory / file).write_text(text)


def test_a_variant_is_the_solution_but_for_what_it_says(root: Path) -> None:
    told = """
why = "One thread."
out = "02-held-kettle"
remove = ["app/__init__.py"]
as_after = { "01-first-light" = ["app/__main__.py"] }
"""
    add(root, "wrong/one-thread", told, Procfile="web: python -m app\n# as before\n")
    course = Course.load(root)
    with written(course, whole_variants(course)) as (service,):
        assert service.lit == ["01-first-light"]
        assert "ThreadingHTTPServer" not in (service.app / "app/__main__.py").read_text()
        assert "# as before" in (service.app / "Procfile").read_text()
        assert not (service.app / "app/__init__.py").exists()
        assert not (service.app / "variant.toml").exists()


def test_every_light_needs_a_service_in_which_it_alone_is_out(root: Path) -> None:
    add(root, "right/the-same", 'why = "Nothing else."')
    add(root, "wrong/deaf", 'why = "Never ends."\nout = "01-first-light"')
    (sentence,) = broken_whole_bank(Course.load(root))
    assert "02-held-kettle" in sentence


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ('why = "x"', "`out` must name"),
        ('why = "x"\nout = "99-unknown"', "`out` must name"),
        ('out = "01-first-light"', "must say why"),
        ('why = "x"\nout = "01-first-light"\nbase = "starter"', "there is no key 'base'"),
        ("why", "variant.toml"),
        (f'{WRONG}as_after = "app"', "as_after must be a table"),
        (f'{WRONG}as_after = {{ "01-first-light" = "app/__main__.py" }}', "as_after must be a table"),
        (f'{WRONG}as_after = {{ "99-unknown" = [] }}', "as_after names 99-unknown, which is no step"),
        (f'{WRONG}as_after = {{ "01-first-light" = ["app/no.py"] }}', "app/no.py, which is not there after 01-first-"),
        (f'{WRONG}remove = "Procfile"', "remove must be a list"),
        (f'{WRONG}remove = ["../README.md"]', "remove names ../README.md, which the solution does not have"),
    ],
)
def test_a_mistake_in_an_entry_is_a_sentence(root: Path, told: str, says: str) -> None:
    add(root, "wrong/mistaken", told)
    assert any(says in sentence for sentence in broken_whole_bank(Course.load(root)))
