"""A chapter's own texts, taken apart by their headings and put into the site's words for links."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CONTRACT: Final = "`onduty contract`"
_HEADING: Final = re.compile(r"^## (?P<title>.+)$", re.MULTILINE)
_TASK: Final = re.compile(r"^- \*\*(?P<id>\d\d\.\d) [^*]+\*\* ?(?P<text>(?:.*\n)(?:  .*\n)*)", re.MULTILINE)
_LINK: Final = re.compile(r"\]\((?P<target>[^)\s]+)\)")
_NOTICE: Final = re.compile(r"^> ?(?:\*\*(?P<time>\d\d:\d\d)\*\* )?(?P<text>.*)$")


@dataclass(frozen=True)
class Notice:
    """One line of the pager."""

    time: str
    text: str


@dataclass(frozen=True)
class Document:
    """A text of a chapter: what stands before its first section, and the sections by their headings."""

    opening: str
    sections: Mapping[str, str]

    @classmethod
    def read(cls, file: Path) -> "Document":
        """Read a Markdown file; one that is not there is empty."""
        text = file.read_text("utf-8") if file.is_file() else ""
        opening, *rest = _HEADING.split(text)
        sections = dict(zip(rest[::2], (body.strip() for body in rest[1::2]), strict=True))
        return cls(re.sub(r"\A# .*\n", "", opening).strip(), sections)

    def section(self, title: str) -> str:
        """A section's text, its links as the site has them; empty where there is none."""
        return for_the_site(self.sections.get(title, ""))

    @property
    def notices(self) -> list[Notice]:
        """The pager's lines: the quotation that the text opens with."""
        found: list[Notice] = []
        for line in self.opening.splitlines():
            hit = _NOTICE.match(line)
            if hit is None:
                break
            if hit["time"] or not found:
                found.append(Notice(hit["time"] or "", hit["text"]))
            else:
                found[-1] = Notice(found[-1].time, f"{found[-1].text} {hit['text']}")
        return found

    @property
    def story(self) -> str:
        """What the opening says after the pager."""
        lines = self.opening.splitlines()
        while lines and lines[0].startswith(">"):
            del lines[0]
        return for_the_site("\n".join(lines).strip())

    @property
    def tasks(self) -> dict[str, str]:
        """What the section about the tasks says of each, by its number."""
        told = {hit["id"]: hit["text"] for hit in _TASK.finditer(self.sections.get("Tasks", "") + "\n")}
        return {task: for_the_site(" ".join(text.split())) for task, text in told.items()}


def for_the_site(text: str) -> str:
    """The text with links between the course's files made links between the site's pages.

    A learner's copy has no file of the contract beside it, so a chapter names the command that shows it.
    """
    text = text.replace(CONTRACT, f"[{CONTRACT}](../reference/service.md)")
    return _LINK.sub(lambda hit: f"]({_on_the_site(hit['target'])})", text)


def _on_the_site(target: str) -> str:
    if target.startswith("../../docs/"):
        return f"../{target.removeprefix('../../docs/')}"
    found = re.fullmatch(r"(?:\.\./)+(?:chapters/)?(\d\d-[a-z0-9-]+)/(?:README\.md)?", target)
    return f"{found[1]}.md" if found else target
