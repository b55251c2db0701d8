"""Settings of the core, from the environment."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from booking_core.config import CoreSettings
from booking_core.domain.mail import Delivery


def test_a_mail_is_rather_sent_twice_than_lost_unless_the_salon_chooses_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("MAIL_DELIVERY", raising=False)
    assert CoreSettings().mail_delivery is Delivery.AT_LEAST_ONCE

    monkeypatch.setenv("MAIL_DELIVERY", "at_most_once")
    assert CoreSettings().mail_delivery is Delivery.AT_MOST_ONCE


def test_a_delivery_that_nobody_can_promise_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_DELIVERY", "exactly_once")

    with pytest.raises(ValidationError, match="at_least_once"):
        CoreSettings()
