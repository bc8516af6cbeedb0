"""What is the same for every contact is rendered once: what depends on the tables under [data], the sender or the date.

`{% for s in signatories %}…{% endfor %}` prints the same for everyone, and so does `{{ date | date("long") }}`. Such a
stretch is compiled apart, rendered when it is first needed in a language, and from then on stands in the letter like
any fixed text, its values in their places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from jinja2 import Environment, Template, meta, nodes

# What a stretch may be made of: it can't set, define, call or remember anything.
_PURE = (
    nodes.For, nodes.If, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr, nodes.Getitem,
    nodes.Filter, nodes.Test, nodes.Compare, nodes.Operand, nodes.Not, nodes.And, nodes.Or, nodes.CondExpr,
    nodes.Concat, nodes.Add, nodes.Sub, nodes.Tuple, nodes.Keyword,
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Folded:
    """A letter's stretches as they were rendered once, in one language."""

    rest: Template | None = None  # the letter with the stretches in it; None for nothing folded
    values: tuple[str, ...] = ()  # those whose marks stand in the stretches: the first values of every rendering


NOTHING_FOLDED = Folded()


@dataclass(frozen=True, slots=True)
class Folding:
    """A letter's tree with its stretches taken out."""

    stretches: list[nodes.Template]
    blanks: list[nodes.TemplateData]  # where they stood in the tree
    tree: nodes.Template

    def close(self, marked: Sequence[str]) -> nodes.Template:
        """The tree with these texts in the places of the stretches; good until it is closed again."""
        for blank, text in zip(self.blanks, marked, strict=True):
            blank.data = text
        return self.tree


def fold_stretches(environment: Environment, tree: nodes.Template, common: AbstractSet[str]) -> Folding:
    """Take out each stretch that depends on these names alone."""
    common = common - _bound_names(tree)
    folding = Folding([], [], tree)

    def blank(node: nodes.Node) -> nodes.TemplateData:
        folding.stretches.append(_template(environment, node))
        folding.blanks.append(nodes.TemplateData("", lineno=node.lineno))
        return folding.blanks[-1]

    for place, node in enumerate(tree.body):
        if isinstance(node, nodes.For) and _is_fixed(environment, node, common):
            tree.body[place] = nodes.Output([blank(node)], lineno=node.lineno)
        elif isinstance(node, nodes.Output):
            node.nodes = list(_fold_printed(environment, node, common, blank))
    tree.set_environment(environment)
    return folding


def _fold_printed(
    environment: Environment, output: nodes.Output, common: AbstractSet[str], blank: Callable[[nodes.Node], nodes.Expr]
) -> Iterator[nodes.Expr]:
    for node in output.nodes:
        alone = nodes.Output([node], lineno=node.lineno)
        is_text = isinstance(node, nodes.TemplateData)
        yield node if is_text or not _is_fixed(environment, alone, common) else blank(alone)


def _is_fixed(environment: Environment, node: nodes.Stmt, common: AbstractSet[str]) -> bool:
    if not all(isinstance(inner, _PURE) for inner in node.find_all(nodes.Node)):
        return False
    return meta.find_undeclared_variables(_template(environment, node)) <= common


def _bound_names(tree: nodes.Template) -> set[str]:
    """The names that the letter gives a meaning of its own somewhere."""
    bound = {name.name for name in tree.find_all(nodes.Name) if name.ctx != "load"}
    return bound | {macro.name for macro in tree.find_all(nodes.Macro)}


def _template(environment: Environment, node: nodes.Node) -> nodes.Template:
    template = nodes.Template([node], lineno=node.lineno)
    template.set_environment(environment)
    return template
