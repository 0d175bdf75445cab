"""Text with spans that no reader reads."""

from __future__ import annotations

import base64
import random

__all__ = ["SAMPLES", "blob", "checksums", "endless", "large"]


def blob(size: int, seed: int = 1) -> str:
    """Base64 of so many bytes."""
    return base64.b64encode(random.Random(seed).randbytes(size)).decode()


def endless(size: int) -> str:
    """One line of a generated file."""
    return ",".join(f"{number * 7919 % 1000}|{number}" for number in range(size))


def large(megabytes: int) -> str:
    return "\n".join(f"part {number}:\n{blob(30_000, number)}" for number in range(25 * megabytes))


def checksums(count: int) -> str:
    """As `sha256sum` prints them."""
    return "\n".join(
        f"{random.Random(number).randbytes(32).hex()}  dist/part-{number:03}.bin" for number in range(count)
    )


SAMPLES = {
    "checksums": checksums(40),
    "certificate": f"subject: CN=example.org\nissuer: CN=Example CA\nkey: {blob(900)}\nvalid: yes\n",
    "token in a report": f"The login worked.\n\nSet-Cookie: session={blob(1500, 2)}; Path=/\n\nNothing else.\n",
    "picture in notes": f"# Notes\n\n![chart](data:image/png;base64,{blob(4000, 3)})\n\nThe chart shows growth.\n",
    "endless line": f"dump of table a\n{endless(3000)}\ndone",
}
