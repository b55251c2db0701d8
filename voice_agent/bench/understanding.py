"""How long it takes to understand a sentence."""

from __future__ import annotations

from datetime import datetime
from time import perf_counter
from zoneinfo import ZoneInfo

from booking_core.adapters.salon_file import load
from nlu import Context, parse_times, understand
from voice_agent.bench.figures import print_percentiles
from voice_agent.dialogue.vocabulary import vocabulary_of
from voice_agent.salons import salon_text

NOW = datetime(2026, 11, 24, 10, tzinfo=ZoneInfo("Europe/Berlin"))
SENTENCES = (
    "Guten Tag, ich hätte gern eine Ansatzfärbung morgen um 14 Uhr bei Emma",
    "am Freitag gegen halb drei, wenn es geht",
    "ja, gern",
    "nee, doch lieber übernächsten Dienstag vormittags",
    "Herrenhaarschnitt so bald wie möglich, egal bei wem",
    "mein Name ist Brinkmann, mit Doppel-N am Ende",
    "zwischen zehn und zwölf oder am Donnerstag ab sechzehn Uhr",
    "was kostet denn das Waschen, Schneiden und Föhnen bei Ihnen?",
    "nicht am Mittwoch, aber am fünfzehnten Dezember ginge es nach Feierabend",
    "äh, also, ich wollte eigentlich nur fragen, ob Sie am Samstag auch offen haben",
)


def run(rounds: int = 200) -> None:
    """Measure, and print percentiles."""
    words = vocabulary_of(load(salon_text("friseur1"), name="friseur1"))
    context = Context(now=NOW)
    rows: dict[str, list[float]] = {"understand": [], "parse_times": []}
    for sentence in SENTENCES * (rounds + 1):
        began = perf_counter()
        understand(sentence, words, context)
        between = perf_counter()
        parse_times(sentence, NOW, "de")
        rows["understand"].append((between - began) * 1000)
        rows["parse_times"].append((perf_counter() - between) * 1000)
    warm = {name: series[len(SENTENCES) :] for name, series in rows.items()}
    print_percentiles(f"understanding {len(SENTENCES)} sentences, {rounds} times each", warm)
