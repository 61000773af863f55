"""The ledger keeps every result once, whole, whoever writes when."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from onduty.grading.ledger import Ledger, LedgerError, key_of
from onduty.grading.model import HandIn, Isolation, Learner, Limits, Policy, RunReport
from onduty.reports.build import report_of

SLUG = "01-first-light"
ADA = Learner(id="ada", name="Ada")


def run(
    *, key: str = "a" * 32, submission: str = "s1", graded_at: str = "2026-11-21T10:00:00+00:00", settled: bool = True
):
    return RunReport(
        key=key,
        submission=submission,
        chapter=SLUG,
        course="0.1.0:c0ffee",
        policy=Policy(),
        isolation=Isolation(provider="none", why="a test"),
        graded_at=graded_at,
        seconds=1.0,
        settled=settled,
        report=report_of([], started=datetime.now(UTC), seed=1, lab="embedded"),
    )


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger.open(tmp_path / "out")


def test_a_result_is_found_again(ledger: Ledger) -> None:
    ledger.hand_in(HandIn(learner=ADA, source="ada.zip", work={SLUG: "s1"}))
    ledger.add(run())
    (result,) = Ledger.open(ledger.root).results()
    assert (result.learner.name, result.run.chapter) == ("Ada", SLUG)
    assert ledger.has(SLUG, "a" * 32)


def test_the_first_writer_wins(ledger: Ledger) -> None:
    times = [f"2026-11-21T10:00:{second:02}+00:00" for second in range(20)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda at: ledger.add(run(graded_at=at)), times))
    (kept,) = ledger.runs()
    ledger.add(run(graded_at="2027-01-01T00:00:00+00:00"))
    assert list(ledger.runs()) == [kept]


def test_nothing_unfinished_is_left_or_read(ledger: Ledger) -> None:
    ledger.add(run())
    place = ledger.root / "runs" / SLUG
    (place / f".{'b' * 32}.json.1234.onduty-part").write_text("half")
    assert [found.key for found in ledger.runs()] == ["a" * 32]
    assert not list(ledger.root.glob("**/*.part"))


def test_an_unsettled_result_shows_until_there_is_a_settled_one(ledger: Ledger) -> None:
    ledger.hand_in(HandIn(learner=ADA, source="ada", work={SLUG: "s1"}))
    ledger.add(run(settled=False, graded_at="2026-11-22T10:00:00+00:00"))
    assert not ledger.has(SLUG, "a" * 32)
    assert [result.run.settled for result in ledger.results()] == [False]
    ledger.add(run())
    assert [result.run.settled for result in ledger.results()] == [True]
    assert len(list(ledger.runs())) == 1


def test_a_result_that_is_settled_while_others_are_read_is_no_accident(ledger: Ledger) -> None:
    for key in ("a" * 32, "b" * 32):
        ledger.add(run(key=key, settled=False))
    reading = ledger.runs()
    first = next(reading)
    ledger.add(run(key="b" * 32))
    assert [(found.key[0], found.settled) for found in (first, *reading)] == [("a", False), ("b", True)]


def test_a_beginning_that_was_killed_is_begun_again(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / ".ledger.json.1a2b3c4d.onduty-part").write_text('{"ledger_')
    assert list(Ledger.open(tmp_path / "out").runs()) == []


def test_what_was_handed_in_for_another_chapter_keeps_its_date_and_its_result(ledger: Ledger, tmp_path: Path) -> None:
    other = Ledger.open(tmp_path / "other")
    first = HandIn(learner=ADA, source="monday", submitted_at="2026-11-16T10:00:00+00:00", work={SLUG: "s1"})
    second = HandIn(
        learner=ADA, source="friday", submitted_at="2026-11-20T10:00:00+00:00", work={"02-held-kettle": "s2"}
    )
    ledger.hand_in(first)
    ledger.add(run())
    ledger.hand_in(second)
    other.hand_in(second)
    other.merge(ledger)
    for found in (ledger, other):
        (handed_in,) = found.hand_ins()
        assert handed_in.work == first.work | second.work
        assert [handed_in.origin(slug).source for slug in sorted(handed_in.work)] == ["monday", "friday"]
        (result,) = found.results()
        assert (result.source, result.submitted_at) == ("monday", first.submitted_at)
    ledger.hand_in(first.model_copy(update={"source": "sunday"}))
    assert [ledger.hand_ins()[0].origin(slug).source for slug in sorted(first.work | second.work)] == [
        "sunday",
        "friday",
    ]


def test_regrading_keeps_both_and_shows_the_newest(ledger: Ledger) -> None:
    ledger.hand_in(HandIn(learner=ADA, source="ada", work={SLUG: "s1"}))
    ledger.add(run())
    ledger.add(run(key="b" * 32, graded_at="2026-12-01T10:00:00+00:00"))
    assert len(list(ledger.runs())) == 2
    assert [result.run.key for result in ledger.results()] == ["b" * 32]


def test_twins_share_a_result(ledger: Ledger) -> None:
    for name in ("ada", "bob"):
        ledger.hand_in(HandIn(learner=Learner(id=name, name=name), source=name, work={SLUG: "s1"}))
    ledger.add(run())
    assert [result.learner.id for result in ledger.results()] == ["ada", "bob"]


def test_the_key_says_what_a_result_depends_on() -> None:
    policy = Policy()
    keys = {
        key_of("s1", "c1", SLUG, policy),
        key_of("s2", "c1", SLUG, policy),
        key_of("s1", "c2", SLUG, policy),
        key_of("s1", "c1", "02-held-kettle", policy),
        key_of("s1", "c1", SLUG, Policy(limits=Limits(seconds=5))),
    }
    assert len(keys) == 5
    assert key_of("s1", "c1", SLUG, Policy()) in keys


def test_seeds_repeat_in_one_ledger_and_differ_between_ledgers(ledger: Ledger, tmp_path: Path) -> None:
    again, other = Ledger.open(ledger.root), Ledger.open(tmp_path / "other")
    assert ledger.seed("k") == again.seed("k") != other.seed("k")


def test_merging_takes_over_what_is_missing(ledger: Ledger, tmp_path: Path) -> None:
    other = Ledger.open(tmp_path / "shard")
    other.hand_in(HandIn(learner=ADA, source="ada", work={SLUG: "s1"}))
    other.add(run())
    assert (ledger.merge(other), ledger.merge(other)) == (1, 0)
    assert ledger.results() == other.results()


def handed_in(chapter: str, day: int | None, *, digest: str = "", **more: object) -> HandIn:
    """Ada's work for a chapter, named after the day of November on which it came."""
    when = f"2026-11-{day:02}T10:00:00+00:00" if day else None
    work = {chapter: digest or f"of {day}"}
    return HandIn(learner=ADA, source=f"of {day}", submitted_at=when, work=work, **more)


