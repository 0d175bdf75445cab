"""Diffs.

A diff is parsed into files and hunks (`parse`). Without loss, only the headers of its files get shorter (`exact`). With
loss, every file is a `view`: a title (`titles`), and hunks of which some lines stay (`keep`, `hunks`), or for which a
note stands, since nobody reads such a file (`classes`) or the same change is shown already (`alike`). What stands
between the files is `prose`. Lists of changed files, such as of `git status`, are no diffs and go their
own way (`changed`).
"""

from .compressor import Diff

__all__ = ["Diff"]
