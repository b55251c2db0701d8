from __future__ import annotations

import pytest

from booking_core.adapters.cipher import Cipher, SecretUnreadable

OLD = "an old secret of more than thirty characters"
NEW = "a new secret of more than thirty characters as well"


def cipher(setting: str, purpose: str = "keys") -> Cipher:
    return Cipher.of(setting, purpose=purpose)


def test_what_is_sealed_is_unreadable_and_never_twice_the_same() -> None:
    one, other = (cipher(NEW).seal("cal_live_1", owner="a") for _ in range(2))

    assert "cal_live_1" not in one
    assert one != other
    assert cipher(NEW).unseal(one, owner="a") == "cal_live_1"


def test_what_is_copied_to_somebody_else_stays_closed() -> None:
    sealed = cipher(NEW).seal("cal_live_1", owner="a")

    with pytest.raises(SecretUnreadable):
        cipher(NEW).unseal(sealed, owner="b")


@pytest.mark.parametrize("other", [cipher(OLD), cipher(NEW, "something else")])
def test_another_secret_or_purpose_does_not_open_it(other: Cipher) -> None:
    sealed = cipher(NEW).seal("cal_live_1", owner="a")

    with pytest.raises(SecretUnreadable):
        other.unseal(sealed, owner="a")


def test_secrets_are_changed_without_losing_anything() -> None:
    sealed = cipher(OLD).seal("cal_live_1", owner="a")
    both = cipher(f"{NEW}, {OLD}")

    resealed = both.resealed(sealed)

    assert both.unseal(sealed, owner="a") == "cal_live_1"
    assert cipher(NEW).unseal(resealed, owner="a") == "cal_live_1"


@pytest.mark.parametrize("setting", ["", " , ", "short", f"{NEW},short"])
def test_a_secret_that_could_be_guessed_is_refused_without_being_told(setting: str) -> None:
    with pytest.raises(ValueError, match="SECRET_KEY") as refused:
        cipher(setting)

    assert "short" not in str(refused.value)
