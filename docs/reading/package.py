"""Reads the messages for the user out of the source: what happened and what to do, wherever an error is made.

An error is made by one of the classes of `errors.py`, by `Problem`, `Stop` or `UnfitError`, or by a function that
passes its arguments on to one of these. Each text is followed through names, conditions, f-strings and functions of the
package; what is only known when the program runs becomes a `Hole`. A text that can't be followed is not left out in
silence: it is among the `unread`.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from docs.reading.readings import MOST_OF_A_PART, Hole, Message, Reading, agree, joined
from docs.reading.scope import Scope
from docs.reading.syntax import Function, Placed, bind, is_function

_FIELDS = {"what": "what", "message": "what", "remedy": "remedy", "hint": "remedy", "code": "code", "level": "level"}


@dataclass(frozen=True, slots=True)
class _Maker:
    """Something that is called to make an error: its parameters, and what becomes of them."""

    parameters: tuple[str, ...]
    defaults: Mapping[str, ast.expr]
    templates: tuple[Mapping[str, Reading], ...]  # what, remedy, code, exit: what they read in terms of the parameters

    def takes(self, call: ast.Call) -> bool:
        """Whether the call passes all that is needed: a method of another class may have the same name."""
        return set(self.parameters) - self.defaults.keys() <= bind(self.parameters, call).keys()


class Package:
    """The source of the package, and what errors it makes."""

    def __init__(self, root: Path) -> None:
        self._trees = {
            ".".join(path.relative_to(root.parent).with_suffix("").parts): ast.parse(path.read_text(encoding="utf-8"))
            for path in sorted(root.rglob("*.py"))
        }
        self._functions: list[Function] = []
        self._classes: dict[str, ast.ClassDef] = {}
        self._constants: dict[str, dict[str, ast.expr]] = {}
        self._imports: dict[str, dict[str, tuple[str, str]]] = {}
        for module, tree in self._trees.items():
            self._index(module, tree)
        self._parents = {
            id(child): node
            for tree in self._trees.values()
            for node in ast.walk(tree)
            for child in ast.iter_child_nodes(node)
        }
        self._by_node = {id(function.node): function for function in self._functions}
        self._calls = [
            (module, self._function_of(node), node)
            for module, tree in self._trees.items()
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
        ]
        self._given_fields = self._find_given_fields()
        self._makers = self._base_makers()
        self._helpers: dict[tuple[str, str, str], _Maker] = {}

    # --- what there is

    def _index(self, module: str, tree: ast.Module) -> None:
        constants = self._constants.setdefault(module, {})
        imports = self._imports.setdefault(module, {})
        for statement in tree.body:
            if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
                targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
                constants |= {target.id: statement.value for target in targets if isinstance(target, ast.Name)}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                imports |= {alias.asname or alias.name: (node.module, alias.name) for alias in node.names}
            elif isinstance(node, ast.ClassDef):
                self._classes[node.name] = node
                self._functions += [Function(module, node.name, below) for below in node.body if is_function(below)]
        methods = {id(function.node) for function in self._functions}
        self._functions += [
            Function(module, "", node) for node in ast.walk(tree) if is_function(node) and id(node) not in methods
        ]

    def _find_given_fields(self) -> dict[str, list[Placed]]:
        """What is given by its name, to fields and parameters alike."""
        found: dict[str, list[Placed]] = {}
        for module, function, call in self._calls:
            for keyword in call.keywords:
                if keyword.arg:
                    found.setdefault(keyword.arg, []).append((module, function, keyword.value))
        return found

    def _base_makers(self) -> dict[str, _Maker]:
        """The classes themselves."""
        makers = {
            "Problem": self._by_fields("Problem", {"exit": "3"}),
            "Stop": self._by_fields("Stop", {}),
            "UnfitError": self._by_init("UnfitError", {"exit": "3"}),
        }
        for name in self._classes:
            exit_code = self._exit_code(name)
            if exit_code and name != "ContentError":  # which takes a problem
                makers[name] = self._by_init("OutreachError", {"exit": exit_code})
        return makers

    def _exit_code(self, name: str) -> str:
        """The exit code of an error class, its own or inherited; empty for other classes."""
        found = self._classes.get(name)
        if found is None:
            return ""
        for node in found.body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "exit_code":
                return ast.unparse(node.value)
        return next(filter(None, (self._exit_code(ast.unparse(base)) for base in found.bases)), "")

    def _by_fields(self, name: str, fixed: Mapping[str, str]) -> _Maker:
        """A dataclass: its fields are its parameters."""
        nodes = [node for node in self._classes[name].body if isinstance(node, ast.AnnAssign)]
        names = tuple(ast.unparse(node.target) for node in nodes)
        return _maker(names, {n: node.value for n, node in zip(names, nodes, strict=True) if node.value}, fixed)

    def _by_init(self, name: str, fixed: Mapping[str, str]) -> _Maker:
        """Another class, by its `__init__`."""
        init = next(f for f in self._functions if f.owner == name and f.node.name == "__init__")
        return _maker(init.parameters, init.defaults, fixed)

    # --- what is made

    def messages(self) -> tuple[list[Message], list[str]]:
        """Every message, and the places of those that can't be read."""
        while self._find_helpers():
            pass
        messages: list[Message] = []
        unread: list[str] = []
        for module, function, call in self._calls:
            for made in self._made(module, function, call):
                if made["what"].is_carried and made["remedy"].is_carried:
                    continue
                if made["what"].parameter or made["remedy"].parameter:
                    continue  # its callers say the words
                if not (made["what"].is_readable and made["remedy"].is_readable):
                    unread.append(f"{module}:{call.lineno}: {ast.unparse(call)}")
                    continue
                messages.append(_message(module, made))
        unread += self._uncalled()
        return messages, unread

    def _find_helpers(self) -> bool:
        """Note the functions that pass their arguments on as the words of an error; whether one was new."""
        found: dict[tuple[str, str, str], list[Mapping[str, Reading]]] = {}
        for module, function, call in self._calls:
            for made in self._made(module, function, call) if function else ():
                if function and (made["what"].parameter or made["remedy"].parameter):
                    found.setdefault((function.module, function.owner, function.node.name), []).append(made)
        new = found.keys() - self._helpers.keys()
        for function in self._functions:
            key = (function.module, function.owner, function.node.name)
            if key in new:
                self._helpers[key] = _Maker(function.parameters, function.defaults, tuple(found[key]))
        return bool(new)

    def _uncalled(self) -> Iterator[str]:
        """Functions that make an error of their arguments, which nobody calls by a name that can be followed."""
        called = {
            id(maker) for module, function, call in self._calls if (maker := self._maker_of(module, function, call))
        }
        yield from (
            f"{module}: {owner}.{name} is called by nobody"
            for (module, owner, name), maker in self._helpers.items()
            if id(maker) not in called
        )

    def _made(self, module: str, function: Function | None, call: ast.Call) -> Iterator[dict[str, Reading]]:
        """What a call makes: one for each combination of words that belong together."""
        maker = self._maker_of(module, function, call)
        if maker is None:
            return
        scope = Scope(self, module, function, call)
        bound = bind(maker.parameters, call)
        for template in maker.templates:
            readings = {name: scope.fill(reading, bound, maker.defaults) for name, reading in template.items()}
            for combination in itertools.product(*readings.values()):
                if agree(combination):
                    yield dict(zip(readings, combination, strict=True))

    def _maker_of(self, module: str, function: Function | None, call: ast.Call) -> _Maker | None:
        match call.func:
            case ast.Name(id=name):
                origin, name = self._imports[module].get(name, (module, name))
                return self._helpers.get((origin, "", name)) or self._makers.get(name)
            case ast.Attribute(value=ast.Name(id="self"), attr=name) if function is not None:
                return self._helpers.get((module, function.owner, name))
            case ast.Attribute(attr=name):
                methods = [m for (_, owner, known), m in self._helpers.items() if owner and known == name]
                return next((method for method in methods if method.takes(call)), None)
        return None

    def _function_of(self, node: ast.AST) -> Function | None:
        """The innermost function that holds a node."""
        above: ast.AST | None = node
        while above is not None and id(above) not in self._by_node:
            above = self._parents.get(id(above))
        return self._by_node[id(above)] if above is not None else None

    # --- for scopes

    def parent(self, node: ast.AST) -> ast.AST | None:
        """What a node is a part of."""
        return self._parents.get(id(node))

    def constant(self, module: str, name: str) -> ast.expr | None:
        """The value of a constant of the module, or of one that it imports."""
        origin, name = self._imports[module].get(name, (module, name))
        return self._constants.get(origin, {}).get(name)

    def function(self, module: str, owner: str, called: ast.expr) -> Function | None:
        """The function of the package that is called, where its name can be followed and it gives a text."""
        match called:
            case ast.Name(id=name):
                origin, name = self._imports[module].get(name, (module, name))
                found = [f for f in self._functions if (f.module, f.owner, f.node.name) == (origin, "", name)]
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                found = [f for f in self._functions if (f.module, f.owner, f.node.name) == (module, owner, name)]
            case _:
                return None
        return next((f for f in found if f.node.returns and ast.unparse(f.node.returns) == "str"), None)

    def raised(self, name: str) -> list[Placed]:
        """The first argument of each call of an exception class that is not for the user by itself."""
        if name not in self._classes or name in self._makers:
            return []
        return [
            (module, function, call.args[0])
            for module, function, call in self._calls
            if call.args and ast.unparse(call.func) == name
        ]

    def field_values(self, attribute: str) -> list[Placed]:
        """What the package gives to the field of this name: `Provider(login="…")`."""
        given = self._given_fields.get(attribute, [])
        constants = [placed for placed in given if placed[1] is None]
        return constants or (given if len(given) < MOST_OF_A_PART else [])


def _maker(names: tuple[str, ...], defaults: Mapping[str, ast.expr], fixed: Mapping[str, str]) -> _Maker:
    """A maker that takes the words of an error under their own names."""
    template = {_FIELDS[name]: Reading((Hole(name, is_parameter=True),)) for name in names if name in _FIELDS}
    if "exit_code" in names:
        template["exit"] = Reading((Hole("exit_code", is_parameter=True),))
    template |= {name: Reading((value,)) for name, value in fixed.items()}
    return _Maker(names, defaults, (template,))


def _message(module: str, made: Mapping[str, Reading]) -> Message:
    def text(name: str) -> str:
        return "".join(piece for piece in made[name].pieces if isinstance(piece, str)) if name in made else ""

    exit_code = "" if text("level") == "info" else text("exit")
    return Message(module, exit_code, text("code"), joined(made["what"].pieces), joined(made["remedy"].pieces))
