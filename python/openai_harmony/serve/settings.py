"""What the operator chooses: flags, environment variables and a file, checked before anything starts."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Any, Dict, List, Mapping, Optional, Union

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from typing_extensions import Annotated, Literal
from yarl import URL

from .engines import ENGINES

__all__ = ["McpServer", "Sampling", "Settings", "load_settings"]

Key = Annotated[str, Field(pattern=r"^[!-~]+$")]
"""A bearer key: visible ASCII, as it has to fit into a header."""
Label = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]
"""The name of a namespace in the prompt."""
Command = Annotated[List[str], Field(min_length=1)]
"""A program and its arguments."""

NAMESPACES = ("functions", "browser", "python")
"""Those of the format itself."""


class McpServer(BaseModel):
    """An MCP server: a program that speaks over its standard streams, or an address."""

    model_config = ConfigDict(extra="forbid")

    command: Optional[Command] = None
    url: Optional[str] = None
    env: Dict[str, str] = Field(default_factory=dict)
    headers: Dict[str, str] = Field(default_factory=dict)

    def model_post_init(self, _context: Any) -> None:
        """One of the two is needed."""
        if (self.command is None) == (self.url is None):
            raise ValueError("either command or url is needed")


class Sampling(BaseModel):
    """Parameters of the sampler, within the limits of the APIs. A parameter that is None is left to the engine."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    temperature: Optional[float] = Field(None, ge=0, le=2)
    top_p: Optional[float] = Field(None, ge=0, le=1)
    top_k: Optional[int] = Field(None, ge=-1)
    min_p: Optional[float] = Field(None, ge=0, le=1)
    presence_penalty: Optional[float] = Field(None, ge=-2, le=2)
    frequency_penalty: Optional[float] = Field(None, ge=-2, le=2)
    repetition_penalty: Optional[float] = Field(None, ge=0)
    seed: Optional[int] = None


class Settings(BaseModel):
    """The settings of a gateway, with their defaults."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    engine: str
    """``llama.cpp``, ``vllm``, ``sglang`` or ``completions``."""
    url: List[str] = Field(min_length=1)
    """The addresses of the engines."""
    model: Optional[str] = None
    """The name of the model; by default the one that the engine reports."""
    engine_key: Optional[Key] = None
    """The bearer key that the engines ask for."""

    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    api_key: List[Key] = Field(default_factory=list)
    """The bearer keys of clients; without any, every client is served."""
    allowed_origins: List[str] = Field(default_factory=list)
    """The origins of pages whose scripts may read answers; ``*`` is any."""

    constrain: Literal["auto", "always", "never"] = "auto"
    """When the engine gets a grammar: where the request demands something, for every request, or not at all."""
    max_context: Optional[int] = Field(None, gt=0)
    """How many tokens a prompt may have."""
    reasoning_field: Literal["reasoning", "reasoning_content", "both"] = "reasoning"
    sampling: Sampling = Field(default_factory=Sampling)
    """Parameters of the sampler for requests that leave them out."""

    store: str = "sqlite"
    """Where responses are kept: ``sqlite``, ``sqlite:PATH``, ``redis://…``, or ``none``."""
    keep: float = Field(30 * 24 * 3600, gt=0)
    """For how many seconds responses are kept."""

    max_body: int = Field(16 << 20, gt=0)
    """Bytes of a request's body."""
    max_requests: int = Field(512, gt=0)
    """Requests that are open at the same time."""
    client_timeout: float = Field(60, gt=0)
    """Seconds that a client has to send a request, and to take what is sent to it."""
    request_timeout: float = Field(1800, gt=0)
    """Seconds for a whole request."""
    engine_timeout: float = Field(300, gt=0)
    """Seconds that an engine may be silent."""
    grace: float = Field(30, ge=0)
    """Seconds that open requests have when the gateway is asked to stop."""
    health_interval: float = Field(5, gt=0)
    """Seconds between two health checks of an engine."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_bodies: bool = False
    """Whether the bodies of requests are logged."""

    mcp: Dict[Label, McpServer] = Field(default_factory=dict)
    """The MCP servers whose tools the gateway runs, by label."""
    python_command: Optional[Command] = None
    """A command that runs Python code from its standard input, for the code interpreter."""
    tool_timeout: float = Field(60, gt=0)
    """Seconds for one call of a tool."""

    @field_validator("engine")
    @classmethod
    def _known_engine(cls, name: str) -> str:
        if name not in ENGINES:
            raise ValueError(f"one of {', '.join(ENGINES)}")
        return name

    @field_validator("url")
    @classmethod
    def _http(cls, urls: List[str]) -> List[str]:
        for url in urls:
            if not url.startswith(("http://", "https://")):
                raise ValueError(f"{url!r} does not begin with http:// or https://")
            if URL(url).host is None or any(map(str.isspace, url)):
                raise ValueError(f"{url!r} names no host")
        urls = [url.rstrip("/") for url in urls]
        if len(set(urls)) < len(urls):
            raise ValueError("an engine is named twice")
        return urls

    @field_validator("mcp")
    @classmethod
    def _free_labels(cls, servers: Dict[str, McpServer]) -> Dict[str, McpServer]:
        for label in servers:
            if label in NAMESPACES:
                raise ValueError(f"{label!r} is a name of the format")
        return servers

    @field_validator("store")
    @classmethod
    def _known_store(cls, store: str) -> str:
        if store in ("none", "sqlite") or store.startswith(("sqlite:", "redis://", "rediss://", "unix://")):
            return store
        raise ValueError("one of sqlite, sqlite:PATH, redis://HOST:PORT/DB, none")


def load_settings(
    file: Optional[Path], given: Mapping[str, Any], environment: Mapping[str, str] = MappingProxyType({})
) -> Settings:
    """The settings of a file, with those over them that are in the environment or were given by a flag.

    Raises ``ValueError`` with the name of the setting that is wrong.
    """
    values: Dict[str, Any] = {}
    if file is not None:
        values = _yaml(file.read_bytes(), str(file)) or {}
        if not isinstance(values, dict):
            raise ValueError(f"{file} is not a mapping of settings")
    for name in set(Settings.model_fields) - set(given):
        text = environment.get(f"HARMONY_{name.upper()}")
        if text:
            values[name] = _yaml(text, f"HARMONY_{name.upper()}")
    for name in ("url", "api_key", "allowed_origins"):
        if isinstance(values.get(name), str):
            values[name] = [values[name]]
    values.update({name: value for name, value in given.items() if value is not None and value != []})
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first, *others = error.errors(include_url=False)
        name = ".".join(str(step) for step in first["loc"])
        more = f" (and {len(others)} more)" if others else ""
        message = first["msg"].removeprefix("Value error, ")
        raise ValueError(f"setting {name}: {message}{more}") from None


def _yaml(text: Union[str, bytes], source: str) -> Any:
    """What YAML, or JSON, says. ``source`` names it in an error."""
    import yaml

    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ValueError(f"{source} is not YAML: {error}") from None
