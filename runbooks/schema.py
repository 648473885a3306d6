"""The runbook file as pydantic models: only keys that work. JSON Schema for editors comes from here."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from config.people import Role
from config.recurrence import NotCron, parse

InputType = Literal["service", "environment", "string", "integer", "number", "boolean", "choice"]
Risk = Literal["low", "medium", "high", "critical"]

RISKS: tuple[Risk, ...] = get_args(Risk)
ROLES: tuple[Role, ...] = get_args(Role)
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|d)")
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def seconds(value: object) -> float:
    """`15m`, `10s`, `2h`, `1d`, or a number of seconds. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("must be a duration such as 30s, 15m, 2h or 1d")
    if isinstance(value, str):
        match = _DURATION.fullmatch(value.strip())
        if match is None:
            raise ValueError(f"{value!r} is not a duration; write 30s, 15m, 2h or 1d")
        value = float(match.group(1)) * _UNITS[match.group(2)]
    if not 0 < value <= 30 * 86400:
        raise ValueError("must be above zero and at most 30d")
    return float(value)


Duration = Annotated[
    float,
    BeforeValidator(seconds),
    WithJsonSchema(
        {"type": ["string", "number"], "pattern": r"^\d+(\.\d+)?(s|m|h|d)$", "examples": ["15m", "30s"]}
    ),
]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Text = Annotated[str, Field(min_length=1, max_length=2000)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


class ScheduleTrigger(Strict):
    """When this runbook is to run by itself: cron in a time zone, with the inputs that have no default. It is off until
    an operator turns it on, whose run it then is."""

    cron: Text
    timezone: Text = "UTC"
    inputs: dict[Name, str | int | float | bool] = Field(default_factory=dict)

    @field_validator("cron")
    @classmethod
    def _reads(cls, value: str) -> str:
        try:
            parse(value)
        except NotCron as err:
            raise ValueError(str(err)) from err
        return value

    @field_validator("timezone")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as err:
            raise ValueError(f"{value!r} is no time zone; wanted one such as Europe/Berlin or UTC") from err
        return value


class Trigger(Strict):
    """What starts this runbook: `chat` are example sentences with `{input}` in them, `schedule` is a time."""

    chat: tuple[Text, ...] = ()
    schedule: ScheduleTrigger | None = None

    @model_validator(mode="after")
    def _something(self) -> Trigger:
        if bool(self.chat) == (self.schedule is not None):
            raise ValueError("a trigger is either `chat` with at least one sentence, or `schedule`")
        return self


class InputSpec(Strict):
    """One input. `options` belong to a choice; `min` and `max` to numbers, or to the length of a string."""

    type: InputType
    required: bool = False
    default: str | int | float | bool | None = None
    min: float | None = None
    max: float | None = None
    options: tuple[str | int | float, ...] = ()
    description: str = ""


class StageSpec(Strict):
    """Whose word one stage of an approval takes. `owner`: somebody of each team that owns what is changed."""

    name: str = Field("", max_length=80)
    count: int = Field(1, ge=1, le=10)
    roles: tuple[Role, ...] = ()
    groups: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    owner: bool = False
    not_requester: bool = True


Escalation = Annotated[str, Field(pattern=r"^rota:[a-z0-9][\w-]*$", examples=["rota:ml-platform"])]


class ApprovalSpec(Strict):
    """What this runbook wants beyond the policy. `roles` are our roles, `groups` are groups of people.yaml.

    `stages` come after the policy's own. `break_glass` are the roles that may go without (of those the policy names).
    """

    when: str | None = None
    roles: tuple[Role, ...] = ()
    groups: tuple[str, ...] = ()
    count: int = Field(1, ge=1, le=10)
    not_requester: bool = False
    expires: Duration | None = None
    remind: Duration | None = None
    escalate_to: Escalation | None = None
    break_glass: tuple[Role, ...] | None = None
    stages: tuple[StageSpec, ...] = Field((), max_length=5)


class Concurrency(Strict):
    """Of all runs of one `group` (of any runbook) one is at work at a time; another one waits, or is rejected."""

    group: Text
    on_conflict: Literal["reject", "queue"] = "queue"


class Retry(Strict):
    """`attempts` counts the first one too; waits double from `backoff` up to `max`."""

    attempts: int = Field(2, ge=1, le=10)
    backoff: Duration = 5.0
    max: Duration = 120.0


class Call(Strict):
    uses: str
    with_: dict[str, Any] = Field(default_factory=dict, alias="with")


class Verify(Call):
    """Is it well after the step? Asked until `expect` holds or `within` is over, and not before `settle` is over."""

    expect: str
    within: Duration = 300.0
    settle: Duration | None = None

    @model_validator(mode="after")
    def _settles_in_time(self) -> Self:
        if self.settle is not None and self.settle >= self.within:
            raise ValueError("settle must be shorter than within, or nothing is ever looked at")
        return self


class StepSpec(Call):
    """One step. Without `needs` it waits for the step above it; `needs: []` starts at once.

    With `foreach`, a list that is known when the run is planned, it is a step of its own for each `item`, of which
    `max_parallel` run together; later steps read `steps.<id>.output.items`.
    """

    id: Name
    needs: tuple[str, ...] | None = None
    if_: str | None = Field(None, alias="if")
    timeout: Duration | None = None
    retry: Retry | None = None
    undo: Call | None = None
    verify: Verify | None = None
    on_unknown: Literal["probe", "ask", "repeat"] = "probe"
    always: bool = False
    foreach: str | None = None
    max_parallel: int = Field(1, ge=1, le=20)


class RunbookModel(Strict):
    """A runbook file, version 1."""

    version: Literal[1]
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,59}$")]
    description: Text
    owner: str
    triggers: tuple[Trigger, ...] = ()
    inputs: dict[Name, InputSpec] = Field(default_factory=dict, max_length=30)
    risk: Risk | None = None
    approval: ApprovalSpec | None = None
    concurrency: Concurrency | None = None
    timeout: Duration = 3600.0
    steps: tuple[StepSpec, ...] = Field(min_length=1, max_length=50)


