"""The rules of docs/architecture.md, read from the source: who imports whom, and who may do what.

Each rule is a function from a tree (module name to source) to the places that break it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "src" / "outreach"

Tree = Mapping[str, str]
Rule = Callable[[Tree], list[str]]

WORDS = {"model", "errors", "clock", "crashpoints"}
TOOLS = {"contacts", "letter", "message", "smtp", "ledger", "policy", "processes", "resolver", "tokens"}
TASKS = {"beginning", "preflight", "sending", "feedback", "report", "web"}
CHOSEN = WORDS | TOOLS | {"composing"} | TASKS | {"config"}

# What each part may import besides itself; "options" stands for the options modules of tools and tasks.
MAY_IMPORT: Mapping[str, set[str]] = {
    "model": {"errors"},
    "errors": set(),
    "clock": set(),
    "crashpoints": set(),
    **dict.fromkeys(TOOLS, WORDS),
    "composing": WORDS | {"letter", "message", "tokens"},
    **{task: WORDS | TOOLS | {"composing"} for task in TASKS},
    "sending": WORDS | TOOLS | {"composing", "preflight"},
    "web": WORDS | TOOLS | {"composing", "feedback", "report"},
    "config": WORDS | {"options"},
    "assembly": CHOSEN,
    "cli": CHOSEN | {"assembly", "sink", ""},
    "sink": set(),
    "__main__": {"cli"},
    "": set(),  # the package's own __init__
}

# In capitals or in small letters; "Select … from" with one capital is prose.
SQL = re.compile(
    r"\b(?![A-Z][a-z])(?i:select\s+[\w*,(. )]+\sfrom\s|insert\s+(or\s+\w+\s+)?into\s|update\s+\w+\s+set\s"
    r"|delete\s+from\s|create\s+(temp\w*\s+|unique\s+)?(table|index|view|trigger)\s|pragma\s+\w)"
)
DATABASES = {"apsw", "sqlite3", "psycopg"}
NETWORK = {
    "socket.", "socketserver", "smtplib", "aiosmtplib", "asyncio.open_connection", "asyncio.start_server",
    "asyncio.open_unix_connection", "http.client", "urllib.request", ".create_connection", ".create_server",
    ".sock_connect",
}  # fmt: skip
DNS = {"dns."}
TERMINAL = {"print", "input", "sys.stdout", "sys.stderr", "rich", "cyclopts", "getpass.getpass"}
ENVIRONMENT = {"os.environ", "os.environb", "os.getenv", "dotenv"}
TIME = {
    "time.time", "time.time_ns", "time.monotonic", "time.monotonic_ns", "time.perf_counter", "time.sleep",
    "time.localtime", "time.gmtime", "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today",
    "datetime.date.today", "asyncio.sleep",
}  # fmt: skip
CHANCE = {"random.", "secrets.", "uuid.uuid1", "uuid.uuid4", "os.urandom"}
# What is named like the forbidden and is harmless: this machine's name, and the type of a source that is passed in.
HARMLESS = {"socket.gethostname", "random.Random"}


@lru_cache(maxsize=1024)
def parsed(source: str) -> ast.Module:
    """The syntax tree, made once: every rule reads every file."""
    return ast.parse(source)


@lru_cache(maxsize=1024)
def nodes_of(tree: ast.AST) -> tuple[ast.AST, ...]:
    """All nodes of a tree, in the order of `ast.walk`."""
    return tuple(ast.walk(tree))


def part_of(module: str) -> str:
    """The part of the package that a module belongs to: its first name below `outreach`."""
    return module.removeprefix("outreach").lstrip(".").partition(".")[0]


def imported(module: str, source: str, tree: Tree) -> Iterator[tuple[int, str]]:
    """Line and full name of every import, those inside functions and type checks too."""
    package = module if any(other.startswith(f"{module}.") for other in tree) else module.rpartition(".")[0]
    for node in nodes_of(parsed(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                whole = f"{base}.{alias.name}"
                yield node.lineno, whole if whole in tree or not base.startswith("outreach") else base


def breaks_imports(tree: Tree) -> list[str]:
    """Imports that the table does not allow, and parts that it does not know."""
    found: list[str] = []
    for module, source in tree.items():
        part = part_of(module)
        if part not in MAY_IMPORT:
            found.append(f"{module}: the table has no row for {part}")
            continue
        for line, name in imported(module, source, tree):
            if name.partition(".")[0] != "outreach" or part_of(name) == part:
                continue
            is_options = name.endswith(".options") and part_of(name) in TOOLS | TASKS
            if part_of(name) not in MAY_IMPORT[part] and not (is_options and "options" in MAY_IMPORT[part]):
                found.append(f"{module}:{line}: imports {name}")
    return found


def used_names(tree: ast.Module) -> Iterator[tuple[ast.AST, str, bool]]:
    """Every name that is used: the node, the name with its imports spelled out, and whether it is called.

    A method of something that is not a module is given with its dot: `.create_server`.
    """
    spelled: dict[str, str] = {}
    for node in nodes_of(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                spelled[alias.asname or alias.name.partition(".")[0]] = alias.name if alias.asname else ""
                yield node, alias.name, False
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                spelled[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                yield node, f"{node.module}.{alias.name}", False
    called = {id(node.func) for node in nodes_of(tree) if isinstance(node, ast.Call)}
    for node in nodes_of(tree):
        if isinstance(node, ast.Name):
            yield node, spelled.get(node.id) or node.id, id(node) in called
        elif isinstance(node, ast.Attribute):
            yield node, _dotted(node, spelled), id(node) in called


def _dotted(node: ast.Attribute, spelled: Mapping[str, str]) -> str:
    parts: list[str] = [node.attr]
    inner: ast.expr = node.value
    while isinstance(inner, ast.Attribute):
        parts.insert(0, inner.attr)
        inner = inner.value
    if not isinstance(inner, ast.Name) or inner.id not in spelled:
        return f".{node.attr}"
    return ".".join([spelled[inner.id] or inner.id, *parts])


def is_one_of(name: str, names: set[str]) -> bool:
    """Whether it is one of these names, or held by one; a name with a dot at its end is a module, for what it holds."""
    return any(name == one or name.startswith(one if one.endswith(".") else f"{one}.") for one in names)


def uses(tree: Tree, names: set[str], *, allowed: set[str]) -> list[str]:
    """Uses of these names outside of the allowed parts."""
    return [
        f"{module}:{getattr(node, 'lineno', 0)}: uses {name}"
        for module, source in tree.items()
        if part_of(module) not in allowed
        for node, name, _ in used_names(parsed(source))
        if is_one_of(name, names) and name not in HARMLESS
    ]


def breaks_sql(tree: Tree) -> list[str]:
    """SQL in a text, or a database's module, outside of the ledger."""
    found = uses(tree, DATABASES, allowed={"ledger"})
    for module, source in tree.items():
        if part_of(module) != "ledger":
            found += [
                f"{module}:{node.lineno}: SQL"
                for node in nodes_of(parsed(source))
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value)
            ]
    return found


