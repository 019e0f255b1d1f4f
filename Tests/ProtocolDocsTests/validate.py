"""Judges the protocol's documents by the standards that they name, with tools that others wrote.

Usage: validate.py document OPENRPC [METASCHEMA] | validate.py exchanges OPENRPC LINES | validate.py metrics TEXT

`document`: the file is an OpenRPC document, and every schema in it is one; also by the official meta-schema, where its
file is given. `exchanges`: each line of LINES,
{"method", "part": "params" | "result" | "notification", "value"}, is what the document promises. `metrics`: the file is
OpenMetrics text. Prints what was looked at; anything wrong ends it with a failure.
"""

import json
import sys

import jsonschema
import openrpc
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from referencing import Registry
from referencing.jsonschema import DRAFT7

DRAFT = jsonschema.Draft7Validator


def closed(required, /, **properties):
    """An object of the specification: nothing but its members and extensions."""
    return {
        "type": "object",
        "required": required,
        "properties": properties,
        "patternProperties": {"^x-": {}},
        "additionalProperties": False,
    }


def either(definition):
    return {"oneOf": [{"$ref": f"#/definitions/{definition}"}, {"$ref": "#/definitions/reference"}]}


TEXT, FLAG = {"type": "string"}, {"type": "boolean"}
NAME = {"type": "string", "minLength": 1}
NAMED = {"type": "object", "propertyNames": {"pattern": "^[a-zA-Z0-9._-]+$"}}

# The rules of the OpenRPC specification for the parts that the document uses; it may use no others.
SPECIFICATION = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    **closed(
        ["openrpc", "info", "methods"],
        openrpc={"type": "string", "pattern": r"^1\.[0-3]\.\d+$"},
        info=closed(["title", "version"], title=TEXT, description=TEXT, version=TEXT),
        methods={"type": "array", "items": {"$ref": "#/definitions/method"}},
        components=closed([], schemas={**NAMED, "additionalProperties": {"$ref": "#/definitions/schema"}}),
    ),
    "definitions": {
        "schema": {"$ref": "http://json-schema.org/draft-07/schema#"},
        "reference": {
            "type": "object",
            "required": ["$ref"],
            "properties": {"$ref": {"type": "string", "format": "uri-reference"}},
            "additionalProperties": False,
        },
        "descriptor": closed(
            ["name", "schema"],
            name=NAME,
            summary=TEXT,
            description=TEXT,
            required=FLAG,
            deprecated=FLAG,
            schema={"$ref": "#/definitions/schema"},
        ),
        "method": closed(
            ["name", "params", "result"],
            name=NAME,
            summary=TEXT,
            description=TEXT,
            deprecated=FLAG,
            paramStructure={"enum": ["by-name", "by-position", "either"]},
            params={"type": "array", "items": either("descriptor")},
            result=either("descriptor"),
        ),
    },
}


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def official(path):
    """The meta-schema of a file; where it leaves the versions to its build, any is one."""
    meta = load(path)
    version = meta["properties"]["openrpc"]
    if version["enum"] == ["GENERATED FIELD: Do Not Edit"]:
        del version["enum"]
    schema = DRAFT7.create_resource(DRAFT.META_SCHEMA)
    return DRAFT(meta, registry=Registry().with_resource("https://json-schema.org/draft-07/schema", schema))


def document(path, meta_schema=None):
    content = load(path)
    if meta_schema:
        official(meta_schema).validate(content)
    DRAFT.check_schema(SPECIFICATION)
    DRAFT(SPECIFICATION).validate(content)
    methods = openrpc.OpenRPC(**content).methods
    names = [method.name for method in methods]
    assert len(set(names)) == len(names), "a method twice"
    schemas = 0
    for method in content["methods"]:
        parts = [param["schema"] for param in method["params"]] + [method["result"]["schema"]]
        parts += [method["x-notification"]["params"]] if "x-notification" in method else []
        for part in parts:
            DRAFT.check_schema(part)
            # A reference that leads nowhere shows only when it is followed.
            list(validator(part, content).iter_errors({}))
            schemas += 1
    print(f"{len(names)} methods, {schemas + len(content['components']['schemas'])} schemas")


def validator(schema, content):
    return DRAFT({**schema, "components": content["components"]}, format_checker=DRAFT.FORMAT_CHECKER)


def exchanges(document_path, path):
    content = load(document_path)
    methods = {method["name"]: method for method in content["methods"]}
    count = 0
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            exchange = json.loads(line)
            method = methods[exchange["method"]]
            validator(schema_of(method, exchange["part"]), content).validate(exchange["value"])
            count += 1
    print(f"{count} values")


def schema_of(method, part):
    if part == "result":
        return method["result"]["schema"]
    if part == "notification":
        return method["x-notification"]["params"]
    params = method["params"]
    return {
        "type": "object",
        "properties": {param["name"]: param["schema"] for param in params},
        "required": [param["name"] for param in params if param.get("required")],
        "additionalProperties": False,
    }


def metrics(path):
    with open(path, encoding="utf-8", newline="") as file:
        families = list(text_string_to_metric_families(file.read()))
    print(f"{len(families)} families, {sum(len(family.samples) for family in families)} samples")


COMMANDS = {"document": document, "exchanges": exchanges, "metrics": metrics}

try:
    COMMANDS[sys.argv[1]](*sys.argv[2:])
except Exception as error:  # Every kind of fault is a finding, and its text is the report.
    sys.exit(f"{type(error).__name__}: {error}")
