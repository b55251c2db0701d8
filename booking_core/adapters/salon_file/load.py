"""Read a salon file: a salon, or everything that is wrong with the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking_core.adapters.salon_file.build import build
from booking_core.adapters.salon_file.draft import Draft, Findings, draft
from booking_core.adapters.salon_file.rules import (
    KEY,
    check_branch,
    check_company,
    check_resources,
    check_staff,
)
from booking_core.adapters.salon_file.service_rules import check_services
from booking_core.adapters.salon_file.tree import Tree, Unreadable, parse
from booking_core.domain.errors import SalonFileInvalid

if TYPE_CHECKING:
    from collections.abc import Callable

    from booking_core.domain.catalogue import Salon


@dataclass(frozen=True, slots=True, kw_only=True)
class SalonFile:
    """What a file says."""

    salon: Salon
    warnings: tuple[str, ...]
    """What may be meant, but deserves a look."""


def same_word(one: str, two: str) -> bool:
    """Whether two names are the same; whoever knows how names sound passes something better."""
    return one.casefold() == two.casefold()


def load(text: str, *, name: str, sounds_alike: Callable[[str, str], bool] = same_word) -> Salon:
    """The salon of this file; SalonFileInvalid lists all its errors, each with its place."""
    return read(text, name=name, sounds_alike=sounds_alike).salon


def read(
    text: str, *, name: str, sounds_alike: Callable[[str, str], bool] = same_word
) -> SalonFile:
    """As `load`, with what should be looked at. The name, `friseur1`, becomes the salon's key."""
    if not KEY.fullmatch(name):
        raise SalonFileInvalid((f"{name!r} is not a name for a salon: small letters and digits",))
    try:
        tree = parse(text)
    except Unreadable as error:
        raise SalonFileInvalid((str(error),)) from error
    findings = Findings(tree)
    parts = draft(tree, findings)
    _check(parts, tree, findings, sounds_alike)
    if findings.errors:
        raise SalonFileInvalid(findings.errors)
    return SalonFile(salon=build(parts, name), warnings=findings.warnings)


def _check(
    parts: Draft, tree: Tree, findings: Findings, sounds_alike: Callable[[str, str], bool]
) -> None:
    if parts.company:
        check_company(parts.company, findings)
    if parts.branch:
        check_branch(parts.branch, findings)
    check_resources(parts, findings)
    check_staff(parts, findings, sounds_alike)
    check_services(parts, tree, findings, sounds_alike)
