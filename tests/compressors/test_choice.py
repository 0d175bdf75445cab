"""Which rows of a large table are shown, whatever kind it comes from."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from headroom_litellm.compressors.shared.rows import Choice
from headroom_litellm.compressors.shared.series import Series, numbers_of
from headroom_litellm.compressors.shared.summary import summary_of

from .rendering import relaxed


def chosen(cells: list[str], total: int = 0, positions: list[int] | None = None, query: str = "") -> list[int]:
    """The rows shown of a table of one column."""
    choice = Choice(total or len(cells))
    places = positions if positions is not None else list(range(len(cells)))
    choice.add(cells, places, numbers_of(cells))
    lines = [""] * (total or len(cells))
    for place, cell in zip(places, cells, strict=True):
        lines[place] = cell
    return choice.rows(lines, query)


def test_a_gross_outlier_among_a_few_deviants_of_a_constant_column_is_shown() -> None:
    cells = ["0"] * 400
    for at in (50, 120, 200, 310):
        cells[at] = str(at % 7 + 1)
    cells[251] = "987654321"
    assert 251 in chosen(cells)


def test_a_column_with_nan_is_one_of_numbers() -> None:
    cells = ["nan" if at % 9 == 4 else str(100 + at % 5) for at in range(300)]
    cells[177] = "90000"
    assert numbers_of(cells) is not None
    assert 177 in chosen(cells)


def test_a_rare_value_of_a_column_that_some_rows_lack_is_shown_at_its_row() -> None:
    positions = list(range(0, 600, 2))
    cells = ["running" if at % 50 else "paused" for at in range(len(positions))]
    cells[133] = "evicted"
    assert positions[133] in chosen(cells, 600, positions)


def test_a_row_that_the_query_names_is_shown() -> None:
    assert 321 in chosen([f"host-{at}-{at * 7919}" for at in range(500)], query=f"What about host-321-{321 * 7919}?")


def test_a_level_that_changes_for_good_is_a_turning_point() -> None:
    series = Series([10.0 + at % 3 for at in range(200)] + [500.0 + at % 3 for at in range(200)])
    assert any(195 <= turn <= 205 for turn in series.turning_points())


def test_what_is_said_of_rows_left_out_says_in_how_many() -> None:
    assert summary_of(["ok"] * 8 + ["bad"] * 2, 20) == " ok ×8, bad ×2 in 10"


@relaxed
@given(st.lists(st.one_of(st.text(max_size=8), st.integers().map(str), st.floats().map(str)), min_size=1, max_size=200))
def test_any_column_gives_rows_of_the_table_in_order(cells: list[str]) -> None:
    rows = chosen(cells)
    assert rows == sorted(set(rows))
    assert all(0 <= row < len(cells) for row in rows)
    assert {0, len(cells) - 1} <= set(rows)
