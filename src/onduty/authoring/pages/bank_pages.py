"""What the verdict bank tells: common wrong turns, and how well the grader does."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from onduty.authoring.pages import markup
from onduty.authoring.results import Results
from onduty.authoring.variants import Variant, variants_of
from onduty.course.catalog import Chapter, Course


def wrong_turns(course: Course) -> str:
    """Per chapter: what learners write instead, what it trips, and what the checks then say."""
    parts = []
    for chapter in course.incidents:
        likely = _likely_causes(chapter)
        variants = [variant for variant in variants_of(chapter) if variant.kind == "wrong"]
        rows = [(variant.why, ", ".join(f"`{_name(check)}`" for check in variant.fails)) for variant in variants]
        heading = f"## [{chapter.number:02} {chapter.title}](../chapters/{chapter.name}.md)"
        parts += [heading, markup.table(("what they write", "what it trips"), rows)]
        if likely:
            told = "\n".join(f"- `{check}`: {'; '.join(causes)}" for check, causes in likely.items())
            parts.append(markup.folded("What the checks suggest as the cause", told, "quote"))
    return "\n\n".join(parts) + "\n"


def bank_table(course: Course) -> str:
    """One row a chapter: entries, runs, and the faults of the grader."""
    results = Results(course.root)
    rows = []
    total = dict.fromkeys(("right", "wrong", "runs", "stressed", "false_passes", "false_fails", "flakes"), 0)
    for chapter in course.incidents:
        counts = _counts(results, list(variants_of(chapter)))
        total = {name: total[name] + counts[name] for name in total}
        rows.append((f"[{chapter.number:02} {chapter.title}](../chapters/{chapter.name}.md)", *_cells(counts)))
    rows.append(("**all**", *(f"**{cell}**" for cell in _cells(total))))
    headings = ("chapter", "right answers", "wrong answers", "runs", "of them under load")
    return markup.table((*headings, "false passes", "false fails", "flakes"), rows) + "\n"


def _counts(results: Results, variants: list[Variant]) -> dict[str, int]:
    known = [recorded for variant in variants if (recorded := results.of(variant)) is not None]
    return {
        "right": sum(variant.kind in {"right", "solution"} for variant in variants),
        "wrong": sum(variant.kind in {"wrong", "starter"} for variant in variants),
        **{
            name: sum(getattr(recorded, name) for recorded in known)
            for name in ("runs", "stressed", "false_passes", "false_fails", "flakes")
        },
    }


def _cells(counts: Mapping[str, int]) -> list[str]:
    return [str(count) for count in counts.values()]


def _name(check: str) -> str:
    return check.partition("/")[2]


def _likely_causes(chapter: Chapter) -> dict[str, list[str]]:
    """What each check gives as the likely cause, in the order of the checks, read off their source."""
    return {check: causes for file in sorted(chapter.checks.glob("test_*.py")) for check, causes in _causes_in(file)}


def _causes_in(file: Path) -> Iterator[tuple[str, list[str]]]:
    for node in ast.parse(file.read_text("utf-8")).body:
        if isinstance(node, ast.AsyncFunctionDef) and (check := _check_id(node)):
            causes = [_text(word.value) for call in ast.walk(node) for word in _likely_of(call)]
            if causes := [cause for cause in dict.fromkeys(causes) if cause]:
                yield check, causes


def _check_id(function: ast.AsyncFunctionDef) -> str | None:
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "task":
            return next((_text(word.value) for word in decorator.keywords if word.arg == "id"), None)
    return None


def _likely_of(node: ast.AST) -> list[ast.keyword]:
    if not isinstance(node, ast.Call) or ast.unparse(node.func) != "Because":
        return []
    return [word for word in node.keywords if word.arg == "likely"]


def _text(value: ast.expr) -> str:
    """A literal text; what it is made from at run time becomes an ellipsis."""
    if isinstance(value, ast.JoinedStr):
        return "".join(_text(part) if isinstance(part, ast.Constant) else "…" for part in value.values)
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""