def _keys(model: type[BaseModel]) -> tuple[str, ...]:
    return tuple(one.alias or name for name, one in model.model_fields.items())


#: the keys known at each place of the file; `*` stands for any name or position
KEYS: dict[tuple[str, ...], tuple[str, ...]] = {
    (): _keys(RunbookModel),
    ("triggers", "*"): _keys(Trigger),
    ("triggers", "*", "schedule"): _keys(ScheduleTrigger),
    ("inputs", "*"): _keys(InputSpec),
    ("approval",): _keys(ApprovalSpec),
    ("concurrency",): _keys(Concurrency),
    ("approval", "stages", "*"): _keys(StageSpec),
    ("steps", "*"): _keys(StepSpec),
    ("steps", "*", "retry"): _keys(Retry),
    ("steps", "*", "undo"): _keys(Call),
    ("steps", "*", "verify"): _keys(Verify),
}

#: keys that a later version takes, and what to do until then
LATER: dict[str, str] = {
    "alert": "this version starts runs from chat, schedules and the API; leave this trigger out",
    "event": "this version starts runs from chat, schedules and the API; leave this trigger out",
}


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a runbook file, for editors."""
    schema = RunbookModel.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Runbook", **schema}


def input_schema(model: RunbookModel) -> dict[str, Any]:
    """The JSON Schema of a runbook's inputs, for forms and the API."""
    kinds = {"integer": "integer", "number": "number", "boolean": "boolean"}
    properties: dict[str, Any] = {}
    for name, spec in model.inputs.items():
        one: dict[str, Any] = {"type": kinds.get(spec.type, "string"), "x-kind": spec.type}
        lowest, highest = ("minLength", "maxLength") if spec.type == "string" else ("minimum", "maximum")
        extra = {"description": spec.description, "default": spec.default, "enum": list(spec.options)}
        extra |= {lowest: spec.min, highest: spec.max}
        if spec.type == "choice":
            one.pop("type")
        properties[name] = one | {key: value for key, value in extra.items() if value not in (None, "", [])}
    required = [name for name, spec in model.inputs.items() if spec.required]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
