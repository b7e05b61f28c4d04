"""Writes the files that the JSON benchmark reads: write_inputs.py FOLDER"""

import json
import pathlib
import sys

TOOL_SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "required": ["query", "limit", "filters"],
    "properties": {
        "query": {"type": "string", "minLength": 1, "maxLength": 500, "description": "What to look for."},
        "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 10},
        "sort": {"enum": ["relevance", "newest", "oldest"]},
        "include_archived": {"type": "boolean"},
        "filters": {
            "type": "array",
            "maxItems": 20,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["field", "value"],
                "properties": {
                    "field": {"type": "string", "pattern": "^[a-z_]+$"},
                    "value": {"type": ["string", "number", "boolean"]},
                },
            },
        },
    },
}

TOOL_ARGUMENTS = (
    '{"query": "invoices from last quarter over budget", "limit": 25, "sort": "newest", '
    '"filters": [{"field": "status", "value": "open"}, {"field": "total", "value": 99.5}]}'
)


def operation(path: int, method: str) -> dict:
    return {
        "summary": f"{method} of resource {path}",
        "description": "Returns what the caller may see, page by page, newest first.",
        "operationId": f"{method}Resource{path}",
        "tags": [f"group{path % 7}"],
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}},
            {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100}},
            {"$ref": "#/components/parameters/Cursor"},
        ],
        "responses": {
            "200": {
                "description": "The resource.",
                "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/Resource{path}"}}},
            },
            "404": {"$ref": "#/components/responses/NotFound"},
        },
    }


def openapi_document() -> dict:
    document = {
        "openapi": "3.1.0",
        "info": {"title": "A service of many resources", "version": "1.2.3", "license": {"name": "MIT"}},
        "servers": [{"url": "https://api.example.com/v1", "description": "Production"}],
        "paths": {},
        "components": {
            "parameters": {"Cursor": {"name": "cursor", "in": "query", "schema": {"type": "string"}}},
            "responses": {"NotFound": {"description": "There is no such resource."}},
            "schemas": {},
        },
    }
    number = 0
    while len(json.dumps(document)) < 147_000:
        document["paths"][f"/resources{number}/{{id}}"] = {
            method: operation(number, method) for method in ("get", "put", "delete")
        }
        document["components"]["schemas"][f"Resource{number}"] = {
            "type": "object",
            "properties": {"id": {"type": "string"}, "name": {"type": "string"}, "size": {"type": "integer"}},
        }
        number += 1
    return document


def chat_request() -> dict:
    tools = [{"type": "function", "function": {"name": f"tool_{n}", "parameters": TOOL_SCHEMA}} for n in range(4)]
    messages = [{"role": "user", "content": f"Message {n}: what did we spend in the third quarter?"} for n in range(8)]
    return {"model": "some-model", "temperature": 0.2, "stream": True, "messages": messages, "tools": tools}


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tool-schema.json").write_text(json.dumps(TOOL_SCHEMA))
    (folder / "tool-arguments.json").write_text(TOOL_ARGUMENTS)
    (folder / "tool-arguments-wrong.json").write_text(TOOL_ARGUMENTS.replace('"limit": 25', '"limit": 250'))
    (folder / "openapi-document.json").write_text(json.dumps(openapi_document()))
    (folder / "chat-request.json").write_text(json.dumps(chat_request()))
    (folder / "large.json").write_text(json.dumps([openapi_document()] * 6))
    import importlib.resources

    schema = importlib.resources.files("openapi_spec_validator") / "resources/schemas/v3.1/schema.json"
    (folder / "openapi-schema.json").write_text(schema.read_text())


main()
