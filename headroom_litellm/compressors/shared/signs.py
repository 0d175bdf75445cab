"""The signs of failure, in lines of text and in JSON members, and what only sounds like one.

One keyword is not a sign: "0 errors", `"error": null`, `test_error_handling PASSED` and `Compiling thiserror` are none.
"""

from .failing import failing_lines, suspects
from .line_signs import HINT, HTTP_STATUS, line_fails, plainly_fails, verdict, warning_text
from .member_signs import member_fails, member_role

__all__ = [
    "HINT",
    "HTTP_STATUS",
    "failing_lines",
    "line_fails",
    "member_fails",
    "member_role",
    "plainly_fails",
    "suspects",
    "verdict",
    "warning_text",
]
