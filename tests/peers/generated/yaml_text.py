"""A document as YAML, in a style that is drawn: blocks or flow, texts plain or quoted, CloudFormation's functions short or long."""
import json
import re

PLAIN = re.compile(r"[A-Za-z][A-Za-z/_-]*")
RESERVED = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
SHORT = {"Ref": "!Ref", "Fn::Sub": "!Sub", "Fn::ImportValue": "!ImportValue", "Fn::Join": "!Join", "Fn::If": "!If"}


class Writer:
    def __init__(self, rng):
        self.rng = rng
        self.short, self.plain, self.flow = (rng.random() < probability for probability in (0.4, 0.5, 0.1))

    def scalar(self, value):
        if isinstance(value, str):
            if self.plain and PLAIN.fullmatch(value) and value.lower() not in RESERVED:
                return value
            return json.dumps(value, ensure_ascii=False)
        return json.dumps(value)

    def write(self, value, indent=0):
        tag = ""
        if self.short and isinstance(value, dict) and len(value) == 1:
            (name, inner), = value.items()
            if name in SHORT and isinstance(inner, (str, list)):
                tag, value = SHORT[name] + " ", inner
            elif name == "Fn::GetAtt" and isinstance(inner, list) and len(inner) == 2 and all(
                    isinstance(part, str) and "." not in part for part in inner):
                tag, value = "!GetAtt ", ".".join(inner)
        if self.flow or not isinstance(value, (dict, list)) or not value:
            return tag + (json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else self.scalar(value))
        margin = " " * indent
        lines = []
        for item in value.items() if isinstance(value, dict) else value:
            mark, inner = (f"{self.scalar(str(item[0]))}:", item[1]) if isinstance(value, dict) else ("-", item)
            text = self.write(inner, indent + 2)
            lines.append(f"{margin}{mark}{'' if text.startswith(chr(10)) else ' '}{text}")
        return (tag.rstrip() if tag else "") + "\n" + "\n".join(lines)
