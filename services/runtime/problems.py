"""What every route may answer beside the wanted: a problem+json, declared once in its OpenAPI."""

from typing import Any

MEANINGS = {
    400: "The body is no JSON that means one thing only",
    401: "No access token, or none that is valid now",
    403: "Not for this caller",
    404: "Not there, or not the caller's to see",
    408: "The body did not come in time",
    409: "What stands says otherwise",
    413: "The body is too large",
    415: "The body is of another type than expected",
    422: "Not valid; `errors` names each field or parameter, and what was expected",
    429: "Too many requests; again after Retry-After",
    503: "Not available right now; the same request again counts once",
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "errors"],
    "properties": {
        "type": {"const": "about:blank"},
        "title": {"type": "string", "minLength": 1},
        "status": {"type": "integer"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
"""RFC 9457, with the fields at fault as an extension member."""
RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"description": meaning, "content": {"application/problem+json": {"schema": SCHEMA}}}
    for status, meaning in MEANINGS.items()
}
AGAIN: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Nothing changed: the same again, or only tried (dry_run)",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
}
"""Beside 201 or 202, for routes that may be asked the same twice."""
