"""Runs the gateway on a socket until it is asked to stop."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import signal
import socket
from types import FrameType
from typing import Any, Iterator, List, Optional, Type, cast

import uvicorn
from starlette.applications import Starlette

from .app import create_app
from .connection import Connection
from .gateway import Gateway
from .logs import LOG, configure_logging
from .settings import Settings

__all__ = ["serve"]

SECONDS_TO_READ = 1.0
"""For the last event of a request that the gateway ended."""


def serve(settings: Settings) -> None:
    """Serve until SIGTERM, SIGINT or SIGHUP. Open requests then have ``settings.grace`` seconds to end."""
    configure_logging(settings.log_level)
    allow_open_files()
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=cast(Type[asyncio.Protocol], functools.partial(Connection, settings.client_timeout)),
        log_config=None,
        access_log=False,
        lifespan="off",  # see GatewayServer.startup
        ws="none",
        timeout_keep_alive=75,  # longer than proxies keep a connection: the one who closes it first knows of it
        # Only what is left after the gateway has ended its requests by itself.
        timeout_graceful_shutdown=int(settings.grace) + 5,
    )
    GatewayServer(config, app).run()


def allow_open_files() -> None:
    """As many as the system lets a process have. The usual 1,024 are two for each of 512 requests, and none is left."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # not on Windows

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class GatewayServer(uvicorn.Server):
    """uvicorn's server, which also tells the gateway when it has to stop."""

    def __init__(self, config: uvicorn.Config, app: Starlette) -> None:
        super().__init__(config)
        self._app = app
        self._gateway: Gateway = app.state.gateway
        self._opened = contextlib.AsyncExitStack()
        self._opening: Optional[asyncio.Task[Any]] = None
        self._stopping: Optional[asyncio.Task[None]] = None

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """A terminal that closes sends SIGHUP, which stops the gateway as SIGTERM does. Under nohup it is ignored."""
        with super().capture_signals():
            is_captured = hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_DFL
            if is_captured:
                signal.signal(signal.SIGHUP, self.handle_exit)
            try:
                yield
            finally:
                if is_captured:
                    signal.signal(signal.SIGHUP, signal.SIG_DFL)

    def handle_exit(self, sig: int, frame: Optional[FrameType]) -> None:
        """Called for the first signal and for those after it; the second one ends requests at once."""
        super().handle_exit(sig, frame)
        if self._opening is not None:
            self._opening.get_loop().call_soon_threadsafe(self._opening.cancel)  # which wakes the loop, too
            return
        LOG.info("stopping", extra={"open_requests": len(self._gateway.lifelines.open)})
        grace = 0 if self._stopping is not None else self._gateway.settings.grace
        self._stopping = asyncio.ensure_future(self._stop(grace))

    async def startup(self, sockets: Optional[List[socket.socket]] = None) -> None:
        """Open what the gateway needs, listen, and say where.

        What goes wrong is raised. uvicorn would log it with its traceback, as an error of the program.
        """
        lifespan = self._app.router.lifespan_context(self._app)
        self._opening = asyncio.ensure_future(self._opened.enter_async_context(lifespan))
        try:
            await self._opening
        except asyncio.CancelledError:
            if self.should_exit:  # a signal came first
                return
            raise
        finally:
            self._opening = None
        try:
            await super().startup(sockets)
        except BaseException:  # the address is taken
            await self._opened.aclose()
            raise
        # What was made until now stays. Collections that went through it each time would hold up all streams. What an
        # engine sends lives for microseconds, and hardly any of it is in cycles.
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20, 20)
        if self.started and self.servers:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            LOG.info("listening", extra={"url": f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"})

    async def _stop(self, grace: float) -> None:
        """End the open requests, and the connections of clients that do not read how they ended."""
        await self._gateway.lifelines.stop(grace)
        await asyncio.sleep(SECONDS_TO_READ)
        for connection in list(self.server_state.connections):
            if isinstance(connection, Connection) and connection.flow.write_paused:
                connection.transport.abort()

    async def shutdown(self, sockets: Optional[List[socket.socket]] = None) -> None:
        """Close connections when their requests have ended, then what the gateway opened."""
        await super().shutdown(sockets)
        await self._opened.aclose()
