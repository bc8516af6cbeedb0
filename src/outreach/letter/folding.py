"""What is the same for every contact is rendered once: loops over the tables under [data].

`{% for s in signatories %}…{% endfor %}` prints the same for everyone. Such a stretch is compiled apart, rendered when
it is first needed in a language, and from then on stands in the letter as one block, its values in their places.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from jinja2 import Environment, meta, nodes

# What a stretch may be made of: it can't set, define, call or remember anything.
_PURE = (
    nodes.For, nodes.If, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr, nodes.Getitem,
    nodes.Filter, nodes.Test, nodes.Compare, nodes.Operand, nodes.Not, nodes.And, nodes.Or, nodes.CondExpr,
    nodes.Concat, nodes.Add, nodes.Sub, nodes.Tuple, nodes.Keyword,
)  # fmt: skip
FOLDED = "folded stretch"  # a filter for the compiler's use; no letter can name it, for the blank in it


@dataclass(frozen=True, slots=True, eq=False)
class Folded:
    """The stretches of a letter as they were rendered once, in one language."""

    marked: tuple[str, ...]
    values: tuple[str, ...]  # those whose marks stand in them: the first values of every rendering


NOTHING_FOLDED = Folded((), ())


def fold_stretches(environment: Environment, tree: nodes.Template, common: AbstractSet[str]) -> list[nodes.Template]:
    """Put a number in place of each stretch that depends on these names alone; returns the stretches, by number."""
    stretches: list[nodes.Template] = []
    for place, node in enumerate(tree.body):
        if isinstance(node, nodes.For) and _is_fixed(environment, node, common):
            stretches.append(_template(environment, node))
            number = nodes.Const(len(stretches) - 1, lineno=node.lineno)
            block = nodes.Filter(number, FOLDED, [], [], None, None, lineno=node.lineno)
            tree.body[place] = nodes.Output([block], lineno=node.lineno)
    tree.set_environment(environment)
    return stretches


def _is_fixed(environment: Environment, node: nodes.For, common: AbstractSet[str]) -> bool:
    if not all(isinstance(inner, _PURE) for inner in node.find_all(nodes.Node)):
        return False
    return meta.find_undeclared_variables(_template(environment, node)) <= common


def _template(environment: Environment, node: nodes.Node) -> nodes.Template:
    template = nodes.Template([node], lineno=node.lineno)
    template.set_environment(environment)
    return template
