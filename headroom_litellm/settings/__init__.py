"""What an operator can set."""

from .groups import Budget, CompressCache
from .model import EXACT_TOOLS, Settings
from .sources import SettingsError, load_settings

__all__ = ["EXACT_TOOLS", "Budget", "CompressCache", "Settings", "SettingsError", "load_settings"]
