#!/usr/bin/env python3
"""Makes config/data/resource_types_data.c from the resource schemas that AWS publishes and cfn-lint keeps in order.

    pip install cfn-lint==1.58.0
    python3 config/data/generate-resource-types.py > config/data/resource_types_data.c

What a schema says of a value becomes a shape: its kind, members, items, enum, bounds, and the rules about which members go
together. Equal shapes are one, across all types and around recursive definitions (partitions are refined until nothing
changes), so that the table stays small. Everything is an index into another array: the table needs no relocations."""

import json
import pathlib
import sys
from importlib.metadata import version

import cfnlint
from cfnlint.schema import Schema
from cfnlint.schema._getatts import GetAtts

REGION = "us-east-1"  # the region with the most types
KINDS = ["any", "string", "integer", "number", "boolean", "array", "object"]  # PropertyKind's order
NONE = 0xFFFF
REQUIRED = 0x8000  # in a member's shape index
CLOSED = 0x80  # in a shape's kind

# PropertyFlags, where the schema gives them as lists of paths.
FLAGS = {
    "createOnlyProperties": 1 << 1,
    "conditionalCreateOnlyProperties": 1 << 2,
    "readOnlyProperties": 1 << 3,
    "writeOnlyProperties": 1 << 4,
    "primaryIdentifier": 1 << 5,
}
ATTRIBUTE = 1 << 6  # Fn::GetAtt gives it, though it is not read-only

# ResourceRuleKind.
RULES = ["sets", "one", "excludes", "needs"]
BOUNDS = {"string": ("minLength", "maxLength"), "array": ("minItems", "maxItems"),
          "integer": ("minimum", "maximum"), "number": ("minimum", "maximum")}
UNBOUNDED = (-(1 << 31), (1 << 31) - 1)


# What the schemas leave out and AWS's API references say (2026): where in a schema, and what is added there.
ADDITIONS = {
    "AWS::ApiGatewayV2::Api": {"/properties/ProtocolType": {"enum": ["HTTP", "WEBSOCKET"]}},
    "AWS::ApiGatewayV2::Integration": {
        "/properties/IntegrationType": {"enum": ["AWS", "AWS_PROXY", "HTTP", "HTTP_PROXY", "MOCK"]}
    },
}


def with_additions(name, schema):
    for pointer, words in ADDITIONS.get(name, {}).items():
        value = schema
        for segment in pointer.split("/")[1:]:
            value = value[segment]
        assert not words.keys() & value.keys(), f"{name}{pointer} is known by now"
        value.update(words)
    return schema


def read_schemas():
    folder = pathlib.Path(cfnlint.__file__).parent / "data" / "schemas"
    provider = json.loads((folder / "providers" / f"{REGION}.json").read_text())
    return {
        name: with_additions(name, json.loads((folder / "resources" / f"{digest}.json").read_text()))
        for name, digest in provider.items()
    }


