"""The generated documentation is that of this code."""

from __future__ import annotations

from docs.pages import FOLDER, pages


def test_the_pages_of_all_kinds_are_up_to_date() -> None:
    made = pages()
    assert sorted(made) == sorted(path.name for path in FOLDER.iterdir())
    for name, text in made.items():
        assert (FOLDER / name).read_text(encoding="utf-8") == text, "run `make docs`"
