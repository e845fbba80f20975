"""Whether two templates are the same, where that is the compiler's to decide.

The framework takes some names from its clock: the folder of its S3 keys, the id of a REST API's deployment, the value of
`forceDeploy`. They are blank on both sides, and so is the hash of a layer, which is over other bytes on purpose. Objects are
compared by key, arrays in order, numbers by value."""
import re

UNSHARED = re.compile(r"(ApiGatewayDeployment)[A-Za-z0-9]+|(LambdaLayer(?:Permission)?)[0-9a-f]{40}")
LAYER_OUTPUT = re.compile(r"\w+LambdaLayer(Hash|S3Key)")


def blank_text(text):
    return UNSHARED.sub(lambda found: found.group(1) or found.group(2), text)


def blank(value, key=None):
    """The template without what comes from a clock."""
    if isinstance(value, dict):
        if key and LAYER_OUTPUT.fullmatch(key):
            value = {**value, "Value": ""}
        return {blank_text(name): blank(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [blank(item) for item in value]
    if key == "ForceDeploy":
        return ""
    if key == "S3Key" and isinstance(value, str):
        return value.rsplit("/", 1)[-1]
    return blank_text(value) if isinstance(value, str) else value


def kind(value):
    return "number" if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value).__name__


def differences(wanted, got, at=""):
    """Yields "pointer: what is wrong" for two values that are blank already."""
    if kind(wanted) != kind(got):
        yield f"{at}: {got!r:.100} instead of {wanted!r:.100}"
    elif isinstance(wanted, dict):
        for name in sorted(wanted.keys() | got.keys()):
            if name not in got:
                yield f"{at}/{name}: missing"
            elif name not in wanted:
                yield f"{at}/{name}: too much"
            else:
                yield from differences(wanted[name], got[name], f"{at}/{name}")
    elif isinstance(wanted, list):
        if len(wanted) != len(got):
            yield f"{at}: {len(got)} elements instead of {len(wanted)}"
        for index, pair in enumerate(zip(wanted, got)):
            yield from differences(*pair, f"{at}/{index}")
    elif wanted != got:
        yield f"{at}: {got!r:.100} instead of {wanted!r:.100}"


def compare(wanted, got):
    return list(differences(blank(wanted), blank(got)))
