"""The generated documentation is that of this code."""

from __future__ import annotations

from docs.pages import FOLDER, pages
from docs.tables import tables


def test_the_pages_of_all_kinds_are_up_to_date() -> None:
    made = pages()
    assert sorted(made) == sorted(path.name for path in FOLDER.iterdir())
    for name, text in made.items():
        assert (FOLDER / name).read_text(encoding="utf-8") == text, "run `make docs`"


def test_the_tables_of_settings_and_metrics_are_up_to_date() -> None:
    for path, text in tables().items():
        assert path.read_text(encoding="utf-8") == text, "run `make docs`"
        assert text.count("\n| `") > 10
