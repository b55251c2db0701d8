from __future__ import annotations

import dataclasses
from dataclasses import FrozenInstanceError, dataclass
from typing import Any

import pytest

from voice_agent.dialogue import replacing
from voice_agent.dialogue.state import CallState, Draft, start

replace: Any = replacing.replace


@dataclass(frozen=True, slots=True)
class Slotted:
    first: int = 1
    second: int = 2


@dataclass(frozen=True)
class Careful:
    positive: int

    def __post_init__(self) -> None:
        if self.positive <= 0:
            raise ValueError


def test_a_changed_state_is_what_the_standard_library_makes_of_it_and_the_old_one_stays() -> None:
    state = start(call_id="c", caller_number="+4930555001")
    draft = Draft(name="Jansen", version=3)

    changed = replace(state, draft=draft, turn=4)

    assert type(changed) is CallState
    assert changed == dataclasses.replace(state, draft=draft, turn=4)
    assert hash(changed) == hash(dataclasses.replace(state, draft=draft, turn=4))
    assert (state.turn, state.draft) == (0, Draft())


def test_a_copy_is_as_frozen_as_what_it_was_made_of() -> None:
    copied = replace(start(call_id="c"), turn=1)

    with pytest.raises(FrozenInstanceError):
        copied.turn = 2


def test_what_has_slots_or_is_checked_at_birth_is_made_anew() -> None:
    assert replace(Slotted(), second=3) == Slotted(1, 3)
    with pytest.raises(ValueError):  # noqa: PT011 - ours has no message
        replace(Careful(1), positive=0)


def test_a_field_that_does_not_exist_is_refused() -> None:
    with pytest.raises(TypeError):
        replace(start(call_id="c"), turns=1)
