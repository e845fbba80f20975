"""CloudFormation templates as trees and as text: short tags become their long form, and every value has its lines."""

import yaml


class Loader(yaml.SafeLoader):
    pass


class Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data):
        return True

    def increase_indent(self, flow=False, indentless=False):
        return super().increase_indent(flow, False)


def long_form(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


Loader.add_multi_constructor("!", long_form)


def read(text):
    return yaml.load(text, Loader)


def write(tree):
    """One value a line, so that a line tells which value is meant."""
    return yaml.dump(tree, Dumper=Dumper, sort_keys=False, width=10000, allow_unicode=True)


def lines_of(text, path):
    """The lines (from 1) of the key and of the value at `path`; the deepest known parent's where there is none."""
    node = yaml.compose(text, yaml.SafeLoader)
    found = node.start_mark.line + 1, node.start_mark.line + 1
    for segment in path:
        if isinstance(node, yaml.MappingNode):
            pair = next(((k, v) for k, v in node.value if k.value == segment), None)
            if pair is None:
                return found
            found = pair[0].start_mark.line + 1, pair[1].start_mark.line + 1
            node = pair[1]
        elif isinstance(node, yaml.SequenceNode) and segment < len(node.value):
            node = node.value[segment]
            found = node.start_mark.line + 1, node.start_mark.line + 1
        else:
            return found
    return found
