"""Words in, meaning out. Pure and synchronous: no network, no database, no clock."""

from nlu.ears import prepare
from nlu.listening import understand
from nlu.meaning import (
    Candidate,
    Choice,
    Grain,
    Guest,
    Intent,
    IntentScore,
    Open,
    PartOfDay,
    Party,
    PersonName,
    Role,
    ServiceMention,
    StaffMention,
    StaffWish,
    TimeExpression,
    Understanding,
    YesNo,
)
from nlu.times import parse_times
from nlu.vocabulary import Context, Expecting, Option, ServiceWords, StaffWords, Vocabulary

__all__ = [
    "Candidate",
    "Choice",
    "Context",
    "Expecting",
    "Grain",
    "Guest",
    "Intent",
    "IntentScore",
    "Open",
    "Option",
    "PartOfDay",
    "Party",
    "PersonName",
    "Role",
    "ServiceMention",
    "ServiceWords",
    "StaffMention",
    "StaffWish",
    "StaffWords",
    "TimeExpression",
    "Understanding",
    "Vocabulary",
    "YesNo",
    "parse_times",
    "prepare",
    "understand",
]
