"""Settings, lowest to highest: defaults, config/default.toml, settings.toml of the config directory, .env, COPILOT_*,
secret files."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import (
    SettingsError as SourceError,
)
from rapidfuzz import process

from config.errors import SettingsError

Mode = Literal["demo", "observe", "propose", "act"]
HERE = Path(__file__).parent
PREFIX = "COPILOT_"
#: settings whose value is never shown
_PRIVATE = re.compile("SECRET|URL|KEY|TOKEN|PASSWORD")


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Http(_Section):
    """`public_url` is how people reach the console through a proxy; without it only this machine's own names are
    answered on loopback."""

    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    public_url: str | None = Field(None, pattern=r"^https?://[A-Za-z0-9.\-]+(:\d{1,5})?/?$")


class Auth(_Section):
    """`secret` signs tokens (HS256, 32 bytes or more); made once in the data directory when it is not set."""

    secret: SecretStr | None = Field(None, min_length=32)


class Slack(_Section):
    """Slack. With `bot_token` and `signing_secret` it comes over HTTP, with `bot_token` and `app_token` over Socket
    Mode. `client_id` and `client_secret` instead of `bot_token`: several workspaces install the app themselves.
    `command` is the slash command of the app."""

    bot_token: SecretStr | None = None
    app_token: SecretStr | None = None
    signing_secret: SecretStr | None = None
    client_id: str | None = None
    client_secret: SecretStr | None = None
    api_url: str = "https://slack.com/api/"
    command: str = Field("/ops", pattern=r"^/[a-z0-9_-]{1,31}$")


class Demo(_Section):
    """The demo company: `seed` of its telemetry; with `incident` a new one begins in the middle of an incident."""

    seed: int = 7
    incident: bool = True


class Llm(_Section):
    """A language model behind any OpenAI-compatible endpoint; off until `base_url` and `model` are set.

    `timeout` is seconds for all that one message asks of it; `max_tool_calls`, `max_tokens` and `max_usd` bound one
    message, `daily_usd` and `daily_tokens` one person's day (UTC). Prices are USD a million tokens; without them only
    tokens bound. `phrase`: it also words the answers to plain questions.
    """

    base_url: str | None = Field(None, pattern=r"^https?://[^\s@]+$")
    model: str | None = Field(None, min_length=1)
    api_key: SecretStr | None = None
    timeout: float = Field(20.0, gt=0, le=300)
    max_tool_calls: int = Field(8, ge=0, le=50)
    max_tokens: int = Field(40_000, ge=500)
    max_usd: float = Field(0.2, gt=0)
    daily_usd: float = Field(5.0, gt=0)
    daily_tokens: int = Field(2_000_000, ge=500)
    price_in: float = Field(0.0, ge=0)
    price_out: float = Field(0.0, ge=0)
    phrase: bool = False

    @property
    def on(self) -> bool:
        return self.base_url is not None

    @model_validator(mode="after")
    def _both(self) -> Llm:
        if (self.base_url is None) != (self.model is None):
            raise ValueError(
                "COPILOT_LLM__BASE_URL and COPILOT_LLM__MODEL belong together: set both, or neither"
            )
        return self


class Settings(BaseSettings):
    """Every setting there is. `COPILOT_HTTP__PORT=9` is `http.port`.

    `token` says who you are at the terminal outside demo mode.
    """

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix=PREFIX, env_nested_delimiter="__", env_ignore_empty=True
    )

    mode: Mode = "demo"
    config_dir: Path | None = None
    data_dir: Path = Path("data")
    database_url: str | None = None
    http: Http = Http()
    auth: Auth = Auth()
    demo: Demo = Demo()
    llm: Llm = Llm()
    slack: Slack = Slack()
    token: SecretStr | None = None

    @property
    def database(self) -> str:
        """The SQLAlchemy URL: the one set, else SQLite in the data directory."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'copilot.db').absolute()}"

    def file(self, name: str) -> Path:
        """`name` in the config directory when it is there, else ours."""
        if self.config_dir is not None and (self.config_dir / name).exists():
            return self.config_dir / name
        return HERE / name


