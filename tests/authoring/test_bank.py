"""The bank counts what the checks get wrong, and remembers what stands."""

from pathlib import Path

import pytest

from onduty.authoring.bank import Outcome, Run, run_bank
from onduty.authoring.fingerprint import fingerprint
from onduty.authoring.results import Results
from onduty.authoring.variants import Variant, variants_of
from onduty.course.catalog import Course
from onduty.course.problems import CourseError
from onduty.reports.verdict import Verdict

FAILED = Verdict.FAILED


def variants(course: Course) -> dict[str, Variant]:
    return {variant.name: variant for variant in variants_of(course.find("1"))}


def test_every_entry_gets_the_verdict_it_names(course: Course) -> None:
    outcomes = run_bank(variants(course).values(), repeat=1, jobs=2)
    assert [outcome.variant.kind for outcome in outcomes] == ["starter", "solution", "right", "wrong"]
    assert [outcome.wrong_runs for outcome in outcomes] == [[], [], [], []]


def test_a_given_seed_is_the_first_of_every_entry(course: Course) -> None:
    entries = [variants(course)["commented"], variants(course)["no-health"]]
    first, other = run_bank(entries, repeat=2, jobs=2, seed=7)
    assert [outcome.runs[0].seed for outcome in (first, other)] == [7, 7]
    assert 7 not in {first.runs[1].seed, other.runs[1].seed}


def test_an_entry_whose_name_is_wrong_is_found(course: Course, root: Path) -> None:
    path = root / "tests/variants/01-first-light/wrong/no-health/app/health.py"
    path.write_text((root / "solutions/01-first-light/app/health.py").read_text() + "# right after all\n")
    (outcome,) = run_bank([variants(course)["no-health"]], repeat=1, jobs=1)
    assert (outcome.false_passes, outcome.false_fails) == (1, 0)


@pytest.mark.parametrize(
    ("got", "passes", "fails", "flake"),
    [
        ([{"a": FAILED}, {"a": FAILED}], 0, 0, False),
        ([{"a": FAILED}, {}], 1, 0, True),
        ([{"a": FAILED, "b": FAILED}], 0, 1, False),
        ([{"a": Verdict.CRASHED}], 0, 1, False),
        ([{"b": FAILED}], 1, 1, False),
    ],
)
def test_false_passes_false_fails_and_flakes_are_told_apart(
    course: Course, got: list[dict[str, Verdict]], passes: int, fails: int, *, flake: bool
) -> None:
    model = variants(course)["no-health"]
    variant = Variant(**{**vars(model), "fails": {"a": FAILED}})
    outcome = Outcome(variant, "x", tuple(Run(1, 0.1, one) for one in got))
    assert (outcome.false_passes, outcome.false_fails, outcome.is_flake) == (passes, fails, flake)


def test_a_result_stands_until_something_it_depends_on_changes(course: Course, root: Path) -> None:
    variant = variants(course)["commented"]
    results = Results(root)
    results.add(Outcome(variant, fingerprint(variant), (Run(1, 0.5, {}),) * 3), stressed=False)
    results.save(list(variants_of(course.find("1"))))
    kept = Results(root)
    assert kept.stands(variant, runs=3, stressed=False)
    assert not kept.stands(variant, runs=4, stressed=False)
    assert not kept.stands(variant, runs=1, stressed=True)
    checks = course.find("1").checks / "test_first_light.py"
    checks.write_text(checks.read_text() + "\n# another line\n")
    assert not kept.stands(variant, runs=1, stressed=False)


def test_what_somebody_else_recorded_meanwhile_is_kept(course: Course, root: Path) -> None:
    bank = list(variants_of(course.find("1")))
    mine, theirs, gone = (Results(root) for _ in range(3))
    for results, variant in ((theirs, bank[1]), (mine, bank[0])):
        results.add(Outcome(variant, fingerprint(variant), (Run(1, 0.5, {}),)), stressed=False)
        results.save(bank)
    assert all(Results(root).of(variant) for variant in bank[:2])
    gone.save(bank[1:])
    assert Results(root).of(bank[0]) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('why = "no base"\n', "base"),
        ('base = "solution"\n', "why"),
        ('base = "solution"\nwhy = "x"\n', "names the checks it fails"),
        ('base = "solution"\nwhy = "x"\n[fails]\n"01.1/says-live" = "broken"\n', "broken"),
        ('base = "solution"\nwhy = "x"\nremove = "app"\n', "remove must be a list"),
        ('base = "solution"\nwhy = "x"\nfails = ["01.1/says-live"]\n', "fails must be a table"),
        ('base = "solution"\nwhy = "x"\nrmeove = ["app"]\n', "there is no key 'rmeove'"),
        ("base = ", "variant.toml"),
    ],
)
def test_a_malformed_entry_is_told_in_a_sentence(course: Course, root: Path, text: str, says: str) -> None:
    (root / "tests/variants/01-first-light/wrong/no-health/variant.toml").write_text(text)
    with pytest.raises(CourseError, match=says):
        variants(course)


def test_nothing_is_begun_once_the_time_is_over(course: Course) -> None:
    assert run_bank(variants(course).values(), repeat=1, jobs=2, minutes=-1) == []
    (first, *_) = run_bank(list(variants(course).values())[:1], repeat=1, jobs=1, minutes=1)
    assert first.wrong_runs == []
