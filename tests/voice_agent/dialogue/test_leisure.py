from __future__ import annotations

from dataclasses import dataclass

from voice_agent.dialogue.leisure import Leisure


@dataclass
class Hand:
    """Of a clock that is turned by hand."""

    at: float = 0.0

    def __call__(self) -> float:
        return self.at


def _think(leisure: Leisure, effort: Hand, seconds: float) -> None:
    with leisure.spent():
        effort.at += seconds


def test_thoughts_that_took_all_there_was_leave_no_time_for_more() -> None:
    clock, effort = Hand(), Hand()
    leisure = Leisure(share=0.25, most_s=1.0, clock=clock, effort=effort)

    _think(leisure, effort, 0.5)
    left_after_some = leisure.is_left
    _think(leisure, effort, 0.75)

    assert left_after_some
    assert not leisure.is_left


def test_time_comes_back_at_its_share_and_never_beyond_the_limit() -> None:
    clock, effort = Hand(), Hand()
    leisure = Leisure(share=0.25, most_s=1.0, clock=clock, effort=effort)

    _think(leisure, effort, 1.5)
    clock.at = 2.0
    after_two_seconds = leisure.is_left
    clock.at = 2.5
    after_more = leisure.is_left
    clock.at = 1000.0
    after_a_night = leisure.is_left
    _think(leisure, effort, 1.0)

    assert (after_two_seconds, after_more, after_a_night) == (False, True, True)
    assert not leisure.is_left
