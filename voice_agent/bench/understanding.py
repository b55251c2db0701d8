"""How long it takes to understand a sentence, and how much is understood: also beside others."""

from __future__ import annotations

from datetime import datetime
from statistics import quantiles
from time import perf_counter
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from booking_core.adapters.salon_file import load
from nlu import Context, parse_times, understand
from nlu.training.noise import NOISES, damaged
from voice_agent.bench.figures import print_percentiles
from voice_agent.bench.own_cases import WEDNESDAY, Case, moments
from voice_agent.bench.peers import Peer, peers
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


def beside_others() -> None:
    """Measure ours and other parsers on the moments of our own cases, in one run."""
    cases = moments()
    if not cases:
        Console().print("The sentences are in tests/nlu/cases of the repository; not found here.")
        return
    table = Table(title=f"one moment in a sentence, {len(cases)} German sentences of our own")
    for heading in ("parser", "right", "wrong", "silent", "p50", "p99"):
        table.add_column(heading, justify="left" if heading == "parser" else "right")
    for peer in peers():
        row = _row(peer, cases) if isinstance(peer, Peer) else (peer, "not installed", *[""] * 4)
        table.add_row(*row)
    Console().print(table)


def _row(peer: Peer, cases: list[Case]) -> tuple[str, ...]:
    right = silent = 0
    spent: list[float] = []
    peer.parse(cases[0].say, WEDNESDAY)  # the first one warms up
    for case in cases:
        began = perf_counter()
        day, at = peer.parse(case.say, WEDNESDAY)
        spent.append((perf_counter() - began) * 1000)
        right += case.is_met_by(day, at)
        silent += day is None and at is None
    cuts = quantiles(spent, n=100, method="inclusive")
    shares = (right, len(cases) - right - silent, silent)
    percent = (f"{100 * share / len(cases):.1f} %" for share in shares)
    return (peer.name, *percent, f"{cuts[49]:.2f} ms", f"{cuts[98]:.2f} ms")


def noise(seed: str = "bench") -> None:
    """Measure what each kind of recognition error costs on our own cases."""
    cases = moments()
    table = Table(title=f"moments understood under noise, {len(cases)} sentences, seed {seed!r}")
    table.add_column("noise")
    table.add_column("right", justify="right")
    table.add_column("lost", justify="right")
    ours = next(peer for peer in peers() if isinstance(peer, Peer))
    clean = _share(ours, cases, [case.say for case in cases])
    table.add_row("none", f"{clean:.1f} %", "")
    for kind in NOISES["de"]:
        share = _share(ours, cases, [damaged(case.say, seed, kind) for case in cases])
        table.add_row(kind.__name__.replace("_", " "), f"{share:.1f} %", f"{clean - share:.1f}")
    Console().print(table)


def _share(peer: Peer, cases: list[Case], said: list[str]) -> float:
    right = sum(
        case.is_met_by(*peer.parse(text, WEDNESDAY)) for case, text in zip(cases, said, strict=True)
    )
    return 100 * right / max(len(cases), 1)
