"""What the plugin logs, at every level and with its errors: to the file that `OVERHEARD_FILE` names."""

from __future__ import annotations

import logging
import os

from litellm.integrations.custom_logger import CustomLogger

__all__ = ["overheard"]

if path := os.environ.get("OVERHEARD_FILE"):
    handler = logging.FileHandler(path, delay=False)
    handler.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))
    logging.getLogger("headroom_litellm").addHandler(handler)
    logging.getLogger("headroom_litellm").setLevel(logging.DEBUG)

overheard = CustomLogger()
