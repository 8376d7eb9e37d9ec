"""The mappings inside a recipe; each description here is what editors show for its key."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationInfo,
    field_validator,
)
from pydantic_core import CoreSchema, core_schema

from core.recipe_reading import refused
from core.recipe_values import (
    Count,
    CronText,
    Duration,
    Emoji,
    Flag,
    Number,
    OneOrMany,
    Part,
    Some,
    Usd,
    Weight,
    Whole,
    Words,
    Zone,
    later,
)

Verdict = Literal["approve", "reject", "skip", "flag"]
ExportFormat = Literal["alpaca", "sharegpt"]
Split = Literal["train", "validation", "test"]

DEFAULT_EMOJI: tuple[tuple[Verdict, tuple[str, ...]], ...] = (
    (
        "approve",
        ("white_check_mark", "heavy_check_mark", "ballot_box_with_check", "+1", "thumbsup"),
    ),
    ("reject", ("x", "negative_squared_cross_mark", "-1", "thumbsdown")),
    ("skip", ("fast_forward", "black_right_pointing_double_triangle_with_vertical_bar")),
    ("flag", ("triangular_flag_on_post",)),
)
"""Names as Slack's events write them (facts/slack.md); the bot seeds the first of each list."""

DEFAULT_REASONS = (
    "wrong_facts",
    "missing_warning",
    "tone",
    "unrealistic",
    "duplicate",
    "other",
)
"""What may be wrong with a sample, where the recipe has no reasons of its own: keys, which
`bot.labels` says in words."""

_DEFAULT_SPLITS: tuple[tuple[Split, float], ...] = (
    ("train", 0.9),
    ("validation", 0.05),
    ("test", 0.05),
)
_MOST_REASONS = 20
_LONGEST_REASON = 75
"""Characters in an option of a menu (slack_sdk.models)."""
_EXPORT_FORMATS = ("alpaca", "sharegpt")
_LATER_FORMATS = ("messages", "prompt-completion", "dpo", "kto", "csv", "parquet")
_ANTHROPIC_MOST_TOKENS = 21_333
"""Above it, anthropic 2.12 refuses a request that is not streamed (facts/teachers.md)."""


class Price(Part):
    """What a teacher charges."""

    input: Usd = Field(description="USD per million input tokens.")
    output: Usd = Field(description="USD per million output tokens.")


class TeacherSpec(Part):
    """A teacher as the recipe names it."""

    model: str = Field(
        description="anthropic:MODEL, openai:MODEL, openai:MODEL@http://host/v1 (any server that "
        "speaks OpenAI's chat completions), or replay:FILE."
    )
    weight: Weight = Field(
        1.0, description="Its share of the requests, beside the other teachers' weights."
    )
    temperature: Annotated[tuple[Annotated[Number, Field(ge=0, le=2)], ...], OneOrMany()] = Field(
        (), description="A number, or a list that requests take in turn. None: the model's."
    )
    concurrency: Count = Field(8, description="Requests that may be under way at one time.")
    max_output_tokens: Count = Field(4096, description="The longest reply, in tokens.")
    price: Price | None = Field(
        None, description="What it charges; needed under a budget where Winnow does not know it."
    )

    @property
    def provider(self) -> str:
        """`anthropic`, `openai` or `replay`."""
        return self.model.partition(":")[0]

    @property
    def name(self) -> str:
        """The model's own name, or the replayed file's."""
        return self._named.partition("@http")[0] if self.provider == "openai" else self._named

    @property
    def address(self) -> str | None:
        """The base address of another server than the provider's own."""
        _, found, rest = self._named.partition("@http")
        return f"http{rest}" if found and self.provider == "openai" else None

    @property
    def _named(self) -> str:
        return self.model.partition(":")[2]

    @field_validator("model")
    @classmethod
    def _known_provider(cls, model: str) -> str:
        provider, _, rest = model.partition(":")
        if provider not in ("anthropic", "openai", "replay") or not rest.strip():
            raise refused(
                f"must be anthropic:MODEL, openai:MODEL, openai:MODEL@http://host/v1 or "
                f"replay:FILE, not {model!r}"
            )
        if rest.startswith("@http"):
            raise refused(f"names no model before the address, in {model!r}")
        return model

    @field_validator("temperature")
    @classmethod
    def _no_temperature_for_anthropic(
        cls, temperature: tuple[float, ...], info: ValidationInfo
    ) -> tuple[float, ...]:
        if temperature and info.data.get("model", "").startswith("anthropic:"):
            raise refused(
                "cannot be set for an anthropic teacher, whose API has none",
                "Leave it out; seeds, categories and the prompt make samples differ.",
            )
        return temperature

    @field_validator("max_output_tokens")
    @classmethod
    def _in_one_reply(cls, most: int, info: ValidationInfo) -> int:
        if most > _ANTHROPIC_MOST_TOKENS and info.data.get("model", "").startswith("anthropic:"):
            raise refused(f"goes up to {_ANTHROPIC_MOST_TOKENS} for an anthropic teacher")
        return most


