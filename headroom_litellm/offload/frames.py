"""Messages between this process and one that it started: pickles over a pipe, each with its length before it.

Pickles may do anything when they are read. These are: both ends are this package, and nobody else has the pipe.
"""

from __future__ import annotations

import pickle
import struct
from io import BytesIO
from typing import Any, BinaryIO, Final

__all__ = ["Closed", "pack", "read", "write"]

_LENGTH: Final = struct.Struct(">Q")


class Closed(Exception):
    """The other end is gone."""


def pack(message: Any) -> memoryview:
    """The message as it is written. Raises what `pickle` raises for one that cannot be."""
    out = BytesIO(bytes(_LENGTH.size))
    out.seek(_LENGTH.size)
    pickle.Pickler(out, pickle.HIGHEST_PROTOCOL).dump(message)
    frame = out.getbuffer()
    _LENGTH.pack_into(frame, 0, len(frame) - _LENGTH.size)
    return frame


def write(pipe: BinaryIO, frame: memoryview) -> None:
    """Raises OSError or ValueError when the pipe is closed."""
    done = 0
    while done < len(frame):
        done += pipe.write(frame[done:]) or 0


def read(pipe: BinaryIO) -> Any:
    """The next message. Raises Closed at the end, and what the message raises that cannot be read."""
    (length,) = _LENGTH.unpack(_read_all(pipe, _LENGTH.size))
    return pickle.loads(_read_all(pipe, length))  # noqa: S301 - see above


def _read_all(pipe: BinaryIO, length: int) -> bytearray:
    """A pipe gives what it has, at most 64 KiB at a time."""
    data = bytearray(length)
    with memoryview(data) as view:
        done = 0
        while done < length:
            got = pipe.readinto(view[done:])  # type: ignore[attr-defined]
            if not got:
                raise Closed
            done += got
    return data
