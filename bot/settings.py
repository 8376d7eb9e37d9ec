"""Settings: environment variables, `.env` beside the working directory included (SURFACE.md)."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from core.errors import UsageError

SLACK_API = "https://slack.com/api/"
_HTTP = re.compile(r"https?://(\[[0-9A-Fa-f:]+\]|[^\s/:@\[\]]+)(:[0-9]+)?(/\S*)?")


@dataclass(frozen=True)
class Settings:
    """What the environment says; secrets stay out of the representation."""

    slack_bot_token: str = field(default="", repr=False)
    slack_app_token: str = field(default="", repr=False)
    slack_signing_secret: str = field(default="", repr=False)
    slack_api_url: str = SLACK_API
    database_url: str = field(default="sqlite:///winnow.db", repr=False)
    clock_url: str = ""

    def bot_token(self) -> str:
        """The bot's token.

        Raises:
            UsageError: it is missing.
        """
        return _needed("SLACK_BOT_TOKEN", self.slack_bot_token, "It begins with xoxb-.")

    def app_token(self) -> str:
        """The token of Socket Mode."""
        hint = "It begins with xapp- and has connections:write; or run with --http PORT."
        return _needed("SLACK_APP_TOKEN", self.slack_app_token, hint)

    def signing_secret(self) -> str:
        """The secret that signs Slack's HTTP requests."""
        return _needed("SLACK_SIGNING_SECRET", self.slack_signing_secret, "--http needs it.")


def _needed(name: str, value: str, hint: str) -> str:
    if not value:
        raise UsageError(f"{name} is not set.", f"Put it into the environment or .env. {hint}")
    return value


def read(environ: Mapping[str, str]) -> Settings:
    """Settings from variables; an empty one counts as not set.

    Raises:
        UsageError: an address that is none.
    """
    return Settings(
        slack_bot_token=environ.get("SLACK_BOT_TOKEN", ""),
        slack_app_token=environ.get("SLACK_APP_TOKEN", ""),
        slack_signing_secret=environ.get("SLACK_SIGNING_SECRET", ""),
        slack_api_url=_address(environ, "SLACK_API_URL") or SLACK_API,
        database_url=environ.get("WINNOW_DATABASE_URL") or "sqlite:///winnow.db",
        clock_url=_address(environ, "WINNOW_CLOCK_URL"),
    )


def _address(environ: Mapping[str, str], name: str) -> str:
    url = environ.get(name, "")
    if url and not _HTTP.fullmatch(url):
        raise UsageError(f"{name} is no http address.", "Write it like http://host:port/api/.")
    return url


def load() -> Settings:
    """Settings of this process; variables that are set win over `.env`.

    Raises:
        UsageError: as `read`, or `.env` is no text.
    """
    from dotenv import load_dotenv

    try:
        load_dotenv(".env")
    except ValueError as error:  # bytes that are no UTF-8, or a NUL
        raise UsageError(".env is no text in UTF-8.", "Save it as UTF-8.") from error
    return read(os.environ)
