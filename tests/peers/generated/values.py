"""Values of a JSON schema, at random.

What a schema cannot tell (names that refer to each other) comes from hints: functions of a place."""
import re
from re import _constants as sre
from re import _parser as parser

WORDS = ["a", "b-c", "d_e", "Hello World", "x.y", "0", "1", "007", "1e3", "true", "no", "null", "~", "a: b", "# c", " lead",
         "tail ", "\"q\"", "it's", "ünï", "日本", "a/b", "100%", "*", "${AWS::Region}", "line\nbreak", "-", "[x]", "{y}", "@z",
         "2020-01-02", "12:30:45", "0x1F", "+1", ".5", "\\w"]
KEYS = ["a", "b", "Key", "x-y", "a.b", "10", "2", "01", "with space", "Ünï", "_u", "a/b", "$s", "detail-type", "constructor"]
URLS = ["https://example.com/a", "http://b.example.org", "https://x.example.net:8443/p/q", "https://bucket.s3.amazonaws.com/"]
LOGICAL_IDS = ["Table", "Queue", "Topic1", "ABucket", "Dlq"]


class Values:
    def __init__(self, rng, schema, hints):
        self.rng = rng
        self.definitions = schema["definitions"]
        self.hints = [(re.compile(place), hint) for place, hint in hints]

    def chance(self, probability):
        return self.rng.random() < probability

    def word(self):
        return self.rng.choice(WORDS)

    def make(self, schema, place):
        """A value of the schema for a place such as "functions.*.events.sqs.arn"."""
        for pattern, hint in self.hints:
            if pattern.fullmatch(place):
                return hint()
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return self.make(self.definitions[name], f"{place}#{name}")
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self.rng.choice(schema["enum"])
        unions = [schema[key] for key in ("anyOf", "oneOf") if key in schema]
        if unions and "properties" not in schema and "type" not in schema:
            return self.make(self.rng.choice(unions[0]), place)
        kind = schema.get("type", "object" if "properties" in schema else "any")
        return getattr(self, f"make_{kind}")(schema, place)

    def make_null(self, schema, place):
        return None

    def make_boolean(self, schema, place):
        return self.chance(0.6)

    def make_integer(self, schema, place):
        low, high = schema.get("minimum", 0), schema.get("maximum", 5000)
        return self.rng.choice([low, high, self.rng.randint(low, high), self.rng.randint(low, min(high, low + 20))])

    def make_number(self, schema, place):
        if "maximum" not in schema and self.chance(0.3):
            return self.rng.choice([0.5, 1.25, 1e21, 1e-7, 123456789.125, 1700000000])
        return self.make_integer({key: int(schema[key]) for key in ("minimum", "maximum") if key in schema}, place)

    def make_string(self, schema, place):
        if "format" in schema:
            return self.rng.choice({"uri": URLS, "date-time": ["2030-01-02T03:04:05Z", "2031-12-31T00:00:00.5+01:00"]}[schema["format"]])
        text = None
        if "regexp" in schema:
            body, flags = re.fullmatch(r"/(.*)/(\w*)", schema["regexp"], re.S).groups()
            text = self.matching(body, "i" in flags)
        elif "pattern" in schema:
            text = self.matching(schema["pattern"])
        else:
            text = self.word()
        if len(text) < schema.get("minLength", 0):
            text += "a" * (schema["minLength"] - len(text))
        return text[: schema.get("maxLength", 10000)]

    def make_array(self, schema, place):
        low, high = schema.get("minItems", 0), schema.get("maxItems", 3)
        count = self.rng.randint(low, max(low, min(high, low + 3)))
        items = schema.get("items", {})
        if isinstance(items, list):
            return [self.make(item, f"{place}[]") for item in items]
        made = []
        for _ in range(count * 8):
            item = self.make(items, f"{place}[]")
            if not (schema.get("uniqueItems") and item in made):
                made.append(item)
            if len(made) == count:
                break
        return made

    def make_any(self, schema, place):
        return self.anything()

    def wanted(self, schema):
        """Names that have to be there, and names that had better not."""
        wanted, unwanted = list(schema.get("required", [])), set()
        for key in ("anyOf", "oneOf"):
            branches = [branch.get("required", []) for branch in schema.get(key, [])]
            if branches:
                chosen = self.rng.choice(branches)
                wanted += chosen
                if key == "oneOf":
                    unwanted |= {name for branch in branches for name in branch} - set(chosen)
        for name, needed in schema.get("dependencies", {}).items():
            wanted += needed
        for part in schema.get("allOf", []):
            more, less = self.wanted(part)
            wanted += more
            unwanted |= less
        return wanted, unwanted

    def make_object(self, schema, place):
        if not any(key in schema for key in ("properties", "patternProperties", "additionalProperties")):
            return self.map_of_anything()
        shapes = [branch for branch in schema.get("anyOf", []) if "properties" in branch]
        if shapes:
            shape = self.rng.choice(shapes)
            schema = {**schema, "properties": {**schema["properties"], **shape["properties"]},
                      "required": schema.get("required", []) + shape.get("required", [])}
            del schema["anyOf"]
        made = {}
        wanted, unwanted = self.wanted(schema)
        keen = self.rng.choice([0.15, 0.35, 0.7])
        for name, part in schema.get("properties", {}).items():
            if name in wanted or (name not in unwanted and self.chance(keen)):
                made[name] = self.make(part, f"{place}.{name}")
        for pattern, part in schema.get("patternProperties", {}).items():
            for _ in range(self.rng.randint(0, 3)):
                made[self.matching(pattern)] = self.make(part, f"{place}.*")
        extra = schema.get("additionalProperties")
        if isinstance(extra, dict):
            for _ in range(self.rng.randint(1, min(3, schema.get("maxProperties", 3)))):
                key = self.make(schema["propertyNames"], place) if "propertyNames" in schema else self.rng.choice(KEYS)
                made[key] = self.make(extra, f"{place}.*")
        names = list(made)
        self.rng.shuffle(names)
        return {name: made[name] for name in names[: schema.get("maxProperties", len(names))]}

    # Without a schema

    def map_of_anything(self, depth=0):
        return {self.rng.choice(KEYS): self.anything(depth + 1) for _ in range(self.rng.randint(0, 3))}

    def anything(self, depth=0):
        kind = self.rng.randrange(10 if depth < 3 else 6)
        if kind < 3:
            return self.word()
        if kind == 3:
            return self.rng.choice([0, 1, -1, 42, 0.5, 1e21, 65536, 12345678901234])
        if kind == 4:
            return self.chance(0.5)
        if kind == 5:
            return self.reference()
        if kind < 8:
            return [self.anything(depth + 1) for _ in range(self.rng.randint(0, 3))]
        return self.map_of_anything(depth)

    def reference(self):
        target = self.rng.choice(LOGICAL_IDS)
        return self.rng.choice([
            {"Ref": target}, {"Fn::GetAtt": [target, "Arn"]}, {"Fn::Sub": "${AWS::StackName}-" + target},
            {"Fn::ImportValue": "other-" + target}, {"Fn::Join": ["-", ["a", {"Ref": target}]]},
        ])

    # A text of a regular expression

    def matching(self, pattern, ignore_case=False):
        flags = re.I if ignore_case else 0
        tree = parser.parse(pattern, re.A)
        for _ in range(200):
            text = self.text_of(tree)
            if re.search(pattern, text, flags | re.A):
                break
        if ignore_case and self.chance(0.5):
            text = self.rng.choice([text.lower(), text.upper(), text.capitalize()])
        return text

    def text_of(self, tree):
        return "".join(self.text_of_item(operator, argument) for operator, argument in tree)

    def text_of_item(self, operator, argument):
        if operator is sre.LITERAL:
            return chr(argument)
        if operator is sre.NOT_LITERAL:
            return self.rng.choice("abz09")
        if operator is sre.ANY:
            return self.rng.choice("abyz-_.09")
        if operator is sre.IN:
            return self.character(argument)
        if operator in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            low, high, inner = argument
            count = self.rng.randint(low, min(high, low + self.rng.choice([1, 6])))
            return "".join(self.text_of(inner) for _ in range(count))
        if operator is sre.SUBPATTERN:
            return self.text_of(argument[-1])
        if operator is sre.BRANCH:
            return self.text_of(self.rng.choice(argument[1]))
        return ""  # anchors, assertions: a text that breaks one is thrown away

    def character(self, items):
        if items[0][0] is sre.NEGATE:
            return self.rng.choice("abz09/.")
        operator, argument = self.rng.choice(items)
        if operator is sre.RANGE:
            return chr(self.rng.randint(*argument))
        if operator is sre.CATEGORY:
            return self.rng.choice({sre.CATEGORY_DIGIT: "0123456789", sre.CATEGORY_NOT_SPACE: "abc-_/{}.09",
                                    sre.CATEGORY_SPACE: " "}.get(argument, "abcXYZ_09"))
        return chr(argument)
