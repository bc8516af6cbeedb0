"""Where an expression stands, and how it can read there: names are followed through assignments and functions."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from docs.reading.readings import (
    MOST_OF_A_PART,
    MOST_READINGS,
    Hole,
    Reading,
    distinct,
    has_words,
    is_sentence,
    product,
    tagged,
)
from docs.reading.syntax import QUOTING, Function, bind, blocks_of, given_to, hole, is_whole, name_of

if TYPE_CHECKING:
    from docs.reading.package import Package

CARRIED = {"what", "remedy", "message", "hint"}
_UNCHANGED = {"strip", "rstrip", "lstrip", "lower", "capitalize"}  # methods that leave a text what it is
_DEEPEST = 6


class Scope:
    """Where an expression stands: it knows what the names there mean."""

    def __init__(self, package: Package, module: str, function: Function | None, at: ast.AST, depth: int = 0) -> None:
        self._package = package
        self._module = module
        self._function = function
        self._at = at
        self._depth = depth

    def fill(self, reading: Reading, bound: Mapping[str, ast.expr], defaults: Mapping[str, ast.expr]) -> list[Reading]:
        """The reading of a called function with what is passed here in the place of its parameters."""
        choices: list[list[Reading]] = []
        whole = bool(reading.parameter)
        for piece in reading.pieces:
            given = None
            if isinstance(piece, Hole) and piece.is_parameter:
                given = bound.get(piece.name, defaults.get(piece.name))
            if given is not None:
                choices.append(self.read(given) if whole else self._fragment(given))
            elif isinstance(piece, Hole) and piece.is_parameter:
                choices.append([Reading((Hole(piece.name),))])
            else:
                choices.append([Reading((piece,))])
        return [replace(joined, choice=joined.choice) for joined in product(choices)]

    def read(self, node: ast.expr) -> list[Reading]:  # noqa: PLR0911 - one for each kind of expression
        """Every way in which the expression can read."""
        if self._depth > _DEEPEST:
            return [hole(node)]
        match node:
            case ast.Constant(value=value):
                return [Reading((str(value),) if value != "" else ())]
            case ast.JoinedStr(values=values):
                return product([self._fragment(value) for value in values])
            case ast.FormattedValue(value=value):
                return self.read(value)
            case ast.BinOp(left=left, op=ast.Add(), right=right) if not _is_number(left) and not _is_number(right):
                return product([self.read(left), self.read(right)])
            case ast.BoolOp(op=ast.Or(), values=values):
                readings = [reading for value in values for reading in self.read(value) if reading.pieces]
                # Where a text of the program's may be missing, only that it is there is told.
                return readings[:1] if readings and not readings[0].is_readable else distinct(readings)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                key = ast.unparse(test)
                return tagged(self.read(body), key, True) + tagged(self.read(orelse), key, False)
            case ast.Name(id=name):
                return self._read_name(name)
            case ast.Call():
                return self._read_call(node)
            case ast.Subscript(value=ast.Name(id=name)):
                return self._read_table(name) or [hole(node)]
            case ast.Attribute(attr=attribute) if attribute in CARRIED:
                return [Reading((Hole(attribute, is_carried=True),))]
            case ast.Attribute(attr=attribute):
                return self._read_field(attribute) or [hole(node)]
        return [hole(node)]

    def _fragment(self, node: ast.expr) -> list[Reading]:
        """A part of a text: followed where that gives words, else a hole with a name."""
        if isinstance(node, ast.Constant):
            return self.read(node)
        value = node.value if isinstance(node, ast.FormattedValue) else node
        if isinstance(value, ast.Attribute):
            return [hole(value)]
        readings = self.read(value)
        limit = MOST_READINGS if all(map(is_sentence, readings)) else MOST_OF_A_PART
        if len(readings) > limit or any(reading.is_carried for reading in readings):
            return [hole(value)]
        if any(has_words(reading) for reading in readings):
            return readings
        holes = [piece for piece in readings[0].pieces if isinstance(piece, Hole)]
        formatted = isinstance(node, ast.FormattedValue) and node.format_spec is not None
        alone = len(readings) == 1 and (len(holes) == 1 or not (holes or formatted))
        return readings if alone else [hole(value)]

    def _read_call(self, call: ast.Call) -> list[Reading]:
        match call.func:
            case ast.Attribute(value=receiver, attr=name) if name in _UNCHANGED:
                return self.read(receiver)
            case ast.Attribute(value=ast.Name(id=table), attr="get"):
                found = self._read_table(table)
                return found + [r for default in call.args[1:] for r in self.read(default)] if found else [hole(call)]
            case ast.Name(id="str") if call.args:
                return self._read_reason(call.args[0]) or self._fragment(call.args[0])
        if isinstance(call.func, ast.Name) and call.func.id in QUOTING and call.args:
            return [Reading(('"', Hole(name_of(call.args[0])), '"'))]
        owner = self._function.owner if self._function else ""
        called = self._package.function(self._module, owner, call.func)
        if called is None:
            return [hole(call)]
        returned = [
            reading
            for node in ast.walk(called.node)
            if isinstance(node, ast.Return) and node.value is not None
            for reading in self._elsewhere(called.module, called, node).read(node.value)
        ]
        bound = bind(called.parameters, call)
        filled = [r for reading in returned for r in self.fill(replace(reading, choice=()), bound, called.defaults)]
        return (
            distinct(filled)
            if filled and all(reading.is_readable or not reading.pieces for reading in filled)
            else [hole(call)]
        )

    def _read_reason(self, node: ast.expr) -> list[Reading]:
        """What an exception that was caught says, where the package says it."""
        if not isinstance(node, ast.Name):
            return []
        above = self._package.parent(self._at)
        while above is not None:
            if isinstance(above, ast.ExceptHandler) and above.name == node.id and above.type is not None:
                raised = self._package.raised(ast.unparse(above.type))
                return [
                    r
                    for module, function, value in raised
                    for r in self._elsewhere(module, function, value).read(value)
                ]
            above = self._package.parent(above)
        return []

    def _read_field(self, name: str) -> list[Reading]:
        """The texts that the package gives to the field of this name."""
        read = [
            reading
            for module, function, value in self._package.field_values(name)
            for reading in self._elsewhere(module, function, value).read(value)
        ]
        return distinct(read) if all(reading.is_readable for reading in read) else []

    def _read_table(self, name: str) -> list[Reading]:
        """The texts in a constant that is a dictionary."""
        value = self._package.constant(self._module, name)
        return [r for one in value.values for r in self.read(one)] if isinstance(value, ast.Dict) else []

    def _read_name(self, name: str) -> list[Reading]:
        assigned = distinct(self._assigned(name))
        if assigned and any(reading.is_readable for reading in assigned):
            return assigned
        if assigned:  # the name tells more than that there is a hole
            return [Reading((Hole(name, is_carried=assigned[0].is_carried),))]
        if self._function is not None and name in self._function.parameters:
            return [Reading((Hole(name, is_parameter=True),))]
        constant = self._package.constant(self._module, name)
        if constant is not None and isinstance(constant, ast.Constant | ast.JoinedStr | ast.BinOp):
            return self._elsewhere(self._module, None, constant).read(constant)
        return [Reading((Hole(name),))]

    def _assigned(self, name: str) -> list[Reading]:
        """What the name was last given before this place, in whichever branch."""
        if self._function is None:
            return []
        found: list[Reading] = []
        inner: ast.AST = self._at
        while inner is not self._function.node:
            outer = self._package.parent(inner)
            if outer is None:
                break
            for block in blocks_of(outer):
                if inner in block:
                    readings, is_sure = self._assigned_in(block[: block.index(inner)], name)
                    found += readings
                    if is_sure:
                        return found
            if isinstance(outer, ast.For) and inner is not outer.iter:
                found += self._looped(outer, name)
            inner = outer
        return found

    def _assigned_in(self, block: Sequence[ast.stmt], name: str) -> tuple[list[Reading], bool]:
        """What the statements give to the name, and whether they surely do."""
        found: list[Reading] = []
        untaken: list[tuple[object, object]] = []
        for statement in reversed(block):
            match statement:
                case ast.Assign(targets=[target], value=value):
                    given = given_to(target, value, name)
                    if given is not None:
                        readings = self._elsewhere(self._module, self._function, statement).read_given(given)
                        return found + [replace(r, choice=(*r.choice, *untaken)) for r in readings], True
                case ast.If() | ast.Try() | ast.With() | ast.For() | ast.Match():
                    branches = [self._assigned_in(branch, name) for branch in blocks_of(statement)]
                    for number, (readings, _) in enumerate(branches):
                        found += tagged(readings, id(statement), number)
                    if any(readings for readings, _ in branches):
                        untaken.append((id(statement), "none"))
                    if branches and all(is_sure for _, is_sure in branches) and is_whole(statement):
                        return found, True
        return found, False

    def read_given(self, given: tuple[ast.expr, int | None]) -> list[Reading]:
        """The value that a name was given, or its part where a tuple was."""
        value, place = given
        if place is None:
            return self.read(value)
        if isinstance(value, ast.Tuple):
            return self.read(value.elts[place])
        if isinstance(value, ast.IfExp):
            key = ast.unparse(value.test)
            body, orelse = (self.read_given((side, place)) for side in (value.body, value.orelse))
            return tagged(body, key, True) + tagged(orelse, key, False)
        return [hole(value)]

    def _looped(self, loop: ast.For, name: str) -> list[Reading]:
        """What a loop over a constant of tuples gives to the name."""
        given = given_to(loop.target, loop.iter, name)
        if given is None or not isinstance(loop.iter, ast.Name):
            return []
        constant = self._package.constant(self._module, loop.iter.id)
        rows = constant.elts if isinstance(constant, ast.Tuple | ast.List) else []
        return [reading for row in rows for reading in self.read_given((row, given[1]))]

    def _elsewhere(self, module: str, function: Function | None, at: ast.AST) -> Scope:
        return Scope(self._package, module, function, at, self._depth + 1)


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and not isinstance(node.value, str)
