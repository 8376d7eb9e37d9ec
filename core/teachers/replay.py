"""A file that stands for a model: each line is one reply, taken in order, at no cost."""

import json
from decimal import Decimal
from pathlib import Path

from core.errors import TeacherError, UsageError
from core.teachers.base import Ask, Heard, Reply, Usage
from core.teachers.caching import Prefix
from core.teachers.failures import Failure
from core.teachers.patience import Patience
from core.teachers.sizes import about_tokens


class ReplayTeacher:
    """Replays a file of JSON lines.

    A line is one JSON string (a raw reply, with whatever flaws it has) or one JSON object (a
    record); blank lines are passed over. `position` is the number of lines already used; the
    caller keeps it between runs and hands it back.
    """

    in_order = True

    def __init__(self, name: str, path: Path, position: int = 0) -> None:
        self._path = path
        self._name = name
        self.position = position
        try:
            self._lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n")
        except OSError as error:
            raise UsageError(
                f"The teacher {name} cannot be read: {error.strerror}.",
                "The path is relative to the recipe's file.",
            ) from error

    @property
    def name(self) -> str:
        """The recipe's way of writing this teacher."""
        return self._name

    async def attempt(self, ask: Ask, patience: Patience) -> Heard:  # noqa: ARG002
        """The next line, whatever is asked.

        Raises:
            TeacherError: always fatal: the file is exhausted, or its next line is broken.
        """
        while self.position < len(self._lines) and not self._lines[self.position].strip():
            self.position += 1
        if self.position >= len(self._lines):
            raise TeacherError(
                f"The teacher {self._name} is exhausted.", "Add lines to its file.", fatal=True
            )
        text = self._text(self._lines[self.position])
        self.position += 1
        return Heard(Reply(text, Usage(0, 0), Decimal(0), "end", self._name))

    def explain(self, failure: Failure) -> TeacherError:
        """A file answers at once or never; this is for whoever takes longer than the patience."""
        return TeacherError(f"The teacher {self._name} {failure.last.message}.")

    def most(self, ask: Ask) -> Decimal:  # noqa: ARG002
        """Nothing."""
        return Decimal(0)

    def prefix(self, ask: Ask) -> Prefix:
        """Nothing of it is kept."""
        return Prefix(about_tokens(ask.system), None)

    async def hang_up(self) -> None:
        """Nothing is held open."""

    def _text(self, line: bytes) -> str:
        try:
            text = line.decode()
            data = json.loads(text)
        except UnicodeDecodeError as error:
            raise self._broken("is not UTF-8") from error
        except (ValueError, RecursionError) as error:
            raise self._broken("is not JSON") from error
        if isinstance(data, str):
            return data
        if isinstance(data, dict):
            return text.strip()
        raise self._broken("is neither a JSON string nor a JSON object")

    def _broken(self, how: str) -> TeacherError:
        return TeacherError(
            f"Line {self.position + 1} of {self._path.name} {how}.",
            "Mend the line or take it out; the file is read on from there.",
            fatal=True,
        )
