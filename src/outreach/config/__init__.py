"""Every setting: default, user's file, campaign's file, .env, environment, flag; checked, with its origin."""

from outreach.config.key_file import make_key_file, read_key
from outreach.config.layers import system_environment, user_file
from outreach.config.loading import load_settings
from outreach.config.secret import resolve_secret
from outreach.config.settings import Settings, ledger_path
from outreach.config.shown import shown_settings

__all__ = [
    "Settings",
    "ledger_path",
    "load_settings",
    "make_key_file",
    "read_key",
    "resolve_secret",
    "shown_settings",
    "system_environment",
    "user_file",
]
