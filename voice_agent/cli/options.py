"""Options that several verbs share, and the panels in which help shows the verbs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

RUN, TRY, SALON, OPERATE = "Run", "Try and replay", "Salon", "Operate"
ANY = "Any server that speaks Retell's protocol"

Port = Annotated[int, typer.Option(help="0 = any free port.", min=0, max=65535)]
Host = Annotated[str, typer.Option(help="Anything but loopback needs the secrets to be set.")]
AddressFile = Annotated[
    Path | None, typer.Option(help="Write the address here once it listens.", dir_okay=False)
]
SalonKey = Annotated[str, typer.Option("--salon", help="Which salon, by the name of its file.")]
Company = Annotated[str, typer.Option(help="Key of the company, as in its salon file.")]
