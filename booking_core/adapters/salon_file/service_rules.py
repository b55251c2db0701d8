"""What a service may be: segments, pauses, prices, words, and people who can do it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from booking_core.adapters.salon_file.rules import check_code, unique
from booking_core.domain.catalogue import GRID_MINUTES, LeadChange, PausePolicy, Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from booking_core.adapters.salon_file.draft import Draft, Findings, Placed, PlacedService
    from booking_core.adapters.salon_file.models import PausePart, SegmentPart, SynonymsPart
    from booking_core.adapters.salon_file.tree import Path, Tree, Value

SEGMENT_KEYS = "ABCDEFGHIJ"
SEGMENT_MAX = 480
PAUSE_MAX = 240
TOTAL_USUAL_MAX = 480  # a working day
CENT = Decimal("0.01")


def check_services(
    draft: Draft, tree: Tree, findings: Findings, sounds_alike: Callable[[str, str], bool]
) -> None:
    """All services, each for itself and beside the others."""
    people = Abilities(draft, tree)
    for service in draft.services:
        _itself(service, findings)
        _segments(service, findings)
        _pauses(service, findings)
        if service.part.active:
            _feasible(service, people, findings)
    _apart(draft, findings, sounds_alike)
    _words(draft, findings)


class Abilities:
    """Who can do what and what there is, also of people whose entries have faults elsewhere.

    Otherwise one misspelt level would be reported as a dozen services nobody can do.
    """

    def __init__(self, draft: Draft, tree: Tree) -> None:
        readable = {person.path for person in draft.staff}
        self.people = [
            frozenset(person.part.skills) for person in draft.staff if person.part.active
        ]
        self.people += [
            frozenset(_texts(person, "skills"))
            for index, person in enumerate(_section(tree, "staff"))
            if ("staff", index) not in readable
        ]
        self.skills = frozenset().union(*self.people)
        self.kinds = {kind for unit in _section(tree, "resources") for kind in _texts(unit, "kind")}
        self.may_share = (
            draft.branch is not None and draft.branch.lead_change is LeadChange.IF_NO_OTHER
        )
        """Whether several people may lead one visit."""
        self.extra = [person for person in draft.staff if person.part.extra_minutes]


def _itself(service: PlacedService, findings: Findings) -> None:
    path, part = service.path, service.part
    check_code((*path, "code"), part.code, findings)
    if part.number < 1:
        findings.error((*path, "number"), f"is a positive number, not {part.number}")
    if part.price < 0 or part.price != part.price.quantize(CENT):
        findings.error((*path, "price"), f"is an amount in euros and cents, not {part.price}")
    free_from = part.pause_free_from_minutes
    if part.pause_policy is PausePolicy.FLEXIBLE and free_from is None:
        findings.error((*path, "pause_free_from_minutes"), "is missing: the policy is flexible")
    if free_from is not None and not 0 <= free_from <= PAUSE_MAX:
        findings.error(
            (*path, "pause_free_from_minutes"), f"is between 0 and {PAUSE_MAX}, not {free_from}"
        )


def _segments(service: PlacedService, findings: Findings) -> None:
    path: Path = (*service.path, "segments")
    if len(service.segments) > len(SEGMENT_KEYS):
        findings.error(path, f"a service has at most {len(SEGMENT_KEYS)} segments")
    for index, segment in enumerate(service.segments[: len(SEGMENT_KEYS)]):
        if segment and segment.part.key != SEGMENT_KEYS[index]:
            findings.error((*segment.path, "key"), f"the next key is {SEGMENT_KEYS[index]}")
        if segment:
            _length((*segment.path, "minutes"), segment.part.minutes, SEGMENT_MAX, findings)
    names = (((*s.path, "name"), s.part.name) for s in service.segments if s)
    unique(names, "another segment is called", findings)
    whole = service.whole
    if whole is None or service.part.total_minutes is None:
        return
    total = total_minutes(whole)
    if service.part.total_minutes != total:
        findings.error(
            (*service.path, "total_minutes"),
            f"the segments and pauses make {total} minutes, not {service.part.total_minutes}",
        )


def _pauses(service: PlacedService, findings: Findings) -> None:
    for segment in service.segments:
        if segment and segment.part.pause_after:
            _pause(segment, segment.part.pause_after, service.part.pause_policy, findings)
    last = service.segments[-1] if service.segments else None
    if last and last.part.pause_after:
        findings.error((*last.path, "pause_after"), "nothing follows the last segment")
    whole = service.whole
    if whole:
        _policy(service, whole, findings)
        _strange(service, whole, findings)


def _pause(
    segment: Placed[SegmentPart],
    pause: PausePart,
    policy: PausePolicy | None,
    findings: Findings,
) -> None:
    path: Path = (*segment.path, "pause_after")
    _length((*path, "min"), pause.min, PAUSE_MAX, findings)
    _length((*path, "max"), pause.max, PAUSE_MAX, findings)
    if pause.max < pause.min:
        findings.error((*path, "max"), f"is not less than min, {pause.min}, but {pause.max}")
    if pause.bookable is not None and policy is not PausePolicy.FLEXIBLE:
        findings.error((*path, "bookable"), "is only for the pause_policy flexible")


def _policy(service: PlacedService, segments: tuple[SegmentPart, ...], findings: Findings) -> None:
    path = (*service.path, "pause_policy")
    has_pauses = any(segment.pause_after for segment in segments)
    if has_pauses and service.part.pause_policy is None:
        findings.error(path, "is missing: free, blocked, flexible or never")
    if not has_pauses and service.part.pause_policy is not None:
        findings.error(path, "there is no pause it could be about")


def _strange(service: PlacedService, segments: tuple[SegmentPart, ...], findings: Findings) -> None:
    total, work = total_minutes(segments), sum(segment.minutes for segment in segments)
    path = (*service.path, "segments")
    if total > TOTAL_USUAL_MAX:
        findings.warning(path, f"takes {total} minutes, more than a working day")
    if total - work > work:
        findings.warning(path, f"{total - work} minutes of pauses for {work} minutes of work")


def _feasible(service: PlacedService, people: Abilities, findings: Findings) -> None:
    for segment in filter(None, service.segments):
        skill = segment.part.skill
        if skill not in people.skills:
            findings.error((*segment.path, "skill"), f"nobody has the skill {skill}")
        for index, kind in enumerate(segment.part.resources):
            if kind not in people.kinds:
                findings.error((*segment.path, "resources", index), f"there is no {kind}")
        for person in people.extra:
            minutes = segment.part.minutes + person.part.extra_minutes.get(skill, 0)
            counts = segment.part.minutes >= person.part.extra_from_minutes.get(skill, 0)
            if counts and minutes < GRID_MINUTES:
                findings.error(
                    (*person.path, "extra_minutes", skill),
                    f"nothing would be left of {service.part.name}, {segment.part.name}",
                )
    if people.may_share:
        return
    lead = {s.part.skill for s in service.segments if s and s.part.role is Role.LEAD}
    if lead <= people.skills and not any(lead <= skills for skills in people.people):
        findings.error(
            (*service.path, "segments"), f"nobody can do all of it: {', '.join(sorted(lead))}"
        )


def _apart(draft: Draft, findings: Findings, sounds_alike: Callable[[str, str], bool]) -> None:
    active = [service for service in draft.services if service.part.active]
    numbers = (((*s.path, "number"), s.part.number) for s in draft.services)
    unique(numbers, "another service has the number", findings)
    for name in ("code", "name"):
        values = (((*s.path, name), getattr(s.part, name)) for s in active)
        unique(values, f"another service has the {name}", findings)
    spoken = (((*s.path, "spoken_name"), s.part.spoken_name.casefold()) for s in active)
    unique(spoken, "another service is spoken as", findings)
    for index, service in enumerate(active):
        for other in active[:index]:
            one, two = service.part.spoken_name, other.part.spoken_name
            if one.casefold() != two.casefold() and sounds_alike(one, two):
                findings.warning((*service.path, "spoken_name"), f"sounds like {two}")


def _words(draft: Draft, findings: Findings) -> None:
    """A word that decides for one service decides for no other; weak ones may be shared."""
    active = [service for service in draft.services if service.part.active]
    owner = {_folded(service.part.name): service for service in active}
    owner |= {_folded(service.part.spoken_name): service for service in active}
    for service in active:
        own = set()
        for path, phrase, weak in _phrases(service.path, service.part.synonyms):
            word = _folded(phrase)
            if word in own:
                findings.error(path, f"{phrase} stands here twice")
            elif not weak and owner.setdefault(word, service) is not service:
                findings.error(path, f"{phrase} means {owner[word].part.name} already")
            own.add(word)


def _phrases(path: Path, synonyms: SynonymsPart) -> Iterator[tuple[Path, str, bool]]:
    for kind in ("sure", "weak", "heard"):
        for index, phrase in enumerate(getattr(synonyms, kind)):
            yield (*path, "synonyms", kind, index), phrase, kind == "weak"


def total_minutes(segments: tuple[SegmentPart, ...]) -> int:
    """The customer's stay with every pause at its shortest."""
    pauses = (segment.pause_after.min for segment in segments if segment.pause_after)
    return sum(segment.minutes for segment in segments) + sum(pauses)


def _length(path: Path, minutes: int, most: int, findings: Findings) -> None:
    if minutes % GRID_MINUTES or not GRID_MINUTES <= minutes <= most:
        findings.error(
            path,
            f"is a multiple of {GRID_MINUTES} between {GRID_MINUTES} and {most}, not {minutes}",
        )


def _folded(phrase: str) -> str:
    return " ".join(phrase.casefold().split())


def _section(tree: Tree, name: str) -> list[Value]:
    section = tree.root.get(name) if isinstance(tree.root, dict) else None
    return section if isinstance(section, list) else []


def _texts(item: Value, name: str) -> list[str]:
    found = item.get(name) if isinstance(item, dict) else None
    values = found if isinstance(found, list) else [found]
    return [value for value in values if isinstance(value, str)]
