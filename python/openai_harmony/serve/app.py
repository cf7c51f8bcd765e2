"""The application: its routes, and what is the same for all of them."""

from __future__ import annotations

import contextlib
from typing import Any, AsyncIterator, Coroutine, List, Union

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..api import BadRequest
from .chat import ChatAnswer, ChatEndpoint
from .errors import ApiError, StoreError
from .exchange import Exchange
from .gateway import Gateway
from .logs import LOG
from .responses import ResponseAnswer, ResponsesEndpoint
from .settings import Settings
from .stored import StoredResponses
from .stream import EventStream

__all__ = ["create_app"]

Answer = Union[ChatAnswer, ResponseAnswer]


def create_app(settings: Settings) -> Starlette:
    """The gateway as an ASGI application. It meets its engines when it starts; ``app.state.gateway`` has its parts."""
    gateway = Gateway(settings)
    stored = StoredResponses(gateway)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with gateway.running():
            # The tools are known by now.
            app.state.chat, app.state.responses = ChatEndpoint(gateway), ResponsesEndpoint(gateway)
            yield

    async def chat_completions(request: Request) -> Response:
        return await answer(gateway, request, request.app.state.chat)

    async def create_response(request: Request) -> Response:
        return await answer(gateway, request, request.app.state.responses)

    async def models(request: Request) -> Response:
        gateway.keys.check(request.scope)
        model = {"id": await gateway.served_model(), "object": "model", "created": 0, "owned_by": "openai-harmony"}
        wanted = request.path_params.get("id")
        if wanted is None:
            return JSONResponse({"object": "list", "data": [model]})
        if wanted != model["id"]:
            message = f"The model '{wanted}' does not exist."
            raise ApiError(404, message, type="invalid_request_error", param="model", code="model_not_found")
        return JSONResponse(model)

    async def health(_: Request) -> Response:
        return await _health(gateway)

    async def metrics(_: Request) -> Response:
        for member in gateway.balancer.members:
            gateway.metrics.engine_up.labels(member.engine.url).set(member.is_up)
        return Response(gateway.metrics.text(), media_type="text/plain; version=0.0.4")

    app = Starlette(
        routes=[
            Route("/v1/chat/completions", chat_completions, methods=["POST"]),
            Route("/v1/responses", create_response, methods=["POST"]),
            Route("/v1/responses/{id}", stored.response, methods=["GET", "DELETE"]),
            Route("/v1/responses/{id}/input_items", stored.input_items, methods=["GET"]),
            Route("/v1/responses/{id}/cancel", stored.cancel, methods=["POST"]),
            Route("/v1/models", models, methods=["GET"]),
            Route("/v1/models/{id:path}", models, methods=["GET"]),
            Route("/healthz", health, methods=["GET"]),
            Route("/metrics", metrics, methods=["GET"]),
        ],
        middleware=_middleware(settings),
        exception_handlers={ApiError: _error, BadRequest: _error, HTTPException: _http_error, Exception: _unexpected},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False  # a redirect would go to whatever host the client named
    app.state.gateway = gateway
    return app


def _middleware(settings: Settings) -> List[Middleware]:
    """What lets scripts of other origins use the gateway from a browser."""
    if not settings.allowed_origins:
        return []
    methods = ("GET", "POST", "DELETE")
    return [
        Middleware(CORSMiddleware, allow_origins=settings.allowed_origins, allow_methods=methods, allow_headers=("*",))
    ]


async def answer(gateway: Gateway, request: Request, endpoint: Union[ChatEndpoint, ResponsesEndpoint]) -> Response:
    """The answer to a request that samples: whole, streamed, or an error."""
    exchange = Exchange(endpoint.name, gateway.metrics, gateway.encoding)
    with contextlib.ExitStack() as opened:
        opened.callback(exchange.close)
        try:
            gateway.keys.check(request.scope)
            gateway.limits.admit(len(gateway.lifelines.open))
            lifeline = gateway.lifelines.begin()
            opened.callback(lifeline.close)
            body = await lifeline.wait_for(gateway.limits.body(request))
            lifeline.watch(request.receive)
            preparing: Coroutine[Any, Any, Answer] = endpoint.prepare(body, exchange, lifeline)
            prepared = await lifeline.wait_for(preparing)
            opened.callback(prepared.report)
            if gateway.settings.log_bodies:
                exchange.fields["body"] = body.decode("utf-8", "replace")
            # Nothing is sent before the first token: until then, what goes wrong has a status of its own.
            events = prepared.events()
            first = await events.__anext__()
            if prepared.stream_requested:
                return EventStream(_to_the_end(prepared, first, events, exchange), opened.pop_all().close)
            async for _ in events:
                pass
        except (ApiError, BadRequest) as error:
            exchange.ended(error.status, error.body["error"])
            raise
        exchange.ended(200)
        return JSONResponse(prepared.whole())


async def _to_the_end(
    prepared: Answer, first: bytes, events: AsyncIterator[bytes], exchange: Exchange
) -> AsyncIterator[bytes]:
    """The events of a stream; what goes wrong becomes the last one."""
    yield first
    try:
        async for event in events:
            yield event
        exchange.ended(200)
    except ApiError as error:
        exchange.ended(error.status, error.body["error"])
        yield await prepared.failure(error)
    except Exception:
        LOG.exception("unexpected error in a stream")
        failed = ApiError(500, "The server failed.")
        exchange.ended(failed.status, failed.body["error"])
        yield await prepared.failure(failed)


async def _health(gateway: Gateway) -> Response:
    """Whether the gateway can serve: an engine is up, the store answers, and it was not asked to stop."""
    engines = {member.engine.url: "up" if member.is_up else "down" for member in gateway.balancer.members}
    try:
        await gateway.store.check()
        store = "up"
    except StoreError:
        store = "down"
    stopping = gateway.lifelines.stopping
    is_healthy = "up" in engines.values() and store == "up" and not stopping
    status = "stopping" if stopping else "ok" if is_healthy else "unavailable"
    return JSONResponse({"status": status, "engines": engines, "store": store}, 200 if is_healthy else 503)


async def _error(_: Request, error: Exception) -> Response:
    assert isinstance(error, (ApiError, BadRequest))
    return JSONResponse(error.body, error.status, headers=getattr(error, "headers", None))


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    message = f"{error.detail}: {request.method} {request.scope['path']}"
    headers = dict(error.headers or {})
    return await _error(request, ApiError(error.status_code, message, type="invalid_request_error", headers=headers))


async def _unexpected(request: Request, error: Exception) -> Response:
    return await _error(request, ApiError(500, "The server failed."))
