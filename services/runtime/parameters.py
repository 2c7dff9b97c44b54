"""A query with a parameter nobody declared is an error: a mistyped filter would find everything."""

from typing import Any

from fastapi import FastAPI, Request
from starlette.routing import Route

MAX_NAME = 60


def unknown_parameters(request: Request) -> dict[str, str]:
    """Name the query parameters a route doesn't declare: name → what was expected.

    What a route declares is read from the application's own OpenAPI document, which has the fields
    of a parameter model, too. A route that is not in it (/live, /ready, /metrics) takes anything.
    """
    route = request.scope.get("route")
    if not request.query_params or not isinstance(route, Route):
        return {}
    declared = _declared(request.app, route.path, request.method.lower())
    if declared is None:
        return {}
    expected = f"expected one of {', '.join(sorted(declared))}" if declared else "expected none"
    unknown = (name[:MAX_NAME] for name in request.query_params.keys() - declared)
    return dict.fromkeys(unknown, f"unknown parameter: {expected}")


def _declared(app: FastAPI, path: str, method: str) -> set[str] | None:
    operation: dict[str, Any] | None = app.openapi()["paths"].get(path, {}).get(method)
    if operation is None:
        return None
    return {item["name"] for item in operation.get("parameters", ()) if item["in"] == "query"}
