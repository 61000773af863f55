"""Alike submissions are found whatever they are called, and the starter makes nobody alike."""

from pathlib import Path

from onduty.grading.similarity import pairs, sequences

STARTER = b"def live():\n    return 500, {'status': 'down', 'since': 3, 'why': [1, 2, 3]}\n"
ADA = (
    STARTER
    + b"def ready(database):\n    if database.answers(within=2):\n        return 200, {'a': 1}\n    return 503, {}\n"
)
RENAMED = STARTER + (
    b"# mine\ndef is_ready(db):\n\n    if db.ok(limit=9):\n        return 201, {'zz': 7}\n    return 504, {}  # no\n"
)
OTHER = (
    STARTER + b"class Ready:\n    async def __call__(self, *probes):\n        return all([await p() for p in probes])\n"
)
START = {"app.py": STARTER}


def test_other_names_texts_and_layout_change_nothing() -> None:
    (found,) = pairs({"ada": {"app.py": ADA}, "bob": {"x/y.py": RENAMED}}, START)
    assert (found.share, found.shared) == (1.0, found.of)
    assert found.shared > 10


def test_the_starter_makes_nobody_alike() -> None:
    found = pairs({"ada": {"app.py": ADA}, "cleo": {"app.py": OTHER}, "dan": START}, START)
    assert [pair.shared for pair in found] == [0, 0, 0]


def test_the_most_alike_come_first() -> None:
    found = pairs({"a": {"app.py": OTHER}, "b": {"app.py": ADA}, "c": {"app.py": RENAMED}}, START)
    assert (found[0].one, found[0].other) == ("b", "c")


def test_what_is_no_python_is_no_sequence() -> None:
    assert sequences({"a.py": b"\xff\xfe\x00(((", "b.txt": ADA, "c.py": b"'''"}) == set()


def test_the_command_shows_pairs_and_says_what_they_mean(handed_in: Path, grade) -> None:
    for name, content in (("ada", ADA), ("bob", RENAMED)):
        (handed_in / name / "01-first-light" / "app" / "more.py").write_bytes(content * 2)
    done = grade(handed_in, command="similar")
    assert done.returncode == 0, done.stderr
    _, first, *_ = done.stdout.splitlines()
    assert first.split()[:5] == ["01-first-light", "ada", "(ada)", "bob", "(bob)"]
    assert "Alike is not copied" in done.stderr
    assert grade(handed_in, "--few", "5000", command="similar").stdout.startswith("No two submissions")


def test_what_cannot_be_compared_is_told(handed_in: Path, grade) -> None:
    (handed_in / "dan.zip").write_bytes(b"no archive at all")
    done = grade(handed_in, command="similar")
    assert done.returncode == 0
    assert "dan (dan): The submission was not taken" in done.stderr
    assert "Nothing of it is compared." in done.stderr
