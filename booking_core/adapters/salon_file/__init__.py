"""The salon file: everything one branch consists of, as YAML a salon owner can read and edit.

`load` and `dump` are inverse: a file in canonical form comes back byte by byte. Ids follow from
the keys in the file, so that the same file gives the same salon on every machine.
"""

from booking_core.adapters.salon_file.build import branch_id, company_id
from booking_core.adapters.salon_file.dump import dump
from booking_core.adapters.salon_file.load import SalonFile, load, read

__all__ = ["SalonFile", "branch_id", "company_id", "dump", "load", "read"]
