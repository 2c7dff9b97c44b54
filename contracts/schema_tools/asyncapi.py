"""asyncapi.yaml: the whole bus in one document, for who writes a consumer in another language."""

from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

import yaml

from fuyuan_contracts.channels import BINDINGS, EMITTERS, EVT, service_queue
from fuyuan_contracts.envelope import CONTENT_TYPE
from fuyuan_contracts.events import EVENTS, REPORTS, schema_urn, short_name
from schema_tools import prose
from schema_tools.examples import example
from schema_tools.schemas import Schema, envelope_schema, event_schema

BINDING = {"bindingVersion": "0.3.0"}
TO_OFFICES = (
    "cn.fuyuan.access.revoked.v1",
    "cn.fuyuan.assignment.issued.v1",
    "cn.fuyuan.assignment.recalled.v1",
    "cn.fuyuan.assignment.refused.v1",
    "cn.fuyuan.assignment.urged.v1",
    "cn.fuyuan.case.attached.v1",
    "cn.fuyuan.case.clustered.v1",
    "cn.fuyuan.case.linked.v1",
    "cn.fuyuan.information.supplied.v1",
    "cn.fuyuan.instruction.issued.v1",
)
"""What an inbox brings."""
OFFICES_ONLY = {"cn.fuyuan.assignment.issued.v1", "cn.fuyuan.assignment.refused.v1"}
"""What an inbox brings that is not said on `evt`, too."""
OFFICE_ID = "The office's id, an agency in a division."


class _Dumper(yaml.SafeDumper):
    """Writes long text as a block, and everything out in full."""

    def ignore_aliases(self, data: object) -> bool:
        """Never write `&id001`."""
        del data
        return True


def _words(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _words)