def variables(model: type[BaseModel] = Settings, prefix: str = PREFIX) -> Iterator[tuple[str, str]]:
    """Every variable that is read, as (name, default shown to people)."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, _Section):
            yield from variables(kind, f"{prefix}{name.upper()}__")
        else:
            yield f"{prefix}{name.upper()}", "" if field.default is None else str(field.default)


def load_settings(dotenv: Path = Path(".env")) -> Settings:
    """Read all layers, and refuse a COPILOT_* variable that nothing reads.

    Secret files are `copilot_<section>__<key>` in `COPILOT_CONFIG_DIR/secrets` or /run/secrets.
    Raises SettingsError naming the variable or the key, the value and what is wanted.
    """
    given = {**(dotenv_values(dotenv) if dotenv.exists() else {}), **os.environ}
    _refuse_unknown(given)
    folder = given.get(f"{PREFIX}CONFIG_DIR")
    if folder and not Path(folder).is_dir():
        raise SettingsError(
            f"{PREFIX}CONFIG_DIR is {folder}, which is not a folder. Make it, or unset the variable."
        )
    tomls = [HERE / "default.toml", *([Path(folder) / "settings.toml"] if folder else [])]
    secret_dirs = [one for one in (Path(folder or ".") / "secrets", Path("/run/secrets")) if one.is_dir()]

    class Layered(Settings):
        @classmethod
        def settings_customise_sources(
            cls, settings_cls: type[BaseSettings], *_: object, **__: object
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            env = EnvSettingsSource(settings_cls)
            secret = NestedSecretsSettingsSource(
                env, secrets_dir=secret_dirs, secrets_prefix=PREFIX, secrets_nested_delimiter="__"
            )
            toml = TomlConfigSettingsSource(settings_cls, tomls, deep_merge=True)
            return (
                *([secret] if secret_dirs else []),
                env,
                DotEnvSettingsSource(settings_cls, env_file=dotenv),
                toml,
            )

    try:
        return Layered()
    except tomllib.TOMLDecodeError as err:
        raise SettingsError(f"{tomls[-1]}: is not TOML: {err}. Mend the line it names.") from err
    except SourceError as err:
        raise SettingsError(
            f"A setting cannot be read: {err}. Mend it; .env.example lists them all."
        ) from err
    except ValidationError as err:
        first = err.errors()[0]
        where = "__".join(str(part) for part in first["loc"]).upper()
        shown = isinstance(first["input"], str | int | float) and not _PRIVATE.search(where)
        value = f" is {first['input']!r}" if shown else ""
        raise SettingsError(f"{PREFIX}{where}{value}: {first['msg']}. Mend the setting.") from err


def _refuse_unknown(given: Mapping[str, str | None]) -> None:
    known = [name for name, _ in variables()]
    for key in sorted(given):
        if key.startswith(PREFIX) and key not in known:
            near = process.extractOne(key, known, score_cutoff=70)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise SettingsError(f"{key} is set, but nothing reads it.{hint} Unset it or mend its name.")


def signing_key(settings: Settings) -> bytes:
    """The key that signs tokens: the one set, else one made once, 0600, in the data directory.

    Raises SettingsError on PostgreSQL without a set key, for several processes must share it.
    """
    if settings.auth.secret is not None:
        return settings.auth.secret.get_secret_value().encode()
    if settings.database.startswith("postgresql"):
        raise SettingsError(
            "COPILOT_AUTH__SECRET is not set. On PostgreSQL several processes share it: set 32 characters or more."
        )
    path = settings.data_dir / "token.key"
    fresh = path.with_name(f".token.{secrets.token_hex(8)}")
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
                file.write(secrets.token_hex(32))
            with contextlib.suppress(FileExistsError):
                os.link(fresh, path)
            fresh.unlink()
        return path.read_bytes()
    except OSError as err:
        raise SettingsError(
            f"{path} cannot be made or read ({err.strerror}). Choose another COPILOT_DATA_DIR or free the disk."
        ) from err
