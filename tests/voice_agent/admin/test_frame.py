"""What all pages share: texts, files of others, errors, and the operator's key."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text as sql
from yarl import URL

from voice_agent.admin import vendoring
from voice_agent.admin.assets import FOLDER, address_of
from voice_agent.admin.rendering import environment, texts
from voice_agent.config import Settings
from voice_agent.keys import signer, signing_secrets

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

TEMPLATES = Path(vendoring.__file__).parent / "templates"
KEY = re.compile(r"""\bt\(\s*["']([a-z0-9_]+)["']\s*[,)]""")


def names(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_both_languages_say_the_same_things_with_the_same_values() -> None:
    german, english = texts("de").sentences, texts("en").sentences

    assert german.keys() == english.keys()
    assert [key for key in german if names(german[key]) != names(english[key])] == []


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_sentence_that_a_template_asks_for_exists(language: str) -> None:
    wanted = {
        key
        for template in TEMPLATES.rglob("*.html")
        for key in KEY.findall(template.read_text(encoding="utf-8"))
    }

    assert wanted
    assert wanted - texts(language).sentences.keys() == set()


def test_every_template_compiles_and_has_no_script_of_its_own() -> None:
    for template in TEMPLATES.rglob("*.html"):
        environment().get_template(template.relative_to(TEMPLATES).as_posix())
        text = template.read_text(encoding="utf-8")
        assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", text), template
        assert not re.search(r"\son[a-z]+=", text), template


def test_files_of_others_are_as_they_were_fetched() -> None:
    assert vendoring.altered() == []
    assert {one.licence for one in vendoring.listed()} <= {"MIT", "0BSD"}


def test_the_pictures_in_the_readme_are_there_and_small() -> None:
    root = Path(__file__).resolve().parents[3]
    named = re.findall(r"\((docs/pages/[^)]+)\)", (root / "README.md").read_text(encoding="utf-8"))

    assert len(named) >= 8
    assert sorted(named) == sorted(
        f"docs/pages/{one.name}" for one in (root / "docs/pages").iterdir()
    )
    assert all((root / one).stat().st_size < 150_000 for one in named)


def test_an_altered_file_would_be_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "htmx.js").write_text("alert(1)")
    monkeypatch.setattr(vendoring, "FOLDER", tmp_path)

    assert "htmx.js" in vendoring.altered()


async def test_files_are_served_for_ever_under_their_own_address(stranger: Any) -> None:
    async with stranger.http.get(stranger.url + address_of("vendor/pico.css")) as answer:
        assert answer.status == 200
        assert "immutable" in answer.headers["Cache-Control"]
        assert await answer.read() == (FOLDER / "vendor/pico.css").read_bytes()


@pytest.mark.parametrize(
    "path", ["x/..%2fguard.py", "x/%2e%2e%2fguard.py", "x/none.js", "x/vendor"]
)
async def test_nothing_outside_the_folder_is_served(stranger: Any, path: str) -> None:
    address = URL(f"{stranger.url}/admin/static/{path}", encoded=True)
    async with stranger.http.get(address, allow_redirects=False) as answer:
        assert answer.status == 404


async def test_an_address_that_does_not_exist_leads_back(owner: Any) -> None:
    status, text = await owner.get("/admin/nowhere")

    assert status == 404
    assert "/admin/day" in text


async def test_what_breaks_is_told_with_a_reference_and_a_way_back(
    owner: Any, engine: AsyncEngine
) -> None:
    async with engine.begin() as connection:
        await connection.execute(sql("ALTER TABLE waiting_list_entry RENAME TO lost"))
    try:
        status, page = await owner.get("/admin/waiting")
        part, fragment = await owner.get("/admin/waiting", headers={"HX-Request": "true"})
    finally:
        async with engine.begin() as connection:
            await connection.execute(sql("ALTER TABLE lost RENAME TO waiting_list_entry"))
    well, _ = await owner.get("/admin/waiting")

    assert (status, part, well) == (500, 500, 200)
    assert re.search(r"kaputtgegangen.*Kennzeichen [0-9a-f]{8}", page, re.DOTALL)
    assert 'href="/admin/day"' in page
    assert "<html" not in fragment
    assert "Kennzeichen" in fragment
    assert "waiting_list_entry" not in page + fragment


def test_a_key_is_made_once_and_kept_for_this_user_only(tmp_path: Path) -> None:
    settings = Settings.model_validate({"VOICE_AGENT_HOME": tmp_path})

    first, second = signing_secrets(settings), signing_secrets(settings)

    assert first == second
    assert len(first[0]) >= 32
    assert (tmp_path / "secret-key").stat().st_mode & 0o077 == 0


def test_an_older_secret_still_verifies_and_the_newest_signs() -> None:
    old, new = ("o" * 32,), ("n" * 32, "o" * 32)

    assert signer(new, "link").loads(signer(old, "link").dumps(7)) == 7
    assert signer(("n" * 32,), "link").loads(signer(new, "link").dumps(8)) == 8
    with pytest.raises(Exception, match="does not match"):
        signer(new, "cookie").loads(signer(new, "link").dumps(9))
