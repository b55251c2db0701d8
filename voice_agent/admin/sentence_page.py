"""The agent's sentences in the salon's own words: heard before they are said, in versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from aiohttp import web
from jinja2 import TemplateError
from sqlalchemy import insert, select, update

from booking_core.adapters.postgres.privacy_tables import own_sentence
from booking_core.adapters.postgres.salon_tables import branch
from prompts import keys, languages, problems
from prompts.errors import PromptError, UnknownSentence
from prompts.own import complaints, places, render_own, standard
from voice_agent.admin.audit import Change, write_down
from voice_agent.admin.guard import owners_only
from voice_agent.admin.office import office_of, visitor_of
from voice_agent.admin.sentence_samples import can_be_heard, samples
from voice_agent.admin.settings_frame import (
    BASE,
    UNPROCESSABLE,
    saved,
    settings_page,
    texts_of,
)
from voice_agent.dialogue.script import Notice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from voice_agent.admin.office import Office, Visitor

ADDRESS: Final = f"{BASE}/sentences"
ENGINES: Final = frozenset(notice.value for notice in Notice) | {"verbatim"}
"""Said by the engine, whose words are the same for every salon."""
MOST_VERSIONS: Final = 20


@owners_only
async def listing(request: web.Request) -> web.StreamResponse:
    """Every sentence that can be worded anew, the salon's own marked."""
    language = _language(request)
    own = {one.key: one.phrasing for one in _own(visitor_of(request), language)}
    rows = [
        (key, own.get(key) or standard(key, language)[0], key in own) for key in _keys(language)
    ]
    return settings_page(request, "sentences", rows=rows, spoken_in=language, languages=languages())


@owners_only
async def form(request: web.Request) -> web.StreamResponse:
    """One sentence: as everybody has it, as the salon has it, and its versions."""
    key, language = _wanted(request)
    own = {one.key: one.phrasing for one in _own(visitor_of(request), language)}
    return await _page(request, own.get(key, standard(key, language)[0]))


@owners_only
async def save(request: web.Request) -> web.StreamResponse:
    """Say it like this from now on, hear it first, or go back to what everybody has."""
    office, visitor = office_of(request), visitor_of(request)
    key, language = _wanted(request)
    given = await texts_of(request)
    text = " ".join(given.get("phrasing", "").split())
    if "standard" in given:
        await _store(office, visitor, (language, key, None))
        return saved(ADDRESS)
    _, wrong = _heard(office, visitor, key, text, language)
    if wrong or "hear" in given:
        return await _page(request, text, wrong)
    await _store(office, visitor, (language, key, text))
    return saved(ADDRESS)


async def _page(request: web.Request, text: str, wrong: Sequence[str] = ()) -> web.Response:
    office, visitor = office_of(request), visitor_of(request)
    key, language = _wanted(request)
    preview, _ = _heard(office, visitor, key, text, language)
    zone = ZoneInfo(visitor.salon.branch.timezone)
    async with office.engine.connect() as connection:
        versions = [
            (row.written_at.astimezone(zone), row.author, row.phrasing)
            for row in await connection.execute(_versions(visitor, key, language))
        ]
    return settings_page(
        request,
        "sentence",
        status=UNPROCESSABLE if wrong else 200,
        given={"phrasing": text},
        wrong=_told(wrong),
        key=key,
        spoken_in=language,
        standard=standard(key, language),
        places=["{{ " + place + " }}" for place in places(key, language)],
        preview=preview,
        spoken={"de": "de-DE", "en": "en-GB"}[language],
        versions=versions,
    )


def _told(wrong: Sequence[str]) -> Mapping[str, str]:
    return {"phrasing": f"wrong_sentence_{wrong[0]}"} if wrong else {}


def _heard(
    office: Office, visitor: Visitor, key: str, text: str, language: str
) -> tuple[str, Sequence[str]]:
    """The sentence with sample values, and what is wrong with it, by name."""
    if wrong := complaints(key, text, language):
        return "", wrong
    values = samples(visitor.salon, visitor.now(office))
    try:
        words = render_own(key, text, values, language=language)
    except (PromptError, TemplateError):
        return "", ("unknown_place",)
    return words, ("unspeakable",) if problems(words) else ()


async def _store(office: Office, visitor: Visitor, wanted: tuple[str, str, str | None]) -> None:
    """A version more; the salon is another one with it, so that calls hear of it."""
    language, key, text = wanted
    branch_id = visitor.salon.branch.id
    before = next((one.phrasing for one in _own(visitor, language) if one.key == key), None)
    change = Change(
        action="sentence.changed", subject=key, before={language: before}, after={language: text}
    )
    async with office.engine.begin() as connection:
        await _replace(connection, visitor, wanted)
        await connection.execute(
            update(branch).where(branch.c.id == branch_id).values(version=branch.c.version + 1)
        )
        await write_down(connection, visitor, change)


async def _replace(
    connection: AsyncConnection, visitor: Visitor, wanted: tuple[str, str, str | None]
) -> None:
    language, key, text = wanted
    columns, branch_id = own_sentence.c, visitor.salon.branch.id
    # Whoever changes the branch has its row first: two savers take turns.
    await connection.execute(select(branch.c.id).where(branch.c.id == branch_id).with_for_update())
    mine = (columns.branch_id == branch_id, columns.language == language, columns.key == key)
    await connection.execute(update(own_sentence).where(*mine).values(current=False))
    await connection.execute(
        insert(own_sentence).values(
            branch_id=branch_id,
            language=language,
            key=key,
            phrasing=text,
            author=visitor.user.name,
            current=True,
        )
    )


def _versions(visitor: Visitor, key: str, language: str):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a SELECT
    columns = own_sentence.c
    return (
        select(columns.written_at, columns.author, columns.phrasing)
        .where(
            columns.branch_id == visitor.salon.branch.id,
            columns.language == language,
            columns.key == key,
        )
        .order_by(columns.id.desc())
        .limit(MOST_VERSIONS)
    )


def _own(visitor: Visitor, language: str):  # type: ignore[no-untyped-def]  # noqa: ANN202 - OwnSentences
    return [one for one in visitor.salon.branch.sentences if one.language == language]


def _language(request: web.Request) -> str:
    found = request.query.get("language", visitor_of(request).salon.branch.language)
    if found not in languages():
        raise web.HTTPNotFound
    return found


def _wanted(request: web.Request) -> tuple[str, str]:
    key, language = request.match_info["key"], request.match_info["language"]
    if language not in languages() or key not in _keys(language):
        raise web.HTTPNotFound
    return key, language


def _keys(language: str) -> list[str]:
    """The greeting first: it is what salons want to say in their own words."""
    found = [key for key in keys(language) if key not in ENGINES and _fits(key, language)]
    return sorted(found, key=lambda key: (key != "greeting", key))


def _fits(key: str, language: str) -> bool:
    """Sentences with conditions in them are left as they are: a form cannot show those."""
    try:
        plain = not any("{%" in text for text in standard(key, language))
    except UnknownSentence:
        return False
    return plain and can_be_heard(key, language)


ROUTES: Sequence[web.RouteDef] = (
    web.get("/settings/sentences", listing),
    web.get("/settings/sentences/{language}/{key}", form),
    web.post("/settings/sentences/{language}/{key}", save),
)
