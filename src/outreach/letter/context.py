"""What one rendering holds: the names a letter sees, its language, and the values printed so far."""

from __future__ import annotations

from typing import Any

from jinja2.runtime import Context


class RenderContext(Context):
    """A rendering under way. Each has its own, so that several may be under way at once."""

    printed: list[str]  # the values in the order of their marks
    language: str  # the tag of the language that dates and lists are written in

    def derived(self, locals: dict[str, Any] | None = None) -> RenderContext:  # noqa: A002 - Jinja's own name for it
        """A context for an inner block, which prints into the same list."""
        context = super().derived(locals)
        assert isinstance(context, RenderContext)  # noqa: S101 - the environment makes no other; this tells the types
        context.printed = self.printed
        context.language = self.language
        return context
