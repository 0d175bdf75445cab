"""The wire formats as the contract's tests see them. A new format is one file and one line in `FORMS`."""

from __future__ import annotations

import pytest

from .base import Call, Form, Part, Seen, cut
from .chat import ChatForm
from .messages import MessagesForm

__all__ = ["FORMS", "Call", "ChatForm", "Form", "MessagesForm", "Part", "Seen", "cut", "every_form"]

FORMS: tuple[Form, ...] = (
    ChatForm(),
    MessagesForm(),
)

every_form = pytest.mark.parametrize("form", FORMS, ids=lambda form: type(form).__name__)
