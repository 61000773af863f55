"""What counts how much, and what lateness costs: the instructor's TOML file."""

import math
import tomllib
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from onduty.course.catalog import Course
from onduty.course.problems import Problem


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Late(_Part):
    """What lateness costs: nothing within the grace, then so much for every day begun, up to the most."""

    grace_minutes: float = Field(0, ge=0)
    per_day: float = Field(10, ge=0, le=100)
    """Per cent of the points that were earned."""
    most: float = Field(100, ge=0, le=100)
    """Per cent; what lateness costs however long it lasts."""


class Graded(_Part):
    """What the instructor says of one chapter."""

    weight: float | None = Field(None, ge=0)
    """What it counts; its points where nothing is said."""
    due: AwareDatetime | None = None


class Scheme(_Part):
    late: Late = Late()
    due: AwareDatetime | None = None
    """For every chapter that does not say otherwise."""
    chapters: dict[str, Graded] = {}

    @classmethod
    def read(cls, path: Path, course: Course) -> "Scheme":
        """Read the file; chapters may be called as on the command line."""
        try:
            given = cls.model_validate(tomllib.loads(path.read_text("utf-8")))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise Problem(f"The scheme {path} cannot be read ({error}); it must be a TOML file.") from None
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise Problem(f"The scheme {path}: {place}: {first['msg']}.") from None
        return given.model_copy(
            update={"chapters": {course.find(name).name: said for name, said in given.chapters.items()}}
        )

    def weights(self) -> dict[str, float]:
        return {slug: said.weight for slug, said in self.chapters.items() if said.weight is not None}

    def kept(self, slug: str, submitted: datetime | None, graded: datetime) -> float:
        """The share of a chapter's points that lateness leaves; one whose date is unknown came when it was graded."""
        due = self.chapters[slug].due if slug in self.chapters else None
        return kept(submitted or graded, due or self.due, self.late)


def kept(submitted: datetime, due: datetime | None, late: Late) -> float:
    """1.0 in time, less for every day begun after that."""
    if due is None:
        return 1.0
    over = submitted - due - timedelta(minutes=late.grace_minutes)
    days = max(0, math.ceil(over / timedelta(days=1)))
    return 1 - min(days * late.per_day, late.most) / 100
