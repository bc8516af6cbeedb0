"""The template language as letters use it: what is printed is kept aside, and a numbered mark takes its place."""

from __future__ import annotations

from jinja2 import StrictUndefined, Undefined, nodes, pass_context
from jinja2.runtime import BlockReference, Context, LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment

from outreach.letter.context import RenderContext
from outreach.letter.filters import FILTERS, REMOVED_FILTERS
from outreach.letter.marks import Marks
from outreach.letter.values import NOTHING, Block, Row, printer

_CAPTURED = "captured text"  # filters for the compiler's use; no letter can name them, for the blank in them
_MAY_BE_EMPTY = "may be empty"
_PRINTED = "printed text"


class LetterEnvironment(ImmutableSandboxedEnvironment):
    """Jinja, sandboxed and without files, whose printed values become marks."""

    context_class: type[Context] = RenderContext

    def __init__(self, marks: Marks) -> None:
        super().__init__(
            undefined=StrictUndefined,
            finalize=printer(marks),
            autoescape=False,  # each value is escaped for where it stands, when it is filled in
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self._marks = marks
        del self.globals["lipsum"]  # it draws random numbers
        for name in REMOVED_FILTERS:
            del self.filters[name]
        self.filters.update(FILTERS)
        self.filters[_CAPTURED] = self._capture
        self.filters[_MAY_BE_EMPTY] = _may_be_empty
        self.filters[_PRINTED] = printer(marks)

    def getattr(self, obj: object, attribute: str) -> object:
        """A column of a row by its name; of all else what the sandbox allows."""
        if type(obj) is Row:
            # Columns first and nothing else: one may be called items, and this is the hottest spot of a loop.
            cell = obj.cells.get(attribute)
            return self.undefined(obj=obj, name=attribute) if cell is None else cell
        return super().getattr(str(obj) if type(obj) is Block else obj, attribute)

    def getitem(self, obj: object, argument: object) -> object:
        """The same for `row["name"]`."""
        return self.getattr(obj, str(argument)) if type(obj) is Row else super().getitem(obj, argument)

    def call(__self, __context: Context, __obj: object, *args: object, **kwargs: object) -> object:  # noqa: N805 - a keyword may be called self
        """The result of a call; what a macro wrote is a block, not a value."""
        result = super().call(__context, __obj, *args, **kwargs)
        # A {% call %} block, which passes `caller`, is written as it is and must stay a string.
        if isinstance(__obj, (Macro, BlockReference, LoopContext)) and "caller" not in kwargs:
            return __self._capture(__context, str(result))
        return result

    def prepare(self, tree: nodes.Template) -> None:
        """Change a parsed template so that blocks are kept apart from values, and asked-for emptiness from mistakes."""
        for block in tree.find_all(nodes.AssignBlock):
            block.filter = _capture_first(block.filter)
        for filtered in tree.find_all(nodes.FilterBlock):
            filtered.filter = _filter(_capture_first(filtered.filter), _PRINTED)
        for output in tree.find_all(nodes.Output):
            output.nodes = [_filter(node, _MAY_BE_EMPTY) if _asks(node) else node for node in output.nodes]
        tree.set_environment(self)

    @pass_context
    def _capture(self, context: Context, marked: object) -> Block:
        assert isinstance(context, RenderContext)  # noqa: S101 - the environment makes no other; this tells the types
        return Block(str(marked), self._marks, context.printed)


def _may_be_empty(value: object) -> object:
    """The value, or nothing; strict about names that don't exist."""
    if type(value) is Undefined or value is None or (isinstance(value, (str, Block)) and not len(value)):
        return NOTHING
    return value


def _capture_first(chain: nodes.Filter | None) -> nodes.Filter:
    """A block's chain of filters, with the captured text as what goes into the first."""
    captured = _filter(None, _CAPTURED)
    innermost = chain
    while innermost is not None and isinstance(innermost.node, nodes.Filter):
        innermost = innermost.node
    if chain is None or innermost is None:
        return captured
    innermost.node = captured
    return chain


def _filter(node: nodes.Expr | None, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno if node is not None else 1)


def _asks(printed: nodes.Expr) -> bool:
    """Whether a printed expression says what to do when there is nothing: an inline if, `or ""`, `default("")`."""
    return any(_answers(node) for node in (printed, *printed.find_all((nodes.Expr,))))


def _answers(node: nodes.Node) -> bool:
    match node:
        case nodes.CondExpr():
            return node.expr2 is None or _is_empty_text(node.expr1) or _is_empty_text(node.expr2)
        case nodes.Or():
            return _is_empty_text(node.right)
        case nodes.And():
            return True
        case nodes.Filter(name="default" | "d"):
            return not node.args or _is_empty_text(node.args[0])
        case _:
            return False


def _is_empty_text(node: nodes.Expr) -> bool:
    return isinstance(node, nodes.Const) and node.value == ""
