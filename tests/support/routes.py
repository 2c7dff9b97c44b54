"""Every route of a running stack, as its services' OpenAPI documents have it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.support.world import Json, World


@dataclass(frozen=True)
class Route:
    """A method on a path of a service."""

    service: str
    method: str
    path: str
    operation: Json = field(repr=False)
    components: Json = field(repr=False)

    @property
    def name(self) -> str:
        return f"{self.service} {self.method} {self.path}"

    def parameters(self, where: str) -> dict[str, Json]:
        """Give the parameters in `path`, `query` or `header` by name."""
        found = self.operation.get("parameters", [])
        return {item["name"]: item for item in found if item["in"] == where}

    def address(self, **values: Any) -> str:
        """Fill in the path; what isn't said is `x`."""
        path = self.path
        for name in self.parameters("path"):
            path = path.replace(f"{{{name}}}", str(values.get(name, "x")))
        return path

    @property
    def body(self) -> Json | None:
        """Give the JSON Schema of the body, references resolved one level; None for no body."""
        content = self.operation.get("requestBody", {}).get("content", {})
        schema: Json | None = content.get("application/json", {}).get("schema")
        return None if schema is None else self.resolved(schema)

    def resolved(self, schema: Json) -> Json:
        """Follow a reference."""
        while "$ref" in schema:
            schema = self.components["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return schema


def routes_of(world: World) -> list[Route]:
    return list(_routes(world))


def _routes(world: World) -> Iterator[Route]:
    for service in world.local.urls:
        document = world.http("GET", service, "/openapi.json").json()
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                components = document.get("components", {})
                yield Route(service, method.upper(), path, operation, components)
