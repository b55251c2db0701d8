"""Turns a template and its values into a page, in the language of whoever looks at it.

Sentences are in `texts/<language>/*.yaml`, by key; templates ask for them with `t("key")`. Both
languages have the same keys, and a key that is missing is an error in the first test that renders.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import yaml
from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from voice_agent.admin.assets import address_of

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES: Final = ("de", "en")


class MissingText(KeyError):
    """No sentence of this key in this language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """The sentences of one language."""

    language: str
    sentences: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """The sentence with its values; MissingText when there is none of this key."""
        try:
            sentence = self.sentences[key]
        except KeyError:
            raise MissingText(f"{self.language}: {key}") from None
        return sentence.format(**values) if values else sentence


@cache
def texts(language: str) -> Texts:
    """Of `de` or `en`; German for any other."""
    known = language if language in LANGUAGES else LANGUAGES[0]
    folder = files("voice_agent.admin") / "texts" / known
    sentences: dict[str, str] = {}
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".yaml"):
            continue
        found: dict[str, str] = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        if twice := sentences.keys() & found.keys():
            raise ValueError(f"{file.name} says again what {', '.join(sorted(twice))} says")
        sentences |= found
    return Texts(language=known, sentences=sentences)


@cache
def environment() -> Environment:
    """Everything is escaped; a value that is not given is an error, not an empty place."""
    made = Environment(
        loader=PackageLoader("voice_agent.admin"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["asset"] = address_of
    return made


def rendered(template: str, language: Texts, **values: Any) -> str:  # noqa: ANN401 - what the template wants
    """The template as text."""
    return environment().get_template(template).render(t=language, lang=language.language, **values)


def page(
    template: str,
    language: Texts,
    *,
    status: int = 200,
    **values: Any,  # noqa: ANN401 - what the template wants
) -> web.Response:
    """The template as an answer."""
    text = rendered(template, language, **values)
    return web.Response(text=text, status=status, content_type="text/html")
