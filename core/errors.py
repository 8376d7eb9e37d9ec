"""Winnow's one tree of errors; each message is a sentence for the person who can mend it.

WinnowError               it failed while running (exit 1)
├── UsageError            a wrong argument, recipe or setting (exit 2)
│   ├── RecipeError       core.recipe: names file, line, key and the nearest known key
│   └── TemplateError     core.templates: all missing variables at once
├── RecordError           a text that is no record: names the field and what is wrong with it
├── CorrectionError       core.corrections: what the person typed cannot be applied
└── TeacherError          core.teachers: a teacher failed; says whether others may still be asked
"""


class WinnowError(Exception):
    """Something a person must know: a sentence (`error`) and the remedy (`hint`, may be empty)."""

    exit_code = 1

    def __init__(self, error: str, hint: str = "") -> None:
        super().__init__(error)
        self.error = error
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.error} {self.hint}".strip()


class UsageError(WinnowError):
    """A wrong argument, recipe or setting; the operator mends it."""

    exit_code = 2


class RecordError(WinnowError):
    """A text or mapping that is no record; the message names the field."""


class CorrectionError(WinnowError):
    """A correction that cannot be applied; nothing typed is lost.

    Reviewers read it in their language: `text` names the wording in bot/texts, `values` fill it.
    """

    def __init__(self, text: str, **values: str) -> None:
        super().__init__(f"{text} ({', '.join(f'{k}={v}' for k, v in values.items())})")
        self.text = text
        self.values = values


class TeacherError(WinnowError):
    """A teacher failed. `fatal` means that asking this teacher again is pointless."""

    def __init__(self, error: str, hint: str = "", *, fatal: bool = False) -> None:
        super().__init__(error, hint)
        self.fatal = fatal
