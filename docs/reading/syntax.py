"""The syntax of the source: functions, blocks and assignments, and what a hole in a text is called."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeGuard

from docs.reading.readings import Hole, Reading

# Functions whose names do not say what they give; what they are given to, or called on, does.
_OF_OTHERS = {"str", "len", "next", "min", "max", "sorted", "join", "map", "int", "ascii", "sub", "upper", "partition"}
_OF_OTHERS |= {"rpartition", "count", "removesuffix", "get", "type", "shorten", "replace"}
QUOTING = {"show"}  # puts what it is given in quotes


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the package, and where it stands."""

    module: str
    owner: str  # the class; else empty
    node: ast.FunctionDef | ast.AsyncFunctionDef

    @property
    def parameters(self) -> tuple[str, ...]:
        """Their names, in order."""
        arguments = self.node.args
        names = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
        return tuple(name for name in names if name not in ("self", "cls"))

    @property
    def defaults(self) -> dict[str, ast.expr]:
        """What they are where nothing is passed."""
        arguments = self.node.args
        positional = [*arguments.posonlyargs, *arguments.args]
        found = dict(
            zip(
                [a.arg for a in positional[len(positional) - len(arguments.defaults) :]],
                arguments.defaults,
                strict=True,
            )
        )
        found |= {a.arg: d for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d is not None}
        return found


# An expression with the module and the function it stands in.
Placed = tuple[str, Function | None, ast.expr]


def is_function(node: ast.AST) -> TypeGuard[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Whether it defines one."""
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def blocks_of(node: ast.AST) -> list[list[ast.stmt]]:
    """The blocks of statements that a statement holds."""
    cases = [case.body for case in node.cases] if isinstance(node, ast.Match) else []
    handlers = [handler.body for handler in node.handlers] if isinstance(node, ast.Try) else []
    named = [getattr(node, name, None) for name in ("body", "orelse", "finalbody")]
    return [block for block in [*cases, *handlers, *named] if isinstance(block, list) and block]


def is_whole(statement: ast.stmt) -> bool:
    """Whether one of its blocks is surely gone through."""
    return isinstance(statement, ast.With) or (isinstance(statement, ast.If) and bool(statement.orelse))


def given_to(target: ast.expr, value: ast.expr, name: str) -> tuple[ast.expr, int | None] | None:
    """What an assignment gives to the name: a value, or a place in it."""
    match target:
        case ast.Name(id=known) if known == name:
            return value, None
        case ast.Tuple(elts=elements):
            places = [n for n, element in enumerate(elements) if isinstance(element, ast.Name) and element.id == name]
            return (value, places[0]) if places else None
    return None


def bind(parameters: Sequence[str], call: ast.Call) -> dict[str, ast.expr]:
    """The argument for each parameter."""
    positional = [argument for argument in call.args if not isinstance(argument, ast.Starred)]
    bound = dict(zip(parameters, positional, strict=False))
    return bound | {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}


def hole(node: ast.expr) -> Reading:
    """A reading that tells only what fills it."""
    return Reading((Hole(name_of(node)),))


def name_of(node: ast.expr) -> str:  # noqa: PLR0911 - one for each kind of expression
    """What a hole is called: by the name of what fills it."""
    match node:
        case ast.Attribute(value=value, attr="__name__" | "value" | "id"):
            return name_of(value)
        case ast.Attribute(value=value, attr="name") if name_of(value) in ("file", "path", "seal_path"):
            return name_of(value)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.strip("_")
        case ast.Subscript(value=value):
            return name_of(value)
        case ast.Call(func=ast.Name(id=name), args=[first, *_]) if name in _OF_OTHERS:
            return name_of(first)
        case ast.Call(func=ast.Attribute(value=receiver, attr=name)) if name in _OF_OTHERS:
            return name_of(receiver)
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name.strip("_")
        case ast.BinOp(left=left):
            return name_of(left)
        case ast.BoolOp(values=[first, *_]):
            return name_of(first)
    return "…"
