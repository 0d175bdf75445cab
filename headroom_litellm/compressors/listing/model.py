"""What a listing is read into: lines that stand as they are, and groups of entries of one directory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["Group", "Listing", "Row"]

Row = Sequence[str | None]
"""The fields before a name, as in `rows.FIELDS`; None for those that the listing does not have."""


@dataclass(slots=True)
class Group:
    """Entries that follow one another and are of the same directory.

    directory: as the source writes it, so that `directory + name` is the path of a path list; "" where the source
               does not say which it is
    names:     the entries' names, literal
    rows:      the fields of each entry, where it has any
    head:      the lines above the entries that belong to them: the header of `ls -R`, `total 12`
    section:   the directory is said by a header of its own, not by each path
    """

    directory: str = ""
    names: list[str] = field(default_factory=list)
    rows: Sequence[Row] = ()
    head: Sequence[str] = ()
    section: bool = False

    @property
    def key(self) -> str:
        """The directory without a slash at its end; "/" stays."""
        return self.directory.rstrip("/") or self.directory[:1]


@dataclass(slots=True)
class Listing:
    """items: literal lines and groups, in the order of the source; form: names, rows or tree."""

    items: list[str | Group]
    form: str

    @property
    def groups(self) -> list[Group]:
        return [item for item in self.items if isinstance(item, Group)]

    @property
    def literals(self) -> list[str]:
        return [item for item in self.items if isinstance(item, str)]

    @property
    def total(self) -> int:
        return sum(len(item.names) for item in self.items if isinstance(item, Group))
