"""What an operator can set."""

from .groups import CompressCache
from .model import EXACT_TOOLS, Settings
from .sources import SettingsError, load_settings

__all__ = ["EXACT_TOOLS", "CompressCache", "Settings", "SettingsError", "load_settings"]
