"""``/v1/responses/{id}``: what is kept of earlier responses."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from .errors import ApiError
from .gateway import Gateway
from .store import StoredRecord

__all__ = ["StoredResponses"]

LIMITS = {str(limit) for limit in range(1, 101)}


class StoredResponses:
    """Reads and deletes stored responses."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def response(self, request: Request) -> Response:
        """``GET`` or ``DELETE /v1/responses/{id}``: one route, so that a 405 names both methods."""
        return await (self._delete(request) if request.method == "DELETE" else self._retrieve(request))

    async def _retrieve(self, request: Request) -> Response:
        if request.query_params.get("stream") == "true":
            message = "A stored response cannot be streamed."
            raise ApiError(400, message, type="invalid_request_error", param="stream", code="unsupported_value")
        return JSONResponse((await self._record(request)).response)

    async def _delete(self, request: Request) -> Response:
        self._gateway.keys.check(request.scope)
        id = request.path_params["id"]
        if not await self._gateway.store.delete(id):
            raise _not_found(id)
        return JSONResponse({"id": id, "object": "response", "deleted": True})

    async def input_items(self, request: Request) -> Response:
        """``GET /v1/responses/{id}/input_items``: the whole conversation before the response, the latest item first."""
        items = (await self._record(request)).stored["input"]
        order = request.query_params.get("order", "desc")
        if order not in ("asc", "desc"):
            raise ApiError(400, "'order' is asc or desc.", type="invalid_request_error", param="order")
        if order == "desc":
            items = items[::-1]
        limit = request.query_params.get("limit", "20")
        if limit not in LIMITS:
            raise ApiError(400, "'limit' is a number from 1 to 100.", type="invalid_request_error", param="limit")
        after = request.query_params.get("after")
        if after is not None:
            places = [place for place, item in enumerate(items) if item.get("id") == after]
            items = items[places[0] + 1 :] if places else []
        page = items[: int(limit)]
        ids = [item.get("id") for item in page]
        return JSONResponse(
            {
                "object": "list",
                "data": page,
                "first_id": ids[0] if ids else None,
                "last_id": ids[-1] if ids else None,
                "has_more": len(items) > len(page),
            }
        )

    async def cancel(self, request: Request) -> Response:
        """``POST /v1/responses/{id}/cancel``: only responses in the background can be cancelled, and there are none."""
        await self._record(request)
        message = "Only responses that were created with background=true can be cancelled."
        raise ApiError(400, message, type="invalid_request_error")

    async def _record(self, request: Request) -> StoredRecord:
        self._gateway.keys.check(request.scope)
        id = request.path_params["id"]
        record = await self._gateway.store.get(id)
        if record is None:
            raise _not_found(id)
        return record


def _not_found(id: str) -> ApiError:
    return ApiError(404, f"Response with id '{id}' not found.", type="invalid_request_error")