class OrModelName:
    """On a TeacherSpec: the model's name alone may stand for the mapping."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(
            lambda value: {"model": value} if isinstance(value, str) else value, handler(source)
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [{"type": "string"}, handler(schema)]}


class Persona(Part):
    """Who speaks in a sample; empty where the recipe does not say."""

    asker: str = Field("", description="Who asks, and how: wording, mood, gaps.")
    answerer: str = Field("", description="Who answers, and how.")


def _whole_emoji(value: object) -> object:
    """What the recipe leaves out keeps its default."""
    if not isinstance(value, dict):
        return value
    return {verdict: list(names) for verdict, names in DEFAULT_EMOJI} | value


def _one_verdict_each(emoji: dict[Verdict, tuple[str, ...]]) -> dict[Verdict, tuple[str, ...]]:
    seen: dict[str, str] = {}
    for verdict, names in emoji.items():
        for name in names:
            if seen.setdefault(name, verdict) != verdict:
                raise refused(f"has `{name}` for {seen[name]} and for {verdict}")
    return emoji


def _menu(reasons: tuple[str, ...]) -> tuple[str, ...]:
    if len(reasons) > _MOST_REASONS:
        raise refused(f"has {len(reasons)} reasons; a menu takes {_MOST_REASONS}")
    for number, reason in enumerate(reasons):
        if len(reason) > _LONGEST_REASON:
            most = f"a reason takes {_LONGEST_REASON} characters"
            raise refused(f"has `{reason}`, {len(reason)} characters long; {most}")
        if reason in reasons[:number]:
            raise refused(f"has `{reason}` twice")
    return reasons


class Review(Part):
    """What reviewers see, and what their votes do."""

    policy: Literal["net-2"] = Field(
        "net-2", description="The rule that turns a ballot into a decision (docs/reviewing.md)."
    )
    lead: Count = Field(2, description="Approvals ahead of rejections, or behind, that decide.")
    max_votes: Count = Field(
        5,
        validate_default=True,
        description="After so many votes without a decision a sample is queued for a curator.",
    )
    queue_after: Duration = Field(
        default_factory=lambda: timedelta(days=7),
        description="After this time without a decision a sample is queued: 7d, 12h, 30m or never.",
    )
    expire_after: Duration = Field(
        None, description="After this time an undecided sample expires: 30d, 12h or never."
    )
    share_comments: Flag = Field(
        False, description="Whether comments in threads are given to teachers as advice."
    )
    guidelines: Words | None = Field(
        None, description="What reviewers should look at: a text or an address."
    )
    reasons: Annotated[tuple[Words, ...], AfterValidator(_menu), OneOrMany()] = Field(
        (),
        description="What may be wrong, to choose from after a ❌: up to 20 texts of at most 75 "
        "characters. None given: wrong facts, missing warning, tone, unrealistic question, "
        "duplicate, other.",
    )
    emoji: Annotated[
        dict[Verdict, Annotated[tuple[Emoji, ...], Some, OneOrMany()]],
        BeforeValidator(_whole_emoji),
        AfterValidator(_one_verdict_each),
    ] = Field(
        default_factory=lambda: dict(DEFAULT_EMOJI),
        description="Emoji names per verdict (approve, reject, skip, flag), without colons.",
    )

    @field_validator("max_votes")
    @classmethod
    def _enough_to_decide(cls, most: int, info: ValidationInfo) -> int:
        if most < info.data.get("lead", 1):
            raise refused(f"is {most}, but `lead` asks for {info.data['lead']} votes at least")
        return most


class Schedule(Part):
    """When batches are posted and exports made."""

    timezone: Zone = Field("UTC", description="Such as Europe/Berlin or Asia/Shanghai.")
    batch: CronText | None = Field(
        None, description="When to post, as cron with named weekdays: 0 9 * * mon-fri."
    )
    batch_size: Count = Field(10, description="Samples in a batch.")
    max_open: Count = Field(30, description="With so many undecided, no more are posted.")
    export: CronText | None = Field(
        None, description="When to export, as cron with named weekdays: 0 18 * * fri."
    )
    export_unchanged: Flag = Field(
        False, description="Whether an export is made when nothing changed since the last."
    )

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the crons and of a budget's day."""
        return ZoneInfo(self.timezone)


class Budget(Part):
    """Limits of what is spent; a day is the schedule's."""

    per_day_usd: Usd | None = Field(None, description="The most that a day may cost, in USD.")
    total_usd: Usd | None = Field(None, description="The most that the dataset may cost, in USD.")
    confirm_above_usd: Usd = Field(
        Decimal("1.00"), description="A person is asked before a request that costs more, in USD."
    )
    per_person_day: Whole = Field(
        20, description="Samples that a reviewer may have generated in a day."
    )

    @property
    def capped(self) -> bool:
        """Whether there is a limit that needs every teacher's price to be known."""
        return self.per_day_usd is not None or self.total_usd is not None


def _folder(value: str) -> str:
    if "://" in value:
        raise refused(f"`{value}` is not yet available in this version of Winnow", "Name a folder.")
    return value


class ExportSettings(Part):
    """Formats, splits and destinations of an export."""

    formats: Annotated[
        tuple[Annotated[ExportFormat, later(_EXPORT_FORMATS, _LATER_FORMATS)], ...], OneOrMany()
    ] = Field(
        (), description="alpaca, sharegpt. None given: alpaca for instructions, else sharegpt."
    )
    splits: dict[Split, Annotated[Number, Field(ge=0, le=1)]] = Field(
        default_factory=lambda: dict(_DEFAULT_SPLITS),
        description="The share of the records in train, validation and test; they sum to 1.",
    )
    to: Annotated[tuple[Annotated[Words, AfterValidator(_folder)], ...], Some, OneOrMany()] = Field(
        ("exports/",), description="Folders, relative to the recipe."
    )
    license: Words | None = Field(None, description="The dataset's license, such as cc-by-4.0.")
    reviewer_names: Literal["pseudonym"] = Field(
        "pseudonym", description="How reviewers are named in an export."
    )

    @field_validator("splits")
    @classmethod
    def _whole(cls, splits: dict[Split, float]) -> dict[Split, float]:
        total = sum(splits.values())
        if abs(total - 1) > 1e-9:
            raise refused(f"sum to {total:g}, not to 1")
        if not splits.get("train"):
            raise refused("leave nothing to train on", "Give `train` a share.")
        return splits
