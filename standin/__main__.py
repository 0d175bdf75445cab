"""`python -m standin [--host HOST] [--port PORT]`: the stand-in as a process of its own."""

from __future__ import annotations

import argparse
import contextlib

from standin.server import serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="standin", description="A scripted stand-in for the model providers.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on (default: any free one)")
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        serve(options.port, options.host)


if __name__ == "__main__":
    main()
