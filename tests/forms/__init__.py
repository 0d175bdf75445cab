"""The wire formats as the contract's tests see them. A new format is one file and one line in `FORMS`."""

from __future__ import annotations

import pytest

from .base import Call, Form, Part, Seen, cut
from .chat import ChatForm
from .gemini import GeminiForm
from .messages import MessagesForm
from .responses import ResponsesForm

__all__ = [
    "FORMS",
    "Call",
    "ChatForm",
    "Form",
    "GeminiForm",
    "MessagesForm",
    "Part",
    "ResponsesForm",
    "Seen",
    "cut",
    "every_form",
]

FORMS: tuple[Form, ...] = (
    ChatForm(),
    MessagesForm(),
    ResponsesForm(),
    GeminiForm(),
)

every_form = pytest.mark.parametrize("form", FORMS, ids=lambda form: type(form).__name__)
