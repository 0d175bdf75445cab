"""Histories of commits.

What form a log has is told in `detect`. Without loss, each commit's header becomes a line (`exact`). With loss, a
`history` is read (`parse`), some of its commits are taken (`choose`) and shown in a line each, with as much of their
messages and files as there is room for (`details`). Shortlogs go their own way (`shortlog`).
"""

from .compressor import Commits

__all__ = ["Commits"]
