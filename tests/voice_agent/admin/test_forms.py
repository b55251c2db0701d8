"""Every form of the pages: what is wrong is told beside its field, and nothing typed is lost.

Forms are read from the page, filled in and sent as a browser does it. The addresses come from the
route table: a new form fails here until it is known what can be wrong with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, Final

import pytest

from voice_agent.admin.accounts import Accounts, Role
from voice_agent.admin.passwords import hashed
from voice_agent.admin.site import ROUTES

if TYPE_CHECKING:
    from collections.abc import Mapping

DAY: Final = "2026-11-26"
PHRASE: Final = "a long enough phrase"
UNTOLD: Final = frozenset({"csrf", "key", "base"})
SECRET: Final = frozenset({"password", "old", "new", "calcom_key"})
"""Never written into a page."""
NOTHING_TO_FILL_IN: Final = frozenset(
    {
        "/callbacks/{number}",
        "/services/preview",
        "/services/{id}/active",
        "/services/{id}/drift",
        "/services/{id}/merge",
        "/services/{id}/repair",
        "/settings/access/tokens/{token}/revoke",
        "/settings/privacy/person/erase",
        "/settings/privacy/person/export",
        "/settings/users/{user}",
        "/settings/users/{user}/link",
        "/sign-in/link",
        "/sign-out",
        "/staff/{id}/absences/drop",
        "/switch",
        "/try/mode",
        "/try/reset",
        "/visits/{id}/cancel",
        "/visits/{id}/mail",
        "/visits/{id}/mark",
        "/visits/{id}/undo",
        "/waiting/{number}",
    }
)
"""Buttons and choices, and fields in which everything is right."""


@dataclass(frozen=True)
class Mistake:
    """Something that somebody fills in wrongly."""

    page: str
    form: str
    """Address it is sent to, as in the route table."""
    typed: Mapping[str, str]
    wrong: str
    """The field beside which it is told."""


MISTAKES: Final = [
    Mistake(f"/book?date={DAY}", "/book", {"service": "", "name": "Ina"}, "service"),
    Mistake(f"/book?date={DAY}", "/book", {"service": "first", "name": " "}, "name"),
    Mistake(f"/book?date={DAY}", "/book", {"name": "Ina", "phone": "12"}, "phone"),
    Mistake(f"/book?date={DAY}", "/book", {"name": "Ina", "email": "ina"}, "email"),
    Mistake(f"/book?date={DAY}", "/book", {"name": "Ina", "time": "10:03"}, "time"),
    Mistake("/visits/{id}", "/visits/{id}/move", {"date": "", "time": "10:00"}, "date"),
    Mistake("/visits/{id}", "/visits/{id}/move", {"time": "10:03"}, "time"),
    Mistake("/visits/{id}", "/visits/{id}/note", {"text": "Hund", "late": "500"}, "late"),
    Mistake("/visits/{id}", "/visits/{id}/note", {"text": "", "late": ""}, "text"),
    Mistake("/services/new", "/services/new", {"name": "", "price": "12,00"}, "name"),
    Mistake("/services/{id}", "/services/{id}", {"price": "teuer", "category": "Neu"}, "price"),
    Mistake("/staff/new", "/staff/new", {"first_name": "", "last_name": "Vogt"}, "first_name"),
    Mistake("/staff/{id}", "/staff/{id}", {"h1.b0.to": "7", "last_name": "Vogt"}, "h1.b0.to"),
    Mistake(
        "/staff/{id}",
        "/staff/{id}/absences",
        {"away_from": "", "away_reason": "Kur"},
        "away_from",
    ),
    Mistake("/staff/places", "/staff/places", {"kind": "room", "name": ""}, "name"),
    Mistake("/staff/places", "/staff/places/{unit}", {"name": ""}, "name"),
    Mistake("/settings", "/settings", {"step_minutes": "7", "name": "Neu"}, "step_minutes"),
    Mistake("/settings/hours", "/settings/hours", {"day_2": "9-13, 12-18"}, "day_2"),
    Mistake("/settings/privacy", "/settings/privacy", {"call_days": "0"}, "call_days"),
    Mistake("/settings/users", "/settings/users", {"name": "Ina", "email": "ina"}, "email"),
    Mistake(
        "/settings/users",
        "/settings/users/password",
        {"old": PHRASE, "new": "short"},
        "new",
    ),
    Mistake("/settings/access", "/settings/access/tokens", {"token_name": ""}, "token_name"),
    Mistake(
        "/settings/access",
        "/settings/access/calcom",
        {"calcom_url": "nowhere", "calcom_key": "cal_1"},
        "calcom_url",
    ),
    Mistake(
        "/settings/sentences/de/greeting",
        "/settings/sentences/{language}/{key}",
        {"phrasing": "{{ nobody"},
        "phrasing",
    ),
    Mistake("/sign-in", "/sign-in", {"email": "ina@example.com", "password": "x"}, "password"),
]


@dataclass
class Read:
    """A page as far as its forms go."""

    forms: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """Fields of each, by the address it is sent to; the last of several to one address."""
    attributes: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    """By id."""


class Reader(HTMLParser):
    """Reads forms as a browser would send them."""

    def __init__(self) -> None:
        super().__init__()
        self.read = Read()
        self.form = ""
        self.select = ""
        self.area = ""
        self.within: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.read.texts.setdefault(given["id"], "")
            self.within = [given["id"]]
        if tag == "form":
            post = given.get("method") == "post"
            self.form = given.get("action", "").partition("?")[0] if post else ""
            self.read.forms[self.form] = []
        elif tag == "option" and self.select and ("selected" in given or self._is_first()):
            self._put(self.select, given.get("value", ""))
        name = given.get("name", "")
        if tag in {"input", "select", "textarea"} and name:
            self.read.attributes[self.form, name] = given
        if tag == "select":
            self.select = name
        elif tag == "textarea":
            self.area = name
            self._put(name, "")
        elif tag == "input" and name:
            ticks = given.get("type") in {"checkbox", "radio"}
            if not ticks or "checked" in given:
                self._put(name, given.get("value", "on" if ticks else ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = ""
        elif tag == "select":
            self.select = ""
        elif tag == "textarea":
            self.area = ""

    def handle_data(self, data: str) -> None:
        if self.area:
            self._put(self.area, data.removeprefix("\n"))
        for one in self.within:
            self.read.texts[one] += data.strip()

    def _put(self, name: str, value: str) -> None:
        fields = self.read.forms.setdefault(self.form, [])
        if name in {self.select, self.area}:
            fields[:] = [one for one in fields if one[0] != name]
        fields.append((name, value))

    def _is_first(self) -> bool:
        return self.select not in dict(self.read.forms.get(self.form, []))


def read(page: str) -> Read:
    reader = Reader()
    reader.feed(page)
    return reader.read


def told(fields: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, text) for name, text in fields if name not in UNTOLD | SECRET]


@pytest.fixture
async def owner(house: Any, stranger: Any, engine: Any) -> Any:
    """Somebody who owns the salon, and has a password of their own."""
    await Accounts(engine).add(
        company_id=house.salon.company.id,
        email="ada@example.com",
        name="Ada",
        role=Role.OWNER,
        password_hash=await hashed(PHRASE),
    )
    await stranger.sign_in("ada@example.com", PHRASE)
    return stranger


@pytest.fixture
async def ids(owner: Any, house: Any) -> dict[str, str]:
    salon = house.salon
    form = {"date": DAY, "time": "14:00", "name": "Ina", "staff": ""}
    service = salon.service_numbered(42).id
    async with owner.http.post(
        f"{owner.url}/admin/book", data=form | {"service": service, "csrf": await owner.csrf()}
    ) as answer:
        visit = answer.url.name
    return {
        "/visits/{id}": f"/visits/{visit}",
        "/services/{id}": f"/services/{service}",
        "/staff/{id}": f"/staff/{salon.staff[0].id}",
        "/staff/places/{unit}": f"/staff/places/{salon.resources[0].id}",
        "/settings/sentences/{language}/{key}": "/settings/sentences/de/greeting",
    }


def filled(path: str, ids: dict[str, str]) -> str:
    for folder, real in ids.items():
        path = path.replace(folder, real)
    return f"/admin{path}"


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda one: f"{one.form} {one.wrong}")
async def test_a_mistake_is_told_beside_its_field_and_nothing_typed_is_lost(
    owner: Any, ids: dict[str, str], house: Any, mistake: Mistake
) -> None:
    address = filled(mistake.form, ids)
    _, page = await owner.get(filled(mistake.page, ids))
    first = str(house.salon.service_numbered(42).id)
    typed = {name: first if text == "first" else text for name, text in mistake.typed.items()}
    sent = [(name, typed.get(name, text)) for name, text in read(page).forms[address]]

    status, answer = await owner.post(address, sent)

    after = read(answer)
    shown = after.attributes[address, mistake.wrong]
    assert status == 422
    assert shown["aria-invalid"] == "true"
    assert after.texts[shown["aria-describedby"].split()[0]]
    kept, again = told(sent), told(after.forms[address])
    assert [one for one in again if one in kept] == kept


def test_every_form_is_tried_or_has_nothing_to_fill_in() -> None:
    sent = {route.path for route in ROUTES if route.method == "POST"}
    tried = {one.form.replace("{unit}", "{id}") for one in MISTAKES}

    assert sent == tried | NOTHING_TO_FILL_IN
    assert tried & NOTHING_TO_FILL_IN == set()
