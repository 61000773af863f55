"""Pieces of Markdown and HTML that the generated pages are made of."""

from collections.abc import Sequence
from html import escape
from textwrap import indent

from markdown_it import MarkdownIt

from onduty.authoring.pages.sections import Notice

_INLINE = MarkdownIt()


def inline(text: str) -> str:
    """Markdown inside a line, as HTML."""
    return str(_INLINE.renderInline(text))


def fence(text: str, language: str) -> str:
    """A block of code, with as many marks around it as its text asks for."""
    marks = "```"
    while marks in text:
        marks += "`"
    return f"{marks}{language}\n{text.rstrip()}\n{marks}"


def folded(title: str, body: str, kind: str = "note") -> str:
    """A part that the reader opens."""
    return f'??? {kind} "{title.replace(chr(34), chr(39))}"\n\n{indent(body, "    ")}'


def tabs(pages: Sequence[tuple[str, str]]) -> str:
    """Alternatives beside each other; a single one needs no tabs."""
    return "\n\n".join(f'=== "{title}"\n\n{indent(body, "    ")}' for title, body in pages)


def pager(notices: Sequence[Notice], number: str) -> str:
    """What the pager showed that night."""
    times = [f"<time>{notice.time}</time>" if notice.time else "<span></span>" for notice in notices]
    texts = [f"<span>{inline(notice.text)}</span>" for notice in notices]
    lines = "\n".join(f"<li>{time}{text}</li>" for time, text in zip(times, texts, strict=True))
    return (
        '<div class="pager" role="group" aria-label="The pager">\n'
        '<div class="pager__head"><span><span class="pager__lamp"></span>Night Owl Coffee</span>'
        f"<span>{escape(number)}</span></div>\n<ul>\n{lines}\n</ul>\n</div>"
    )


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; a bar inside a cell stays one."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) + " |" for line in lines
    )
