"""Names with an introduction: mein Name ist Vogt; Vorname Marlene, Nachname Vogt; Vogt hier."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nlu.name_runs import Run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.meaning import PersonName
    from nlu.name_runs import NameRuns
    from nlu.phrases import Hit

_INTRODUCED = 0.97
_CONTRACTED = re.compile(r"['’]s$")
"""Vogt's the name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Introductions:
    """Finds the names of one sentence that are introduced as such."""

    runs: NameRuns

    def find(self, hits: Sequence[Hit], *, asked: bool) -> PersonName | None:
        """The name that is introduced, if one is."""
        return self._in_parts(hits) or self._introduced(hits, asked=asked) or self._closed(hits)

    def _in_parts(self, hits: Sequence[Hit]) -> PersonName | None:
        """Vorname Marlene, Nachname Vogt, in either order."""
        first = self._part(hits, self.runs.language.words["says_first_name"])
        last = self._part(hits, self.runs.language.words["says_last_name"])
        if first and last is None:
            last = self._called_before(hits)
        if first is None or last is None or first.text == last.text:
            return None
        return replace(first, text=f"{first.text} {last.text}")

    def _called_before(self, hits: Sequence[Hit]) -> PersonName | None:
        """Vogt, Vorname Marlene: the last name stands in front."""
        labels = self.runs.language.words["says_first_name"]
        place = min(
            (h.first for h in hits if not labels.isdisjoint(self.runs.said(h))),
            default=len(self.runs.words),
        )
        found = next((f for i in range(place) if (f := self.runs.at(i, introduced=False))), None)
        if found is None or found.last > place:
            return None
        between = self.runs.words[found.last : place]
        is_close = all(not word.folded[0].isalnum() for word in between)
        return self.runs.person(found, _INTRODUCED, introduced=True) if is_close else None

    def _part(self, hits: Sequence[Hit], labels: frozenset[str]) -> PersonName | None:
        """What is said behind "Nachname"."""
        for hit in hits:
            if hit.label != "introductions" or self.runs.said(hit).isdisjoint(labels):
                continue
            found = self.runs.at(self.runs.behind_titles(hit.last), introduced=True)
            if found and self.runs.is_surely_name(found):
                return self.runs.person(found, _INTRODUCED, introduced=True)
        return None

    def _introduced(self, hits: Sequence[Hit], *, asked: bool) -> PersonName | None:
        """Mein Name ist Vogt; ich bin die Marlene; hier spricht Vogt."""
        best: Run | None = None
        for hit in hits:
            if hit.label != "introductions":
                continue
            phrase = " ".join(w.folded for w in self.runs.words[hit.first : hit.last])
            weak = phrase in self.runs.language.words["weak_introductions"]
            found = self.runs.at(self.runs.behind_titles(hit.last), introduced=not weak)
            if found is None:
                continue
            if weak and not (
                self.runs.is_surely_name(found) and self._introduces(hit, found, asked=asked)
            ):
                continue
            best = found
        if best is None:
            return None
        return self.runs.person(self.runs.fuller(best), _INTRODUCED, introduced=True)

    def _introduces(self, hit: Hit, found: Run, *, asked: bool) -> bool:
        """Unter Vogt müsste das stehen; hier Vogt, guten Tag: little words that may do so."""
        said = self.runs.said(hit)
        if said <= self.runs.language.words["noting"]:
            return asked
        if said <= self.runs.language.words["under"]:
            filed = self.runs.language.words["filed_under"]
            return any(word.folded in filed for word in self.runs.words[found.last :])
        if said <= self.runs.language.words["closing_here"]:
            opening = (
                self.runs.language.words["before_called_name"]
                | self.runs.language.words["hesitation"]
            )
            return self.runs.ends(found) and all(
                w.folded in opening for w in self.runs.words[: hit.first]
            )
        return True

    def _closed(self, hits: Sequence[Hit]) -> PersonName | None:
        """Vogt mein Name; Kröger hier."""
        for hit in hits:
            if hit.label != "closings":
                continue
            last = hit.first
            if last and self.runs.words[last - 1].folded == ",":
                last -= 1
            first = self.runs.first_before(last)
            if (
                first < last
                and self._ends_closing(hit)
                and self.runs.is_surely_name(Run(first, last))
            ):
                person = self.runs.person(Run(first, last), _INTRODUCED, introduced=True)
                return replace(person, text=_CONTRACTED.sub("", person.text))
            if first == last and self._ends_closing(hit) and self.runs.opens_small(last - 1):
                return self.runs.person(Run(last - 1, last), _INTRODUCED, introduced=True)
        return None

    def _ends_closing(self, hit: Hit) -> bool:
        """Hier only closes a name at the end of its clause."""
        closing = self.runs.words[hit.first].folded
        if closing not in self.runs.language.words["closing_here"] or hit.last >= len(
            self.runs.words
        ):
            return True
        return (
            not self.runs.words[hit.last].folded[0].isalpha()
            or self.runs.words[hit.last].folded in self.runs.language.words["after_closing"]
        )
