"""Where a mixed output is cut."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from headroom_litellm.parts import embedded, sections

DIFF = """diff --git a/app.py b/app.py
index 1a2b3c4..5d6e7f8 100644
--- a/app.py
+++ b/app.py
@@ -1,4 +1,5 @@
 import os
-import sys
+import re
+import json

 --- not a header
@@ -40 +41 @@ def main():
-    return 1
+    return 2"""
LONG_DIFF = "\n".join([DIFF] * 3)
VALUE = json.dumps({"rows": [{"id": number, "name": f"name {number}"} for number in range(20)]}, indent=2)
WORDS = "Some words about what was done."

pieces = st.lists(
    st.sampled_from([DIFF, LONG_DIFF, VALUE, WORDS, "", "===", "{", "]", "<output>", "</output>", "@@ -1,9 +1,9 @@"]),
    max_size=12,
)


@given(pieces, st.sampled_from(["", "a; echo ===; b", "echo 'x' && b"]))
def test_the_parts_joined_are_the_text(pieces: list[str], command: str) -> None:
    text = "\n".join(pieces)
    assert "\n".join(sections(text, command)) == text
    assert "\n".join(embedded(text)) == text


def test_a_wrapper_is_cut_off() -> None:
    text = f"<returncode>0</returncode>\n<output>\n{VALUE}\n</output>"
    assert sections(text, "") == ["<returncode>0</returncode>\n<output>", VALUE, "</output>"]
    assert sections(f"Exit code 2\n{WORDS}", "") == ["Exit code 2", WORDS]


def test_what_the_command_echoes_is_a_border() -> None:
    text = f"{WORDS}\n=== next ===\n{VALUE}"
    assert sections(text, 'make; echo "=== next ==="; curl x') == [WORDS, "=== next ===", VALUE]
    assert sections(text, "make; curl x") == [text]


def test_a_heading_that_no_command_echoes_is_no_border() -> None:
    text = "Title\n=====\nText"
    assert sections(text, "cat title") == [text]


def test_a_diff_ends_where_its_hunks_say() -> None:
    assert embedded(f"{WORDS}\n{LONG_DIFF}\n{WORDS}\n-{WORDS}") == [WORDS, LONG_DIFF, f"{WORDS}\n-{WORDS}"]


def test_a_json_value_is_cut_out() -> None:
    assert embedded(f"{WORDS}\n{VALUE}\n{WORDS}") == [WORDS, VALUE, WORDS]


def test_what_only_looks_like_json_stays() -> None:
    text = f"{WORDS}\n[\n  not json\n]\n{WORDS * 20}"
    assert embedded(text) == [text]


def test_what_is_small_stays_with_its_neighbours() -> None:
    text = f"{WORDS}\n{DIFF}\n{WORDS}"
    assert embedded(text) == [text]
