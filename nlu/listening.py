"""Everything one sentence says: times, services, persons, names, consent, intent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nlu.beside_talk import beside_talk
from nlu.choice import choice
from nlu.conditions import condition
from nlu.consent import yes_or_no
from nlu.ears import Ears, prepare
from nlu.facts import Facts
from nlu.intents import intents
from nlu.mailbox import email_address
from nlu.meaning import (
    Grain,
    Role,
    ServiceMention,
    StaffMention,
    StaffWish,
    TimeExpression,
    Understanding,
    YesNo,
)
from nlu.options import contradicts, on_the_table, settle_readings
from nlu.own_name import own_name
from nlu.phone import phone_number
from nlu.putting_off import consulted, without_consequences, without_own_calls
from nlu.services import said_again
from nlu.sole_hours import is_sole_hour
from nlu.times import expressions
from nlu.tokens import MAX_CHARACTERS, fold, tokens
from nlu.vocabulary import Expecting

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nlu.meaning import Choice, Party, PersonName
    from nlu.phrases import Hit
    from nlu.tokens import Token
    from nlu.vocabulary import Context, Vocabulary

Span = tuple[int, int]
Mention = ServiceMention | StaffMention | TimeExpression
_WHEN = frozenset({Expecting.TIME, Expecting.DATETIME, Expecting.CHOICE})
_NOT_WHEN = frozenset({Expecting.STAFF, Expecting.SERVICE, Expecting.NAME, Expecting.CONFIRM})
_TIME_CORRECTED = _WHEN | {Expecting.CONFIRM, Expecting.NAME}
_COUNTED = {("day_of_month",), ("bare_hour",)}
"""Rules of numbers that may count options: "the second one", "die zwei"."""
_SMALL = frozenset({"wait", "small_matter"})
_MOST_NOUN_WORDS = 3


def understand(text: str, vocabulary: Vocabulary, context: Context) -> Understanding:
    """The meaning of one caller turn, seen from the moment it is said in."""
    text = text[:MAX_CHARACTERS]
    ears = prepare(vocabulary, context.language)
    return _Sentence(text, ears, context).understood()


class _Sentence:
    """One sentence on its way to being understood."""

    def __init__(self, text: str, ears: Ears, context: Context) -> None:
        self.text = text
        self.ears = ears
        self.context = context
        self.words = ears.digraphs.read(tokens(text))
        self.own_name = own_name(text, self.words, ears.talk, ears.common, context)
        found = ears.talk.acts.find(self.words)
        self.hits = [hit for hit in found if not (self._is_article(hit) or self._tells_why(hit))]
        self.hits = without_own_calls(self.hits)
        self.asks_first = consulted(self.words, self.hits, ears.talk)
        if self.asks_first:
            self.hits = without_consequences(self.hits, self.asks_first)

    def understood(self) -> Understanding:
        """Everything the sentence says."""
        heard = self._values()
        return replace(heard, intents=intents(self._facts(heard)))

    def _is_article(self, hit: Hit) -> bool:
        """Ne Tönung: the "eine" of everyday, not the "nee"."""
        short = self.words[hit.first].folded in self.ears.talk.words["short_articles"]
        if not short or hit.last - hit.first > 1 or hit.last >= len(self.words):
            return False
        noun, before = self.words[hit.last], self.words[hit.first - 1].folded if hit.first else ""
        if before in self.ears.talk.words.get("before_short_article", ()) and noun.raw.isalnum():
            return True
        return noun.raw[0].isupper() and noun.folded not in self.ears.talk.known

    def _tells_why(self, hit: Hit) -> bool:
        """Ich rufe noch mal an wegen ...: a reason to call, and no farewell."""
        behind = self.words[hit.last].folded if hit.last < len(self.words) else ""
        return hit.label in {"stop", "again"} and behind in self.ears.talk.words["calling_about"]

    def _values(self) -> Understanding:
        """What is named: times, services, persons, numbers, options; and yes or no."""
        email = self._email()
        phone = None if email else self._phone()
        taken = self._spans(email, phone)
        party = self._party()
        taken += [guest.span for guest in party.guests if guest.name] if party else []
        services, dropped = self._services([*taken, *self._no_children()], party)
        taken += [mention.span for mention in dropped]
        times = self._times([*taken, *(m.span for m in services)])
        staff = self._staff(services, taken)
        if not dropped:
            services = services or self._unknown_service(times, staff, taken)
        self._forget_acts_inside(services)
        mentions: list[Mention] = [*services, *staff, *times]
        said = [m.span for m in mentions if m.span]
        name, name_span = self.own_name.find(
            [*taken, *said, *said_again(self.words, services)], self.hits
        )
        times = [e for e in times if e.span is None or _is_free(e.span, name_span)]
        times, picked = self._settled(times, staff)
        content = bool(services or staff or name or dropped or self._wishes(times))
        unless = condition(self.words, self.hits, self.ears.talk)
        return Understanding(
            text=self.text,
            language=self.context.language,
            services=tuple(services),
            dropped=tuple(dropped),
            staff=tuple(staff),
            times=tuple(times),
            name=name,
            phone=phone[0] if phone else None,
            email=email[0] if email else None,
            yes_no=None
            if unless
            else self._yes_or_no(
                [*services, *staff, *times],
                [*self._spans(email, phone), *self._name_spans(name)],
                content=content,
                contradicts=lambda: contradicts(times, staff, self.context),
            ),
            choice=picked,
            condition=unless,
            party=party,
            not_yet=self.asks_first is not None,
        )

    def _party(self) -> Party | None:
        """Who comes; "sie heißt Emma" may be said of somebody who works there."""
        party = self.ears.party.find(self.words)
        spoken_of = [guest.span for guest in party.guests if not guest.audience] if party else []
        if not spoken_of:
            return party
        team = [mention.span for mention in self._staff([], []) if mention.accepted]
        return party if all(_is_free(span, team) for span in spoken_of) else None

    def _services(
        self, taken: Sequence[Span], party: Party | None
    ) -> tuple[list[ServiceMention], list[ServiceMention]]:
        """What is wished for, and what is to be left out."""
        several = party is not None and party.people > 1
        named, dropped = self.ears.services.find(self.words, several_people=several)
        if self.context.expecting is Expecting.NAME:  # Hartmann sounds like "Haare tönen"
            keys = self.ears.services.keys
            named = [m for m in named if m.accepted or " " in m.text or fold(m.text) in keys]
        if self.context.expecting is Expecting.CONFIRM:
            named = [m for m in named if not self._is_only_a_child(m)]
        return (
            [mention for mention in named if _is_free(mention.span, taken)],
            [mention for mention in dropped if _is_free(mention.span, taken)],
        )

    def _is_only_a_child(self, mention: ServiceMention) -> bool:
        """Der Kleine macht Theater: told in between, not wished for; but "für die Kleine"."""
        before = [word.folded for word in self.words if word.end <= mention.span[0]][-2:]
        told = self.ears.talk.words["for_somebody"].isdisjoint(before)
        return told and not mention.accepted and fold(mention.text) in self.ears.services.audience

    def _no_children(self) -> list[Span]:
        """Kleinen Moment, kleine Frage: small, and nobody who is served."""
        return [self._span(hit) for hit in self.hits if hit.label in _SMALL]

    def _settled(
        self, times: list[TimeExpression], staff: Sequence[StaffMention]
    ) -> tuple[list[TimeExpression], Choice | None]:
        """The option that is picked, and the times as the options make them."""
        options = self.context.options or on_the_table(self.context)
        numbers = self.ears.lexicon.numbers
        picked = choice(self.words, times, staff, options, self.ears.talk, numbers)
        times = settle_readings(beside_talk(times, self.context), options)
        if self._says("late"):  # "ich komme später" asks for no other time
            times = [_of_own_visit(e) for e in times if e.grain is not Grain.SHIFT or e.shift_s]
        if picked:  # "the second one" is no second of the month
            times = [e for e in times if e.rules not in _COUNTED]
        return times, picked

    def _yes_or_no(
        self,
        mentions: Sequence[Mention],
        others: Sequence[Span],
        *,
        content: bool,
        contradicts: Callable[[], bool],
    ) -> YesNo | None:
        found = yes_or_no(
            self.words,
            self.hits,
            self.context.expecting,
            self.ears.talk,
            content=content,
            named=[*others, *(m.span for m in mentions if m.span)],
            contradicts=contradicts,
        )
        shifts = any(isinstance(m, TimeExpression) and m.grain is Grain.SHIFT for m in mentions)
        return None if shifts and found is YesNo.YES else found  # "später wäre super"

    def _name_spans(self, name: PersonName | None) -> list[Span]:
        """The name, and the words it is introduced with."""
        start = self.text.find(name.text) if name else -1
        if name is None or start < 0:
            return []
        around = [hit for hit in self.ears.talk.names.find(self.words) if hit.label != "refusals"]
        return [(start, start + len(name.text)), *(self._span(hit) for hit in around)]

    def _span(self, hit: Hit) -> Span:
        return self.words[hit.first].start, self.words[hit.last - 1].end

    def _facts(self, heard: Understanding) -> Facts:
        """What the intent is judged by."""
        fillers = self.ears.talk.fillers
        return Facts(
            words=self.words,
            language=self.ears.talk,
            labels=frozenset(hit.label for hit in self.hits),
            expecting=self.context.expecting,
            times=heard.times,
            services=heard.services,
            dropped=bool(heard.dropped),
            staff=heard.staff,
            has_name=heard.name is not None,
            has_contact=bool(heard.phone or heard.email),
            yes_no=heard.yes_no,
            choice=heard.choice,
            offered=bool(self.context.options),
            only_fillers=all(w.folded in fillers or not w.folded[0].isalnum() for w in self.words),
            begins_asking=self._begins_asking(),
            not_yet=heard.not_yet,
            learned=self.context.learned,
            own=frozenset(word.folded for word in self.words),
        )

    def _begins_asking(self) -> bool:
        first = next((i for i, w in enumerate(self.words) if not self._is_opening(w)), 0)
        asking = [hit for hit in self.hits if hit.label == "ask_frame" and hit.first == first]
        return any(hit.last - hit.first > 1 for hit in asking)

    def _is_opening(self, word: Token) -> bool:
        return word.folded in self.ears.talk.words["hesitation"]

    def _unknown_service(
        self, times: Sequence[TimeExpression], staff: Sequence[StaffMention], taken: Sequence[Span]
    ) -> list[ServiceMention]:
        """A noun that answers "Was darf gemacht werden?" and that this salon does not know."""
        if self.context.expecting is not Expecting.SERVICE or times or staff or taken or self.hits:
            return []
        fillers = self.ears.talk.fillers
        content = [w for w in self.words if w.folded[0].isalpha() and w.folded not in fillers]
        if not 0 < len(content) <= _MOST_NOUN_WORDS or not content[-1].raw[0].isupper():
            return []
        noun = content[-1]
        return self.ears.services.for_whom(self.words) or [
            ServiceMention(candidates=(), span=(noun.start, noun.end), text=noun.raw)
        ]

    def _forget_acts_inside(self, services: Sequence[ServiceMention]) -> None:
        """Words that are part of a service's name do nothing else: "Dauer Welle" asks no length."""
        spans = [mention.span for mention in services]
        self.hits = [
            hit
            for hit in self.hits
            if not _inside((self.words[hit.first].start, self.words[hit.last - 1].end), spans)
        ]

    @staticmethod
    def _spans(*found: tuple[str, Span] | None) -> list[Span]:
        return [one[1] for one in found if one]

    @staticmethod
    def _wishes(times: Sequence[TimeExpression]) -> list[TimeExpression]:
        return [e for e in times if e.grain is not Grain.ANY]

    def _email(self) -> tuple[str, Span] | None:
        found = email_address(self.text, self.ears.lexicon.numbers, self.context.language)
        return found and (found[0], (found[1], found[2]))

    def _phone(self) -> tuple[str, Span] | None:
        asked = self.context.expecting is Expecting.PHONE
        numbers, language = self.ears.lexicon.numbers, self.context.language
        found = phone_number(self.words, numbers, asked=asked, language=language)
        if found is None:
            return None
        number, first, last = found
        return number, (self.words[first].start, self.words[last - 1].end)

    def _times(self, taken: Sequence[Span]) -> list[TimeExpression]:
        bare, sole = self.context.expecting in _WHEN, self._is_sole_hour()
        now, language = self.context.now, self.context.language
        found = expressions(self.text, now, language, bare_hours=bare, sole_hour=sole)
        found = [e for e in found if e.span is None or not _inside(e.span, taken)]
        if self.context.expecting in _NOT_WHEN:  # "egal" is about what was asked
            found = [e for e in found if e.grain is not Grain.ANY]
        if again := self._says("again"):  # "dann melde ich mich nächste Woche"
            begins = self.words[again.first].start
            found = [e for e in found if e.span is None or e.span[1] <= begins]
        if self.context.expecting is Expecting.CONFIRM:  # "ja, jetzt stimmt es"
            mere = self.ears.talk.words["mere_now"]
            found = [e for e in found if fold(e.text) not in mere]
        return found

    def _is_sole_hour(self) -> bool:
        asked = self.context.expecting in _TIME_CORRECTED or bool(self._says("refused_hour"))
        return is_sole_hour(self.words, self.ears, asked=asked)

    def _staff(
        self, services: Sequence[ServiceMention], taken: Sequence[Span]
    ) -> list[StaffMention]:
        introduced = self.own_name.introduced_spans()
        calls = [self._span(hit) for hit in self.hits if hit.label == "ping"]
        spans = [*taken, *(m.span for m in services), *introduced]
        asked = self.context.expecting is Expecting.STAFF
        found = self.ears.staff.find(self.words, spans, asked=asked)
        found = [mention for mention in found if not _inside(mention.span, calls)]
        if asked and not found and (hit := self._says("indifferent")):
            first, last = self.words[hit.first], self.words[hit.last - 1]
            words = self.text[first.start : last.end]
            return [StaffMention(wish=StaffWish.ANY, span=(first.start, last.end), text=words)]
        if self.context.expecting is Expecting.NAME:  # a name alone answers the question
            return [m for m in found if m.wish is not StaffWish.NAMED or self._has_cue(m)]
        return found

    def _says(self, label: str) -> Hit | None:
        return next((hit for hit in self.hits if hit.label == label), None)

    def _has_cue(self, mention: StaffMention) -> bool:
        """Whether "bei", "zu" or the like stands before it."""
        before = [w.folded for w in self.words if w.end <= mention.span[0]][-2:]
        return not self.ears.talk.words["staff_cues"].isdisjoint(before)


def _of_own_visit(said: TimeExpression) -> TimeExpression:
    """Ich komme nicht pünktlich um zehn: the time of the appointment there is."""
    return replace(said, role=Role.EXISTING) if said.start else said


def _is_free(span: Span, taken: Sequence[Span]) -> bool:
    return not any(span[0] < b and a < span[1] for a, b in taken)


def _inside(span: Span, taken: Sequence[Span]) -> bool:
    return any(a <= span[0] and span[1] <= b for a, b in taken)