class Shapes:
    """The shapes of all types before equal ones are joined: one a distinct fragment of a schema."""

    def __init__(self):
        self.shapes = []

    def of_type(self, schema):
        self.schema = schema
        self.known = {}
        return self.shape(schema)

    def resolve(self, reference):
        value = self.schema
        for segment in reference.removeprefix("#/").split("/"):
            value = value[segment.replace("~1", "/").replace("~0", "~")]
        return value

    def parts(self, fragment, seen=()):
        """The fragment with its references and combinations taken apart: [(schema, holds always)]."""
        parts = [(fragment, True)]
        reference = fragment.get("$ref")
        if reference and reference not in seen:
            parts += self.parts(self.resolve(reference), (*seen, reference))
        for word in ("allOf", "anyOf", "oneOf"):
            for branch in fragment.get(word, []):
                if isinstance(branch, dict):
                    always = word == "allOf"
                    parts += [(p, a and always) for p, a in self.parts(branch, seen)]
        return parts

    def shape(self, fragment):
        key = json.dumps(fragment, sort_keys=True)
        if key in self.known:
            return self.known[key]
        index = self.known[key] = len(self.shapes)
        self.shapes.append(None)
        self.shapes[index] = self.content(self.parts(fragment))
        return index

    def content(self, parts):
        kinds, enums, required = set(), [], set()
        members, items = {}, []
        for part, always in parts:
            kinds |= set(self.kinds_of(part))
            if always and "enum" in part:
                enums.append([v if isinstance(v, str) else json.dumps(v) for v in part["enum"]])
            if always:
                required |= set(part.get("required", []))
            for name, value in part.get("properties", {}).items():
                members.setdefault(name, [])
                members[name] += [value] if value not in members[name] else []
            for value in (part.get("items"), *part.get("patternProperties", {}).values()):
                items += [value] if isinstance(value, dict) and value not in items else []
        kind = kinds.pop() if len(kinds) == 1 else "any"
        return {
            "kind": kind,
            "bounds": self.bounds(kind, [p for p, always in parts if always]),
            "rules": self.rules(kind, [p for p, always in parts if always]),
            "closed": kind == "object" and self.is_closed(parts),
            "enum": tuple(enums[0]) if len(enums) == 1 else (),
            "members": {n: (self.joined(v), n in required) for n, v in sorted(members.items())},
            "items": self.joined(items) if items else None,
        }

    @staticmethod
    def bounds(kind, parts):
        """(least, most) of a number, or of the length of a text or list, where they are whole and of 32 bits."""
        result = list(UNBOUNDED)
        for at, word in enumerate(BOUNDS.get(kind, ())):
            values = [p[word] for p in parts if word in p]
            if len(values) == 1 and values[0] == int(values[0]) and abs(values[0]) < UNBOUNDED[1]:
                result[at] = int(values[0])
        return tuple(result)

    @staticmethod
    def rules(kind, parts):
        """Which members go together: [(kind, sets of names)]."""
        rules = []
        if kind != "object":
            return ()
        for part in parts:
            for word in ("anyOf", "oneOf"):
                sets = [tuple(b.get("required", ())) for b in part.get(word, []) if isinstance(b, dict)]
                if sets and all(sets):
                    rules.append(("sets", tuple(sets)))
            for names in filter(None, (part.get("requiredXor"), part.get("requiredOr"))):
                rules.append(("sets", tuple((n,) for n in names)))
            if "requiredXor" in part:
                rules.append(("one", (tuple(part["requiredXor"]),)))
            for word, rule in (("dependentExcluded", "excludes"), ("dependentRequired", "needs"),
                               ("dependencies", "needs")):
                for name, others in part.get(word, {}).items():
                    if isinstance(others, list):
                        rules.append((rule, ((name, *others),)))
        return tuple(dict.fromkeys(rules))

    @staticmethod
    def kinds_of(part):
        kind = part.get("type")
        if kind is None:
            return ["object"] if "properties" in part and "$ref" not in part else []
        return kind if isinstance(kind, list) else [kind]

    @staticmethod
    def is_closed(parts):
        """Closed where every part that lists properties is; one that allows other keys by pattern is open."""
        listing = [p for p, _ in parts if "properties" in p or "additionalProperties" in p]
        return (
            bool(listing)
            and all(p.get("additionalProperties") is False for p in listing)
            and not any("patternProperties" in p for p, _ in parts)
        )

    def joined(self, fragments):
        return self.shape(fragments[0] if len(fragments) == 1 else {"anyOf": fragments})


def join_equal(shapes):
    """The class of each shape: two have the same where nothing tells them apart, however deep one looks."""
    classes = [0] * len(shapes)
    count = 1
    while True:
        known = {}
        classes = [
            known.setdefault(
                (
                    classes[i],
                    s["kind"],
                    s["closed"],
                    s["enum"],
                    s["bounds"],
                    s["rules"],
                    tuple((n, classes[m], r) for n, (m, r) in s["members"].items()),
                    None if s["items"] is None else classes[s["items"]],
                ),
                len(known),
            )
            for i, s in enumerate(shapes)
        ]
        if len(known) == count:
            return classes
        count = len(known)


def table_path(path, root, shapes):
    """"/properties/A/B" as "A/*/B": some schemas leave out that A is a list."""
    shape, result = root, []
    for segment in path.removeprefix("/properties/").split("/"):
        content = shapes[shape] if shape is not None else None
        if content and segment not in content["members"] and content["items"] is not None:
            result.append("*")
            shape = content["items"]
            content = shapes[shape]
            if segment == "*":
                continue
        result.append(segment)
        shape = content["members"].get(segment, (None,))[0] if content else None
    return "/".join(result)


class Strings:
    def __init__(self):
        self.ids = {}

    def id(self, text):
        return self.ids.setdefault(text, len(self.ids))


