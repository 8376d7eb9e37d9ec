"""Teachers: the models that write samples. Only this package talks to the network."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from core.errors import UsageError
from core.teachers.base import Teacher
from core.teachers.engine import Engine, ask_one
from core.teachers.failures import Account
from core.teachers.patience import Patience
from core.teachers.pricing import Tariff
from core.teachers.replay import ReplayTeacher

if TYPE_CHECKING:
    from core.recipe import TeacherSpec

__all__ = ["Engine", "Patience", "ask_one", "open_teacher"]


def open_teacher(
    spec: "TeacherSpec",
    *,
    environ: Mapping[str, str],
    folder: Path,
    position: int = 0,
) -> Teacher:
    """Make a teacher ready to be asked; nothing is sent yet.

    Args:
        spec: the recipe's entry.
        environ: where keys and base addresses are looked up (SURFACE.md, Environment).
        folder: the recipe's; a replay's file is relative to it.
        position: how many lines of a replay's file were used before.

    Raises:
        UsageError: a missing key, a wrong address, an unreadable file, an unknown provider.
    """
    if spec.provider == "replay":
        return ReplayTeacher(spec.model, folder / spec.name, position)
    if spec.provider == "anthropic":
        from core.teachers.anthropic import AnthropicTeacher

        base_url = _base_url(spec, environ, "ANTHROPIC_BASE_URL")
        account = _account(spec, environ, "ANTHROPIC_API_KEY")
        tariff = _tariff(spec, "anthropic")
        return AnthropicTeacher(account, tariff, base_url)
    if spec.provider == "openai":
        from core.teachers.openai import OpenAITeacher

        base_url = _base_url(spec, environ, "OPENAI_BASE_URL")
        account = _account(spec, environ, "OPENAI_API_KEY")
        tariff = _tariff(spec, "openai")
        return OpenAITeacher(account, tariff, base_url)
    raise UsageError(
        f"The teacher {spec.model} has an unknown provider.", "Known: anthropic, openai, replay."
    )


def _tariff(spec: "TeacherSpec", provider: Literal["anthropic", "openai"]) -> Tariff:
    return Tariff(provider, spec.name, spec.address, spec.price)


def _account(spec: "TeacherSpec", environ: Mapping[str, str], variable: str) -> Account:
    key = environ.get(variable, "").strip()
    if not key and spec.address is None:
        raise UsageError(f"The teacher {spec.model} needs a key.", f"Set {variable}.")
    # An illegal header would be quoted, key and all, by the HTTP library's error.
    if not key.isascii() or not key.isprintable():
        raise UsageError(f"{variable} holds characters that no key has.", "Copy the key again.")
    return Account(spec.model, variable, key)


def _base_url(spec: "TeacherSpec", environ: Mapping[str, str], variable: str) -> str | None:
    """The server's address: the recipe's, else the environment's, else None."""
    source = variable if spec.address is None else f"The address of the teacher {spec.name}"
    url = spec.address or environ.get(variable, "").strip()
    if not url:
        return None
    try:
        parts = urlsplit(url)
        legal = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        legal = False
    if not legal:
        raise UsageError(f"{source} is no http address.", "Write it like http://host:port/v1.")
    if parts.username is not None:
        raise UsageError(f"{source} holds a password.", "Put the key into its own variable.")
    return url
