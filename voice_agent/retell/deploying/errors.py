"""What keeps an agent from being deployed.

DeployRefused
├── ChangedAtRetell   somebody else changed what is ours
├── NumberUnknown     the number is not at Retell
└── RetellRefused     Retell answered with an error, or not at all
"""

from __future__ import annotations


class DeployRefused(ValueError):
    """This cannot be deployed as it is."""


class ChangedAtRetell(DeployRefused):
    """Something of ours was changed at Retell since the last deploy."""

    def __init__(self, strange: tuple[str, ...]) -> None:
        listed = "\n  ".join(strange)
        super().__init__(
            f"changed at Retell since the last deploy:\n  {listed}\n"
            "look at it with `voice-agent retell diff`; --force replaces it"
        )
        self.strange = strange


class NumberUnknown(DeployRefused):
    """Retell does not have this number."""

    def __init__(self, number: str) -> None:
        super().__init__(
            f"Retell does not have {number}: import it with --import-number "
            "--termination-uri SIP_TRUNK_HOST (German numbers cannot be bought there)"
        )


class RetellRefused(DeployRefused):
    """Retell did not do it."""