def build(schemas):
    strings, builder = Strings(), Shapes()
    roots = {name: builder.of_type(schema) for name, schema in schemas.items()}
    shapes, classes = builder.shapes, join_equal(builder.shapes)
    table = {a: [] for a in ("types", "kinds", "firsts", "counts", "items", "members", "enums",
                             "flags", "identifiers", "bounds", "shape_bounds", "rules", "shape_rules")}
    known_bounds, known_rules = {UNBOUNDED: 0}, {(): 0}
    table["rules"].append(NONE)  # no shape's rules start at 0
    unique = {}
    for i, c in enumerate(classes):
        unique.setdefault(c, i)
    for c in range(len(unique)):
        shape = shapes[unique[c]]
        table["kinds"].append(KINDS.index(shape["kind"]) if shape["kind"] in KINDS else 0)
        table["kinds"][-1] |= CLOSED if shape["closed"] else 0
        table["items"].append(NONE if shape["items"] is None else classes[shape["items"]])
        table["shape_bounds"].append(known_bounds.setdefault(shape["bounds"], len(known_bounds)))
        if shape["rules"] not in known_rules:
            known_rules[shape["rules"]] = len(table["rules"])
            table["rules"] += rule_numbers(shape["rules"], strings)
        table["shape_rules"].append(known_rules[shape["rules"]])
        if shape["kind"] in ("string", "integer", "number", "boolean"):
            table["firsts"].append(len(table["enums"]))
            table["counts"].append(len(shape["enum"]))
            table["enums"] += [strings.id(v) for v in shape["enum"]]
            continue
        table["firsts"].append(len(table["members"]) // 2)
        table["counts"].append(len(shape["members"]))
        for name, (member, required) in shape["members"].items():
            table["members"] += [strings.id(name), classes[member] | (REQUIRED if required else 0)]
    for name in sorted(schemas):
        table["types"] += type_row(name, schemas[name], roots[name], shapes, classes, strings, table)
    for bounds in known_bounds:
        table["bounds"] += bounds
    assert len(strings.ids) < NONE and len(unique) < REQUIRED and len(table["rules"]) < NONE
    table["pool"] = list(strings.ids)
    return table


def rule_numbers(rules, strings):
    """Each rule: its kind, then its names with NONE behind every set; NONE where the kind would stand ends them."""
    numbers = []
    for kind, sets in rules:
        numbers += [RULES.index(kind), len(sets)]
        for names in sets:
            numbers += [*(strings.id(n) for n in names), NONE]
    return [*numbers, NONE]


def attributes(name, schema):
    """What Fn::GetAtt gives beyond the read-only properties (cfn-lint knows them by type)."""
    known = {p.removeprefix("/properties/") for p in schema.get("readOnlyProperties", [])}
    pointers = GetAtts(Schema(schema)).attrs.data.values()
    paths = {p.removeprefix("/properties/") for p in pointers if "CfnLint" not in p}
    return sorted(paths - known)


def type_row(name, schema, root, shapes, classes, strings, table):
    flags = {}
    for word, flag in FLAGS.items():
        for path in schema.get(word, []):
            path = table_path(path, root, shapes)
            flags[path] = flags.get(path, 0) | flag
    for path in attributes(name, schema):
        flags[path] = flags.get(path, 0) | ATTRIBUTE
    identifier = [table_path(p, root, shapes) for p in schema["primaryIdentifier"]]
    row = [strings.id(name), classes[root], len(table["flags"]) // 2, len(flags),
           len(table["identifiers"]), len(identifier)]
    for path, flag in flags.items():
        table["flags"] += [strings.id(path), flag]
    table["identifiers"] += [strings.id(p) for p in identifier]
    return row


def c_numbers(kind, name, numbers):
    lines, line = [], ""
    for number in map(str, numbers):
        if len(line) + len(number) > 110:
            lines.append(line)
            line = ""
        line += number + ","
    return f"const {kind} {name}[] = {{\n" + "\n".join([*lines, line]) + "\n};\n"


def c_strings(name, texts):
    def literal(text):
        escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("?", "\\?")
        return "".join(c if " " <= c <= "~" else "".join(f"\\{b:03o}" for b in c.encode())
                       for c in escaped)

    lines, line = [], ""
    for text in texts:
        if len(line) + len(text) > 106:
            lines.append(f'"{line}"')
            line = ""
        # Three digits, so that a digit that follows stays itself.
        line += literal(text) + "\\000"
    return f"const char {name}[] =\n" + "\n".join([*lines, f'"{line}"']) + ";\n"


def main():
    table = build(read_schemas())
    offsets, offset = [], 0
    for text in table["pool"]:
        offsets.append(offset)
        offset += len(text.encode()) + 1
    out = sys.stdout.write
    out("/* config/data/resource_types_data.c\n *\n")
    out(" * Made by generate-resource-types.py from the resource schemas in cfn-lint "
        f"{version('cfn-lint')} ({REGION}).\n * Do not edit. Licence: LICENSE.cfn-lint (MIT-0). */\n")
    out('#include "config/resource_types_data.h"\n\n// clang-format off\n')
    out(f"const size_t resource_type_row_count = {len(table['types']) // 6};\n")
    for kind, name, numbers in (
        ("uint32_t", "resource_type_rows", table["types"]),
        ("uint8_t", "resource_shape_kinds", table["kinds"]),
        ("uint16_t", "resource_shape_counts", table["counts"]),
        ("uint16_t", "resource_shape_items", table["items"]),
        ("uint32_t", "resource_shape_firsts", table["firsts"]),
        ("uint16_t", "resource_members", table["members"]),
        ("uint16_t", "resource_enums", table["enums"]),
        ("uint16_t", "resource_flags", table["flags"]),
        ("uint16_t", "resource_identifiers", table["identifiers"]),
        ("uint16_t", "resource_shape_bounds_of", table["shape_bounds"]),
        ("int32_t", "resource_bounds", table["bounds"]),
        ("uint16_t", "resource_shape_rules", table["shape_rules"]),
        ("uint16_t", "resource_rules", table["rules"]),
        ("uint32_t", "resource_string_offsets", offsets),
    ):
        out(c_numbers(kind, name, numbers))
    out(c_strings("resource_string_pool", table["pool"]))


if __name__ == "__main__":
    main()
