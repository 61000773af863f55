"""What a terminal that is not Unicode shows in place of the signs it cannot: a likeness, never a row of `?`."""

import codecs
from typing import Final

HANDLER: Final = "onduty.plain"
# Each of one column, so that what stands below one another still does.
LIKENESS: Final = str.maketrans("✓✗☠⧗–—●○█│·…→←×µ‘’“”", "+xX%--*o#|..><xu''\"\"")
SPINNING: Final = range(0x2800, 0x2900)
"""The dots with which a running command shows that it is alive."""


def _likeness(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    missing = error.object[error.start : error.end].translate(LIKENESS)
    shown = ("*" if ord(sign) in SPINNING else sign if sign.isascii() else "?" for sign in missing)
    return "".join(shown), error.end


codecs.register_error(HANDLER, _likeness)
