"""Pages that stand alone: one file, no script, and nothing is fetched from anywhere."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from outreach.message.legible import legible

# Whatever a letter or a name holds: what a page shows is in it. A frame inherits this.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'none'; form-action 'none'; "
    "base-uri 'none'"
)


def render_page(template: str, *, styles: tuple[str, ...] = (), **values: object) -> str:
    """The page of a template beside this module, with the common style sheet and `styles` in it.

    Values are escaped; the filter `legible` makes visible what in them is obeyed and not seen.
    """
    css = Markup("\n".join(_read(name) for name in ("page.css", *styles)))  # noqa: S704 - our own files
    page = _environment().get_template(template).render(css=css, policy=POLICY, **values)
    return page.encode("utf-8", errors="replace").decode("utf-8")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_read),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["legible"] = legible
    return environment


@lru_cache(maxsize=16)
def _read(name: str) -> str:
    return (files("outreach") / "report" / "pages" / name).read_text(encoding="utf-8")
