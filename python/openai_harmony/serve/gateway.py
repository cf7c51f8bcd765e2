"""The parts of a gateway, put together from its settings."""

from __future__ import annotations

import contextlib
from typing import Any, AsyncIterator, Dict, List, Mapping, Optional, Union

from ..api import BadRequest, ChatJob, Options, ResponsesJob
from ..encoding import load_harmony_encoding
from .auth import Keys
from .balancer import Balancer
from .constraints import engine_constraint
from .engines import ENGINES, EngineHttp, SamplingRequest
from .errors import EngineError, StoreError
from .lifeline import Lifelines
from .limits import Limits
from .logs import LOG
from .metrics import Metrics
from .sampling import Sampler
from .session import session_of
from .settings import Settings
from .store import make_store
from .tools import make_tools

__all__ = ["Gateway"]


class Gateway:
    """Everything that requests share."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.encoding = load_harmony_encoding("HarmonyGptOss")
        self.metrics = Metrics()
        self.keys = Keys(settings.api_key)
        self.limits = Limits(settings.max_body, settings.max_requests, settings.client_timeout)
        self.lifelines = Lifelines(settings.request_timeout)
        self.store = make_store(settings.store, settings.keep)
        self.tools = make_tools(settings, self.metrics)
        self.model = settings.model
        self._sampling = settings.sampling.model_dump(exclude_none=True)
        self._engine = ENGINES[settings.engine]
        if settings.constrain == "always" and not self._engine.has_grammars:
            raise ValueError(f"setting constrain: the engine {settings.engine} has no grammars")
        self._http = EngineHttp(settings.engine_timeout, settings.engine_key)
        self.balancer = Balancer([self._engine(url, self._http, settings.model) for url in settings.url])
        self.sampler = Sampler(self.balancer, self.metrics.engine_failed)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Connects to the store, the tools and the engines."""
        async with contextlib.AsyncExitStack() as opened:
            opened.push_async_callback(self.store.close)
            await self._open_store()
            opened.push_async_callback(self.tools.close)
            await self.tools.open()
            await opened.enter_async_context(self._http.running())
            await self._meet_engines()
            await opened.enter_async_context(self.balancer.watching(self.settings.health_interval))
            yield

    def options(self) -> Options:
        """The options of the adapters. Without grammars, a single tool is forced by the end of the prompt."""
        return Options(
            namespaces=self.tools.namespaces,
            force="prefix" if self.settings.constrain == "never" or not self._engine.has_grammars else "constraint",
            max_context=self.settings.max_context,
            reasoning_field=self.settings.reasoning_field,
        )

    def constraint(self, job: Union[ChatJob, ResponsesJob], *, continues: bool = False) -> Dict[str, Any]:
        """What makes the engine follow the grammar of a request, if it needs one.

        ``continues`` says that the answer goes on after the call of a hosted tool.
        """
        return engine_constraint(job, self.settings.constrain, self._engine, continues=continues)

    def sampling_request(
        self,
        job: Union[ChatJob, ResponsesJob],
        id: str,
        constraint: Mapping[str, Any],
        *,
        prompt: Optional[List[int]] = None,
        max_tokens: Optional[int] = None,
        choice: int = 0,
        session: str = "",
    ) -> SamplingRequest:
        """What an engine gets for one output of a job."""
        prompt = job.tokens if prompt is None else prompt
        if job.top_logprobs is not None and not self._engine.has_logprobs:
            raise BadRequest("This server has no log-probabilities.", "logprobs", "unsupported_value")
        parameters = {**self._sampling, **job.sampling}
        if choice and "seed" in parameters:
            parameters["seed"] += choice  # or all choices would be the same
        return SamplingRequest(
            id=f"{id}-{choice}",
            prompt=prompt,
            stop_token_ids=job.stop_token_ids,
            max_tokens=job.max_tokens if max_tokens is None else max_tokens,
            parameters=parameters,
            top_logprobs=job.top_logprobs,
            constraint=constraint,
            session=session or session_of(prompt),
        )

    async def served_model(self) -> str:
        """The name of the model, as clients see it."""
        for member in self.balancer.members:
            if self.model is None and member.is_up:
                self.model = await member.engine.served_model()
        return self.model or "gpt-oss"

    async def _open_store(self) -> None:
        """Stops at once if the store cannot be used here; one that does not answer may come later."""
        try:
            await self.store.open()
        except StoreError as error:
            raise RuntimeError(f"setting store: {error}") from error
        try:
            await self.store.check()
        except StoreError as error:
            LOG.warning("store is not up", extra={"error": str(error)})

    async def _meet_engines(self) -> None:
        """Stops at once if an engine that answers cannot be used; one that does not answer may come later."""
        await self.balancer.check_health()
        for member in self.balancer.members:
            if not member.is_up:
                LOG.warning("engine is not up", extra={"engine": member.engine.url})
                continue
            try:
                await member.engine.check()
            except EngineError as error:
                raise RuntimeError(f"the engine at {member.engine.url} cannot be used: {error}") from error
