"""Structured logs: one JSON object a line on standard error."""

from __future__ import annotations

import datetime
import json
import logging
import sys
from typing import Any, Dict

__all__ = ["LOG", "JsonFormatter", "configure_logging"]

LOG = logging.getLogger("openai_harmony.serve")

_FIELDS = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message", "taskName"}


class JsonFormatter(logging.Formatter):
    """Writes a record as JSON, with whatever was passed as ``extra``."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        line: Dict[str, Any] = {
            "time": datetime.datetime.fromtimestamp(record.created, datetime.timezone.utc).isoformat(),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        line.update((name, value) for name, value in vars(record).items() if name not in _FIELDS)
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def configure_logging(level: str) -> None:
    """Send the logs of the gateway and of uvicorn to standard error as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    for name in ("openai_harmony.serve", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(level.upper())
