"""The same service said in another way, or nearly the same: each twist keeps the meaning for whoever coerces as the framework
does. Two of them (spoil, null) may make it one that has to be refused."""
import copy
import json


# What the framework has to know before it reads all variables.
EARLY = (("provider", "name"), ("provider", "stage"))


class Twists:
    def __init__(self, rng, configuration):
        self.rng, self.configuration = rng, configuration
        self.files, self.env, self.custom, self.params = {}, {}, {}, {}
        self.variables = 0

    def chance(self, probability):
        return self.rng.random() < probability

    def places(self, value, at=()):
        """(container, key, path) of every value below, innermost first."""
        if isinstance(value, (dict, list)):
            for key in list(value) if isinstance(value, dict) else range(len(value)):
                yield from self.places(value[key], (*at, key))
                yield value, key, (*at, key)

    def apply(self):
        coerced, spoilt = self.rng.choice([0, 0, 0, 0.02, 0.05]), self.chance(0.06)
        variables = self.rng.choice([0, 0, 0, 0.05, 0.15])
        for container, key, path in list(self.places(self.configuration)):
            if path[:2] == ("provider", "name") or path == ("service",) or path[0] in ("configValidationMode", "useDotenv", "frameworkVersion"):
                continue
            if self.chance(coerced):
                container[key] = self.coerced(container[key])
            elif self.chance(coerced / 10) and isinstance(container, dict) and len(path) > 2:
                container[self.rng.choice(["none", "Nil", key])] = None
        if spoilt:
            self.spoil()
        if spoilt or coerced:  # or else what only an older framework takes would choose its rules
            self.configuration["frameworkVersion"] = "^4.0.0"
        for container, key, path in list(self.places(self.configuration)):
            if len(path) > 1 and path[:2] not in EARLY and path[0] != "disabledDeprecations" and self.chance(variables):
                container[key] = self.variable(container[key])
        functions = self.configuration.get("functions")
        if isinstance(functions, dict) and self.chance(0.08):
            self.configuration["functions"] = [{name: function} for name, function in functions.items()] + self.rng.choice([[], [None]])
        if self.chance(0.03) and isinstance(functions, dict):
            functions["nothing"] = None
        if self.custom:
            self.configuration["custom"] = self.custom
        if self.params:
            self.configuration["params"] = {"default": self.params, **self.rng.choice([{}, {"dev": {}}, {"prod": {"p0": "other"}}])}

    def coerced(self, value):
        """What becomes the value again by the coercions of the schema, if its type is what is asked for there."""
        if isinstance(value, bool):
            return self.rng.choice([str(value).lower(), int(value), [value]])
        if isinstance(value, (int, float)):
            return self.rng.choice([json.dumps(value), [value], f" {value}" if self.chance(0.1) else str(value)])
        if isinstance(value, str):
            if value.lstrip("-").isdigit() and self.chance(0.5):
                return int(value)
            return [value] if self.chance(0.4) else value
        if isinstance(value, list) and len(value) == 1:
            return value[0]
        return value

    def spoil(self):
        """One thing that does not belong where it is."""
        container, key, _ = self.rng.choice([place for place in self.places(self.configuration) if "package" not in place[2]])
        wrong = self.rng.choice(["", "wrong value!", -1, 1.5, True, [], ["a", "b"], {}, {"a": {"b": 1}}, None, 10**9, "12", [[1]], "arn:x", {"Ref": "X"}])
        if isinstance(container, dict) and self.chance(0.4):
            container[self.rng.choice(["unknown", "Ref", "name", "0", "type", "events"])] = wrong
        elif isinstance(container, dict) and self.chance(0.2):
            del container[key]
        else:
            container[key] = wrong

    def variable(self, value):
        self.variables += 1
        name = f"v{self.variables}"
        value = copy.deepcopy(value)
        kind = self.rng.randrange(9)
        if kind == 0 and isinstance(value, str) and "\n" not in value and "$" not in value:
            self.env[name] = value
            return f"${{env:{name}}}"
        if kind == 1:
            self.params[name] = value
            return f"${{param:{name}}}"
        if kind == 2 and isinstance(value, bool):
            # an unquoted 0 or false is no value to the framework, see README
            return "${strToBool(%s)}" % self.rng.choice([f"'{value}'", f'"{int(value)}"'] + (["true", 1] if value else []))
        if kind == 3:
            file = self.rng.choice(["values.json", "more.json"])
            self.files.setdefault(file, {})[name] = value
            return "${file(%s):%s}" % (self.rng.choice(["./", ""]) + file, name)
        if kind == 4 and isinstance(value, str) and "dev" in value:
            return value.replace("dev", "${sls:stage}")
        self.custom[name] = value
        if kind == 5:
            return "${opt:absent, self:custom.%s}" % name
        if kind == 6:
            self.custom[f"at-{name}"] = name
            return "${opt:absent, self:custom.${self:custom.at-%s}}" % name
        if kind == 7 and isinstance(value, str) and "$" not in value and value:
            self.custom[name] = value[1:]
            return value[0] + "${self:custom.%s}" % name
        return "${self:custom.%s}" % name