@pytest.mark.parametrize(
    ("here", "there", "kept"),
    [(20, 16, "of 20"), (16, 20, "of 20"), (16, None, "of 16"), (None, 16, "of None")],
    ids=["a straggler", "news", "of no date", "to no date"],
)
def test_merging_keeps_what_was_handed_in_last_whichever_ledger_has_it(
    here: int | None, there: int | None, kept: str, ledger: Ledger, tmp_path: Path
) -> None:
    other = Ledger.open(tmp_path / "shard")
    ledger.hand_in(handed_in(SLUG, here))
    other.hand_in(handed_in(SLUG, there))
    for _ in range(2):
        ledger.merge(other)
        (found,) = ledger.hand_ins()
        assert found.work == {SLUG: kept}
        assert found.origin(SLUG).source == kept


def test_merging_decides_chapter_by_chapter(ledger: Ledger, tmp_path: Path) -> None:
    other = Ledger.open(tmp_path / "shard")
    for day, chapter in ((16, SLUG), (20, "02-held-kettle")):
        ledger.hand_in(handed_in(chapter, day))
    for day, chapter in ((17, "02-held-kettle"), (18, SLUG), (19, "05-blocked-event-loop")):
        other.hand_in(handed_in(chapter, day))
    ledger.merge(other)
    (found,) = ledger.hand_ins()
    assert found.work == {SLUG: "of 18", "02-held-kettle": "of 20", "05-blocked-event-loop": "of 19"}
    assert {chapter: found.origin(chapter).source for chapter in found.work} == found.work


def test_the_same_work_keeps_its_date_and_the_newest_round_when_it_is_merged(ledger: Ledger, tmp_path: Path) -> None:
    other = Ledger.open(tmp_path / "shard")
    ledger.hand_in(handed_in(SLUG, 16, digest="s1", rounds={SLUG: 2}))
    other.hand_in(handed_in(SLUG, 20, digest="s1", rounds={SLUG: 1, "02-held-kettle": 3}))
    ledger.merge(other)
    (found,) = ledger.hand_ins()
    assert (found.origin(SLUG).source, found.rounds) == ("of 16", {SLUG: 2, "02-held-kettle": 3})


def test_what_is_not_settled_is_new_once_and_gives_way_to_what_is_newer(ledger: Ledger, tmp_path: Path) -> None:
    other = Ledger.open(tmp_path / "shard")
    other.add(run(settled=False))
    assert (ledger.merge(other), ledger.merge(other)) == (1, 0)
    ledger.add(newer := run(settled=False, graded_at="2026-11-22T10:00:00+00:00"))
    assert (ledger.merge(other), list(ledger.runs())) == (0, [newer])
    other.add(run())
    assert (ledger.merge(other), ledger.merge(other)) == (1, 0)
    assert [found.settled for found in ledger.runs()] == [True]


def test_what_is_no_ledger_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(LedgerError, match="holds something else"):
        Ledger.open(tmp_path)
    with pytest.raises(LedgerError, match="is no ledger"):
        Ledger.find(tmp_path / "nowhere")
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "ledger.json").write_text(json.dumps({"ledger_version": 2, "secret": ""}))
    with pytest.raises(LedgerError, match="another version"):
        Ledger.find(tmp_path / "new")


def test_a_damaged_result_is_named(ledger: Ledger) -> None:
    (ledger.root / "runs" / SLUG).mkdir(parents=True)
    (ledger.root / "runs" / SLUG / "x.json").write_text("{}")
    with pytest.raises(LedgerError, match="is damaged"):
        list(ledger.runs())
