"""A compiled template: the names a letter sees go in, marked text and the printed values come out."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Any

from jinja2 import Template, TemplateSyntaxError, meta, nodes

from outreach.errors import ContentError, Problem
from outreach.letter.complaints import failing_line, render_problem, source_error, syntax_problem
from outreach.letter.context import RenderContext
from outreach.letter.environment import LetterEnvironment
from outreach.letter.folding import NOTHING_FOLDED, Folded, Folding, fold_stretches
from outreach.letter.source import Passage
from outreach.letter.tags import settle_line_ends
from outreach.letter.values import Row

_LANGUAGES = 64  # a letter is compiled anew for each; those beyond do with less
_OTHER_FILES = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)


class PassageTemplate:
    """A passage of a letter, ready to be rendered. ContentError (E20) where it does not parse."""

    def __init__(
        self, environment: LetterEnvironment, passage: Passage, *, common: AbstractSet[str] = frozenset()
    ) -> None:
        """`common` are names that mean the same for every contact."""
        self._environment = environment
        self._passage = passage
        source = settle_line_ends(passage.text)
        try:
            tree = environment.parse(source, filename=passage.path)
            self._refuse_other_files(tree)
            self.names = meta.find_undeclared_variables(tree)  # those that must come from outside
            environment.prepare(tree)
            code = environment.compile(tree, filename=passage.path)
        except TemplateSyntaxError as error:
            raise syntax_problem(error, passage.where(error.lineno), environment.filters) from None
        except (RecursionError, SyntaxError):  # of Jinja, and of Python where it compiles what Jinja wrote
            message = "this is nested too deeply, or goes on for too long, to be read as a template"
            raise source_error(
                passage.where(), message, "Put less into one {{ }}, and fewer {% %} into another."
            ) from None
        except ValueError:
            message = "this holds a number that is too long to be read"
            raise source_error(passage.where(), message, "Correct it, or put it in quotes.") from None
        self._template = Template.from_code(environment, code, {})
        self._fold(source, common)
        self._printed_on = lru_cache(maxsize=256)(self._find_printed)  # a list may lack the same thing in every row
        # Most subjects are the same for everyone.
        self._constant = None if any(opening in source for opening in ("{{", "{%", "{#")) else source

    @property
    def is_constant(self) -> bool:
        """Whether it is the same for everyone."""
        return self._constant is not None

    def render(self, names: Mapping[str, Any], language: str) -> tuple[str, list[str]]:
        """The text with a mark for each value, and the values. ContentError (E08, E09, E20, E25) names the line."""
        pieces, printed = self._render(names, language, [])
        return "".join(pieces), printed

    def render_folded(self, names: Mapping[str, Any], language: str) -> tuple[tuple[str, ...], list[str], Folded]:
        """The same in pieces, and what of it, the first of its values, is the same for everyone in this language.

        Pieces that are the same for many contacts are mostly the same objects, so that they are quick to look up.
        """
        folded = self._folded(names, language) if self._folding else NOTHING_FOLDED
        if folded.rest is not None:
            try:
                context = self._context(names, language, [*folded.values])
                return tuple(folded.rest.root_render_func(context)), context.printed, folded
            except Exception:  # noqa: S110 - the whole letter tells what it is, at its line
                pass
        return *self._render(names, language, []), NOTHING_FOLDED

    def where(self, index: int, names: Mapping[str, Any], language: str) -> str:
        """The place in the file that prints the value with this index."""
        lines = _Lines(self._passage.path)
        self._render(names, language, lines)
        return self._passage.where(self._template.get_corresponding_lineno(lines.lines[index]))

    def place_of(self, stretch: str) -> str:
        """The place in the file where this literal text stands; its beginning where that can't be told."""
        offset = self._passage.text.find(stretch)
        return self._passage.where(self._passage.text.count("\n", 0, max(offset, 0)) + 1)

    def _render(self, names: Mapping[str, Any], language: str, printed: list[str]) -> tuple[tuple[str, ...], list[str]]:
        if self._constant is not None:
            return (self._constant,), printed
        context = self._context(names, language, printed)
        try:
            return tuple(self._template.root_render_func(context)), printed
        except ContentError:
            raise
        except Exception as error:
            # Whatever an expression raises is a mistake in the letter or the row, and told as one.
            raise ContentError(self._problem(error, names)) from error

    def _context(self, names: Mapping[str, Any], language: str, printed: list[str]) -> RenderContext:
        known = {**self._environment.globals, **names}
        context = RenderContext(self._environment, known, None, self._template.blocks)
        context.printed = printed
        context.language = language
        return context

    def _fold(self, source: str, common: AbstractSet[str]) -> None:
        """Take out what is the same for everyone."""
        self._folding: Folding | None = None
        self._common = common
        self._folded_in: dict[str, Folded] = {}  # by language
        if self.names.isdisjoint(common):
            return
        tree = self._environment.parse(source, filename=self._passage.path)
        self._environment.prepare(tree)
        folding = fold_stretches(self._environment, tree, common)
        if folding.stretches:
            self._folding = folding
            self._stretches = [self._compiled(stretch) for stretch in folding.stretches]

    def _compiled(self, tree: nodes.Template) -> Template:
        code = self._environment.compile(tree, filename=self._passage.path)
        return Template.from_code(self._environment, code, {})

    def _folded(self, names: Mapping[str, Any], language: str) -> Folded:
        """The stretches in this language; nothing where one can't be rendered, so that the mistake is told as ever."""
        folded = self._folded_in.get(language)
        if folded is None:
            if self._folding is None or len(self._folded_in) == _LANGUAGES:
                return NOTHING_FOLDED
            context = self._context({name: names[name] for name in self._common}, language, [])
            try:
                marked = ["".join(stretch.root_render_func(context)) for stretch in self._stretches]
                folded = Folded(self._compiled(self._folding.close(marked)), tuple(context.printed))
            except Exception:
                folded = NOTHING_FOLDED
            self._folded_in[language] = folded
        return folded

    def _problem(self, error: Exception, names: Mapping[str, Any]) -> Problem:
        line = failing_line(self._template, self._passage.path, error.__traceback__)
        return render_problem(
            error,
            self._passage.where(line),
            expression=self._emptiest(line, names),
            known=_all_names(names),
        )

    def _emptiest(self, line: int, names: Mapping[str, Any]) -> str:
        """What the line prints: the first expression that is an empty name, else the first."""
        printed = self._printed_on(line)
        empty = (text for text in printed if names.get(text.partition("|")[0].strip(), "…") == "")
        return next(empty, printed[0] if printed else "")

    def _find_printed(self, line: int) -> list[str]:
        """The expressions printed on a line, as the letter writes them."""
        expressions: list[str] = []
        inside = False
        for number, kind, text in self._environment.lex(self._passage.text):
            if kind == "variable_begin":
                inside = number == line
                expressions += [""] * inside
            elif kind == "variable_end":
                inside = False
            elif inside:
                expressions[-1] += text
        return [expression.strip() for expression in expressions]

    def _refuse_other_files(self, tree: nodes.Template) -> None:
        for node in tree.find_all(_OTHER_FILES):
            where = self._passage.where(node.lineno)
            raise source_error(where, "a letter can't take in another file", "Write all of it in this one.")


class _Lines(list[str]):
    """Printed values, with the line of compiled code that printed each."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.lines: list[int] = []
        self._path = path

    def append(self, text: str) -> None:
        """Take one in, from wherever in the template it is printed."""
        frame = sys._getframe(1)
        while frame.f_code.co_filename != self._path and frame.f_back is not None:
            frame = frame.f_back
        self.lines.append(frame.f_lineno)
        super().append(text)


def _all_names(names: Mapping[str, Any]) -> set[str]:
    """Every name a letter could mean, with the columns of tables and of the sender."""
    known = set(names)
    for value in names.values():
        for row in value[:1] if isinstance(value, tuple) else (value,):
            if isinstance(row, Row):
                known.update(row.cells)
    return known