def document() -> str:
    """Write the document as it lies in its file."""
    return yaml.dump(build(), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


def build() -> Schema:
    """Put the document together."""
    return {
        "asyncapi": "3.0.0",
        "id": "urn:fuyuan",
        "info": {
            "title": "Fuyuan 府院联动",
            "version": version("fuyuan-contracts"),
            "description": prose.INFO,
        },
        "defaultContentType": CONTENT_TYPE,
        "servers": {"broker": _server()},
        "channels": {"inbox": _inbox(), "out": _out(), "evt": _evt()},
        "operations": _operations(),
        "components": {
            "securitySchemes": {
                "user": {
                    "type": "userPassword",
                    "description": "A user per office (named by its id) and per service.",
                }
            },
            "messages": {short_name(type_): _message(type_) for type_ in sorted(EVENTS)},
            "schemas": _schemas(),
        },
    }


def _server() -> Schema:
    return {
        "host": "{host}:{port}",
        "pathname": "/{vhost}",
        "protocol": "amqps",
        "protocolVersion": "0-9-1",
        "description": "RabbitMQ 3.10 or 4.x. Host, virtual host and CA come with the credentials.",
        "variables": {
            "host": {"default": "localhost"},
            "port": {"default": "5671", "description": "5672 without TLS, on a local stack only."},
            "vhost": {"default": "fuyuan"},
        },
        "security": [{"$ref": "#/components/securitySchemes/user"}],
    }


def _inbox() -> Schema:
    return {
        "address": "q.office.{office}.in.{suffix}",
        "description": prose.INBOX,
        "parameters": {
            "office": {"description": OFFICE_ID, "examples": ["tax.410526"]},
            "suffix": {"description": "Secret; given with the credentials."},
        },
        "messages": _messages(TO_OFFICES),
        "bindings": {
            "amqp": {
                "is": "queue",
                "queue": {"durable": True, "exclusive": False, "autoDelete": False},
                **BINDING,
            }
        },
    }


def _out() -> Schema:
    exchange = {"type": "fanout", "durable": True, "autoDelete": False}
    return {
        "address": "office.{office}.out",
        "description": prose.OUT,
        "parameters": {"office": {"description": OFFICE_ID, "examples": ["tax.410526"]}},
        "messages": _messages(sorted(REPORTS)),
        "bindings": {"amqp": {"is": "routingKey", "exchange": exchange, **BINDING}},
    }


def _evt() -> Schema:
    exchange = {"name": EVT, "type": "topic", "durable": True, "autoDelete": False}
    return {
        "address": EVT,
        "description": prose.EVT,
        "messages": _messages(sorted(set(EVENTS) - OFFICES_ONLY)),
        "bindings": {"amqp": {"is": "routingKey", "exchange": exchange, **BINDING}},
    }


def _operations() -> Schema:
    sent = {"amqp": {"deliveryMode": 2, "mandatory": True, **BINDING}}
    taken = {"amqp": {"ack": True, **BINDING}}
    operations: Schema = {
        "readInbox": {
            "action": "receive",
            "channel": {"$ref": "#/channels/inbox"},
            "summary": "An office is given an assignment (交办), and hears what becomes of it.",
            "bindings": taken,
        },
        "report": {
            "action": "send",
            "channel": {"$ref": "#/channels/out"},
            "summary": "An office says what became of an assignment.",
            "bindings": sent,
        },
        "emit": {
            "action": "send",
            "channel": {"$ref": "#/channels/evt"},
            "summary": f"Services only: {', '.join(EMITTERS)} say what happened.",
            "bindings": sent,
        },
    }
    for service, keys in BINDINGS.items():
        operations[f"{service}Reads"] = {
            "action": "receive",
            "channel": {"$ref": "#/channels/evt"},
            "summary": f"Services only: {service} reads {service_queue(service)}.",
            "bindings": taken,
            "x-queue": service_queue(service),
            "x-binding-keys": list(keys),
        }
    return operations


def _messages(types: Iterable[str]) -> Schema:
    names = [short_name(type_) for type_ in types]
    return {name: {"$ref": f"#/components/messages/{name}"} for name in names}


def _message(type_: str) -> Schema:
    event = EVENTS[type_]
    told_apart = {
        "type": {"const": type_},
        "dataschema": {"const": schema_urn(type_)},
        "data": {"$ref": f"#/components/schemas/{event.__name__}"},
    }
    envelope = {"$ref": "#/components/schemas/Envelope"}
    message: Schema = {
        "name": type_,
        "title": event.__name__,
        "summary": (event.__doc__ or "").strip().splitlines()[0],
        "contentType": CONTENT_TYPE,
        "correlationId": {"location": "$message.payload#/correlationid"},
        "payload": {"allOf": [envelope, {"type": "object", "properties": told_apart}]},
        "bindings": {"amqp": {"contentEncoding": "utf-8", **BINDING}},
        "x-amqp-properties": {
            "message_id": "$message.payload#/id",
            "content_type": CONTENT_TYPE,
            "delivery_mode": 2,
        },
    }
    if shown := example(type_):
        message["examples"] = [{"payload": shown.model_dump(mode="json", exclude_none=True)}]
    return message


def _schemas() -> Schema:
    """Give the envelope, every event and what they are made of, each once."""
    found: Schema = {"Envelope": envelope_schema()}
    for type_ in sorted(EVENTS):
        schema = _portable(event_schema(EVENTS[type_]))
        for name, part in {**schema.pop("$defs", {}), EVENTS[type_].__name__: schema}.items():
            if found.setdefault(name, part) != part:
                msg = f"two different schemas are called {name}"
                raise ValueError(msg)
    return dict(sorted(found.items()))


def _portable(schema: Any) -> Any:  # noqa: ANN401 -- any part of a JSON document
    """Turn into AsyncAPI's dialect: shared components, no OpenAPI discriminators (`const` does)."""
    if isinstance(schema, list):
        return [_portable(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: value.replace("#/$defs/", "#/components/schemas/")
        if key == "$ref" and isinstance(value, str)
        else _portable(value)
        for key, value in schema.items()
        if key != "discriminator" or not isinstance(value, dict) or "propertyName" not in value
    }
