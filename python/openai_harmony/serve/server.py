"""Runs the gateway on a socket until it is asked to stop."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
from types import FrameType
from typing import List, Optional

import uvicorn
from starlette.applications import Starlette

from .app import create_app
from .gateway import Gateway
from .logs import LOG, configure_logging
from .settings import Settings

__all__ = ["serve"]


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Open requests then have ``settings.grace`` seconds to end."""
    configure_logging(settings.log_level)
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        lifespan="off",  # see GatewayServer.startup
        ws="none",
        # Only what is left after the gateway has ended its requests by itself.
        timeout_graceful_shutdown=int(settings.grace) + 5,
    )
    GatewayServer(config, app).run()


class GatewayServer(uvicorn.Server):
    """uvicorn's server, which also tells the gateway when it has to stop."""

    def __init__(self, config: uvicorn.Config, app: Starlette) -> None:
        super().__init__(config)
        self._app = app
        self._gateway: Gateway = app.state.gateway
        self._opened = contextlib.AsyncExitStack()
        self._stopping: Optional[asyncio.Task[None]] = None

    def handle_exit(self, sig: int, frame: Optional[FrameType]) -> None:
        """Called for the first signal and for those after it; the second one ends requests at once."""
        super().handle_exit(sig, frame)
        LOG.info("stopping", extra={"open_requests": len(self._gateway.lifelines.open)})
        grace = 0 if self._stopping is not None else self._gateway.settings.grace
        self._stopping = asyncio.ensure_future(self._gateway.lifelines.stop(grace))

    async def startup(self, sockets: Optional[List[socket.socket]] = None) -> None:
        """Open what the gateway needs, listen, and say where.

        What goes wrong is raised. uvicorn would log it with its traceback, as an error of the program.
        """
        await self._opened.enter_async_context(self._app.router.lifespan_context(self._app))
        try:
            await super().startup(sockets)
        except BaseException:  # the address is taken
            await self._opened.aclose()
            raise
        # What was made until now stays. Collections that went through it each time would hold up all streams.
        gc.collect()
        gc.freeze()
        if self.started and self.servers:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            LOG.info("listening", extra={"url": f"http://{host}:{port}"})

    async def shutdown(self, sockets: Optional[List[socket.socket]] = None) -> None:
        """Close connections when their requests have ended, then what the gateway opened."""
        await super().shutdown(sockets)
        await self._opened.aclose()