def breaks_network(tree: Tree) -> list[str]:
    """Sockets outside of the part that speaks SMTP, the web pages and the sink; DNS outside of the resolver."""
    # The pool speaks with its children over pairs of sockets that have no address.
    sockets = uses(tree, NETWORK, allowed={"smtp", "sink", "web", "processes"})
    return sockets + uses(tree, DNS, allowed={"resolver"})


def breaks_terminal(tree: Tree) -> list[str]:
    """Printing, or asking, outside of the command line."""
    return uses(tree, TERMINAL, allowed={"cli"})


def breaks_wrapping(tree: Tree) -> list[str]:
    """Printing past `say` and `print_table`, which know how wide the terminal is and what it may be sent."""
    return [
        f"{module}:{node.lineno}: prints by itself; outreach.cli.terminal.say does it"
        for module, source in tree.items()
        if part_of(module) == "cli" and module not in ("outreach.cli.terminal", "outreach.cli.tables")
        for node in nodes_of(parsed(source))
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "print"
    ]


def breaks_environment(tree: Tree) -> list[str]:
    """Reading environment variables outside of the settings."""
    return uses(tree, ENVIRONMENT, allowed={"config"})


def breaks_time(tree: Tree) -> list[str]:
    """Reading the clock or waiting, other than through the clock that is passed in."""
    found: list[str] = []
    for module, source in tree.items():
        # Those who hold a socket wait for its buffers in real time; who wants a lock, for another process to end.
        waits = {"asyncio.sleep"} if part_of(module) in {"smtp", "sink"} or module.endswith(".ledger.lock") else set()
        if part_of(module) != "clock":
            found += called(module, source, TIME - waits)
    return found


def breaks_chance(tree: Tree) -> list[str]:
    """Drawing random numbers elsewhere than where the parts are joined."""
    return [
        place
        for module, source in tree.items()
        if part_of(module) != "assembly"
        for place in called(module, source, CHANCE)
    ]


def called(module: str, source: str, names: set[str]) -> Iterator[str]:
    """Uses of these names, but for what is only passed on: parameters' defaults, arguments where parts are joined."""
    tree = parsed(source)
    defaults = {
        id(default)
        for node in nodes_of(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for default in (*node.args.defaults, *node.args.kw_defaults)
    }
    for node, name, is_called in used_names(tree):
        is_import = isinstance(node, ast.Import | ast.ImportFrom)
        joins = part_of(module) in {"assembly", "cli"}
        passed_on = not is_called and (joins or id(node) in defaults or name in HARMLESS)
        if is_one_of(name, names) and not is_import and not passed_on:
            yield f"{module}:{getattr(node, 'lineno', 0)}: uses {name}"


def breaks_length(tree: Tree) -> list[str]:
    """Files over 400 lines."""
    return [f"{module}: {lines} lines" for module, source in tree.items() if (lines := source.count("\n")) > 400]


def breaks_docstrings(tree: Tree) -> list[str]:
    """Modules that do not say what they are for."""
    return [module for module, source in tree.items() if not ast.get_docstring(parsed(source))]


def read_tree() -> Tree:
    """The package's modules and their source."""
    modules = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        modules[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path.read_text(encoding="utf-8")
    return modules


RULES: list[Rule] = [
    breaks_imports, breaks_sql, breaks_network, breaks_terminal, breaks_wrapping, breaks_environment, breaks_time,
    breaks_chance, breaks_length, breaks_docstrings,
]  # fmt: skip
