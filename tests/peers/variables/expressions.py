"""Variable expressions at random: every source, its addresses and parameters, fallbacks, nesting, joining, escapes; what
is right and what is wrong. The same seed gives the same ones."""
import random

FILES = {
    "data.yml": "a: {b: [1, 2.50, x], c: null, d: '', e: false}\nself: '${self:custom.data.text}'\nlater: '${file(data.json):n}'\n"
                "deep: {deeper: {deepest: bottom}}\nbig: 12345678901234567890\ntext: |\n  two\n  lines\n",
    "data.json": '{"n": 5, "list": [{"k": "v"}, null, "${self:custom.data.number}"], "o": {"p.q": 1}, "s": "${env:WORD}"}',
    "state.tfstate": '{"outputs": {"vpc": {"value": "vpc-1"}}}',
    "text.txt": "plain ${Not:touched} text\n",
    "empty.txt": "",
    "empty.yml": "",
    "dir/inner.yml": "where: inside\nup: '${file(data.yml):deep.deeper.deepest}'\n",
    "noext": "no extension",
}
DATA = """    text: some text
    number: 42
    real: 1.50
    yes: true
    no: false
    zero: 0
    nothing: null
    empty: ''
    list: [a, 2, true, null]
    maps: [{k: v}]
    map: {k: v, n: {m: deep}}
    which: map
    file: data.yml
    key: deep
    region: eu-west-1
    chain: '${self:custom.data.text}'
    chained: '${self:custom.data.chain}!'
    escaped: '\\${kept}'
    list-with-dash: [1]
    "8": eight
"""
ENVIRONMENT = {"WORD": "word", "NUMBER": "7", "TRUE": "true", "EMPTY": "", "SPACED": " a b ", "VARIABLE": "${self:custom.data.number}"}
PARAMS = {"given": "from-cli", "equals": "a=b"}

SELF = ["text", "number", "real", "yes", "no", "zero", "nothing", "empty", "list", "list.0", "list.1", "list.9", "list.length", "maps.0.k",
        "map", "map.k", "map.n.m", "map.nope", "which", "chain", "chained", "escaped", "text.length", "list-with-dash.0", "8", "nope"]
ENV = ["WORD", "NUMBER", "TRUE", "EMPTY", "SPACED", "VARIABLE", "MISSING"]
FILE = ["data.yml", "data.json", "state.tfstate", "text.txt", "empty.txt", "empty.yml", "dir/inner.yml", "./data.yml", "noext", "gone.yml",
        "dir/../data.json"]
INSIDE = ["", "a", "a.b", "a.b.1", "a.b.2", "a.c", "a.d", "a.e", "self", "later", "deep.deeper.deepest", "big", "text", "n", "list.0.k",
          "list.1", "list.2", "o", "s", "outputs.vpc.value", "where", "up", "nope.more", "self.x"]
LITERALS = ["'text'", '"double"', "''", "12", "-3", "1.50", "0x1f", "1e3", "true", "false", "null", "'a, b'", "'it''s'", '"a\\"b"', "'a\\'b'",
            "0b11", "0o17", ".5", "5.", "'${x}'", "1_000", "bare", "'unfinished", "-0", "'a)b}'", "'tab\\tand\\nline'"]
SSM = ["/app/name", "/app/list", "/app/secret", "/app/json", "/app/broken", "/app/plain-json", "/app/missing", "/app/name:1"]
CF = ["net-dev.VpcId", "net-dev.Missing", "gone-dev.X", "net-dev.A.B", "nodot"]
S3 = ["cfg/text.txt", "cfg/dir/data.json", "cfg/missing", "nokey"]
OUTSIDE = ["${AWS::Region}", "${Foo}", "${foo}", "${}", "${ self:custom.data.text}", "#{AWS::Region}", "$self:x", "${Self:custom.data.text}",
           "${self:custom.data.text", "$${self:custom.data.text}", "\\${self:custom.data.text}", "\\\\${self:custom.data.text}",
           "\\\\\\${self:custom.data.text}", "${self}", "${file(data.json)}", "${env:}", "${aws::x}", "${a b}", "${self:custom.data.text }",
           "${self:custom.data.nope , 'spaced' }", "${self:custom.data.nope,'tight'}", "${sls:}", "${sls:other}", "${aws:other}", "${file()}",
           "${strToBool()}", "${ssm}", "${self:custom.data.nope,}", "${self:custom.data.nope, ''}"]


class Expressions:
    def __init__(self, seed, aws):
        self.random = random.Random(seed)
        self.aws = aws

    def pick(self, values):
        return self.random.choice(values)

    def maybe(self, chance):
        return self.random.random() < chance

    def address(self, values, depth):
        if depth > 0 and self.maybe(0.2):
            return self.variable(depth - 1)
        chosen = self.pick(values)
        if depth > 0 and "map" in chosen and self.maybe(0.5):
            return chosen.replace("map", "${self:custom.data.which}")
        return chosen

    def source(self, depth):
        kinds = ["self"] * 5 + ["env", "file", "file", "opt", "param", "sls", "strToBool", "aws"]
        kinds += ["ssm", "ssm", "cf", "s3"] if self.aws else []
        kind = self.pick(kinds)
        if kind == "self":
            return "self:custom.data." + self.address(SELF, depth)
        if kind == "env":
            return "env:" + self.address(ENV, depth)
        if kind == "file":
            path = "${self:custom.data.file}" if depth and self.maybe(0.15) else self.pick(FILE)
            # osls cannot end with a literal behind an address into a text.
            inside = "" if path in ("text.txt", "empty.txt", "noext") else self.pick(INSIDE)
            return f"file({path})" + (f":{inside}" if inside else "")
        if kind == "opt":
            return "opt:" + self.pick(["stage", "region", "missing"])
        if kind == "param":
            return "param:" + self.pick(["given", "equals", "staged", "shared", "variable", "missing"])
        if kind == "sls":
            return "sls:stage"
        if kind == "aws":
            return "aws:region" if not self.aws or self.maybe(0.5) else "aws:accountId"
        if kind == "strToBool":
            return f"strToBool({self.pick(['true', 'FALSE', '1', 'maybe', '${self:custom.data.yes}', '${env:TRUE}'])})"
        if kind == "ssm":
            more = self.pick(["", "", "(eu-west-1)", "(raw)", "(eu-west-1, raw)", "(noDecrypt)", "(${self:custom.data.region})", "(raw, noDecrypt)"])
            return f"ssm{more}:{self.pick(SSM)}"
        if kind == "cf":
            return f"cf{self.pick(['', '', '(eu-west-1)', '(${self:custom.data.region})'])}:{self.pick(CF)}"
        return "s3:" + self.pick(S3)

    def variable(self, depth=2):
        parts = [self.source(depth)]
        while self.maybe(0.35) and len(parts) < 4:
            parts.append(self.source(depth) if self.maybe(0.4) else self.pick(LITERALS))
        return "${" + ", ".join(parts) + "}"

    def expression(self):
        if self.maybe(0.12):
            text = self.pick(OUTSIDE)
        else:
            text = self.variable()
        if self.maybe(0.25):
            text = self.pick(["pre-", "", "a ", "$", "\\", "{", "x${self:custom.data.number}"]) + text + self.pick(["-post", "", "}", " ", "${env:WORD}", "'"])
        return text
