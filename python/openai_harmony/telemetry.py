"""Logs and counts of what parsers repaired, for operators who watch the rate of malformed turns.

Every repair of a ``StreamableParser``, of the streams of ``openai_harmony.api``, and of ``HarmonyEncoding.parse`` and
``parse_messages_from_completion_tokens`` becomes one record of the logger ``openai_harmony``, at the level ``INFO``.
The record has the attributes ``harmony_kind``, ``harmony_start``, ``harmony_end`` and ``harmony_text``, as the fields
of a ``Repair``::

    logging.getLogger("openai_harmony").setLevel(logging.INFO)

The repairs are also counted by kind, for the whole process: ``repair_counts()``. ``instrument()`` gives the counts to
OpenTelemetry as the counter ``openai_harmony.repairs`` with the attribute ``kind``; it needs
``pip install 'openai-harmony[telemetry]'``.
"""

from __future__ import annotations

import logging
from collections import Counter
from threading import Lock
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Optional

from .arguments import expect, listed
from .events import Repair, RepairKind

if TYPE_CHECKING:
    from opentelemetry.metrics import CallbackOptions, MeterProvider, Observation

__all__: List[str] = ["instrument", "record_repairs", "repair_counts"]

_logger = logging.getLogger("openai_harmony")

_counts: Counter[RepairKind] = Counter()
_counting = Lock()


def record_repairs(repairs: Iterable[Repair]) -> None:
    """Log and count repairs that no parser of this package reported by itself.

    >>> from openai_harmony import Repair, RepairKind
    >>> before = repair_counts()[RepairKind.MISSING_MESSAGE]
    >>> record_repairs([Repair(RepairKind.MISSING_MESSAGE, 3, 3, "")])
    >>> repair_counts()[RepairKind.MISSING_MESSAGE] - before
    1
    """
    for repair in listed("repairs", repairs, "Repairs"):
        expect("a repair", repair, Repair, "a Repair")
        _report(repair)


def repair_counts() -> Dict[RepairKind, int]:
    """How many repairs of each kind this process has seen, zeros included.

    >>> set(repair_counts()) == set(RepairKind)
    True
    """
    with _counting:
        return {kind: _counts[kind] for kind in RepairKind}


def instrument(meter_provider: Optional[MeterProvider] = None) -> None:
    """Give the counts to OpenTelemetry: the observable counter ``openai_harmony.repairs`` with the attribute ``kind``.

    ``meter_provider`` is the one to report to, by default the global one. Call it once for each provider. Raises
    ``ImportError`` without ``openai-harmony[telemetry]``.

    >>> instrument()  # once, after the program has set its meter provider
    """
    try:
        from opentelemetry import metrics
    except ImportError as error:
        raise ImportError("instrument needs OpenTelemetry: pip install 'openai-harmony[telemetry]'") from error

    def observe(_options: CallbackOptions) -> Iterable[Observation]:
        return [metrics.Observation(count, {"kind": kind.value}) for kind, count in repair_counts().items() if count]

    meter = metrics.get_meter("openai_harmony", meter_provider=meter_provider)
    meter.create_observable_counter(
        "openai_harmony.repairs",
        callbacks=[observe],
        unit="{repair}",
        description="Places where the output of a model left the harmony format",
    )


def _report(repair: Repair) -> None:
    """Log and count one repair; the extension calls it for each."""
    with _counting:
        _counts[repair.kind] += 1
    if not _logger.isEnabledFor(logging.INFO):
        return
    fields: Dict[str, Any] = {
        "harmony_kind": repair.kind.value,
        "harmony_start": repair.start,
        "harmony_end": repair.end,
        "harmony_text": repair.text,
    }
    _logger.info("repaired %s at %d", repair.kind.value, repair.start, extra=fields)
