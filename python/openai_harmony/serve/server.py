"""Runs the gateway on a socket until it is asked to stop."""

from __future__ import annotations

import asyncio
import socket
from types import FrameType
from typing import List, Optional

import uvicorn

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
        lifespan="on",
        ws="none",
        # Only what is left after the gateway has ended its requests by itself.
        timeout_graceful_shutdown=int(settings.grace) + 5,
    )
    server = GatewayServer(config, app.state.gateway)
    server.run()
    if not server.started:
        raise RuntimeError("the gateway did not start")


class GatewayServer(uvicorn.Server):
    """uvicorn's server, which also tells the gateway when it has to stop."""

    def __init__(self, config: uvicorn.Config, gateway: Gateway) -> None:
        super().__init__(config)
        self._gateway = gateway
        self._stopping: Optional[asyncio.Task[None]] = None

    def handle_exit(self, sig: int, frame: Optional[FrameType]) -> None:
        """Called for the first signal and for those after it; the second one ends requests at once."""
        super().handle_exit(sig, frame)
        LOG.info("stopping", extra={"open_requests": len(self._gateway.lifelines.open)})
        grace = 0 if self._stopping is not None else self._gateway.settings.grace
        self._stopping = asyncio.ensure_future(self._gateway.lifelines.stop(grace))

    async def startup(self, sockets: Optional[List[socket.socket]] = None) -> None:
        """Listen, and say where."""
        await super().startup(sockets)
        if self.started and self.servers:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            LOG.info("listening", extra={"url": f"http://{host}:{port}"})
