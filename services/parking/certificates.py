"""When certificates end, for Prometheus: of the files that `CERTIFICATES` names."""

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

from cryptography.x509 import load_pem_x509_certificates
from prometheus_client.core import Metric

from services.runtime.looking import gauge

log = logging.getLogger(__name__)
SECONDS = 300


def families(files: Iterable[Path]) -> Iterable[Metric]:
    """Give the family of metrics; a file that can't be read is logged and left out."""
    ends = [((file.name,), end) for file in files for end in _end(file)]
    text = "When the certificate ends, or the first of those in one file"
    yield gauge("fuyuan_certificate_end_timestamp_seconds", text, ends, ["certificate"])


def _end(file: Path) -> Iterator[float]:
    try:
        found = load_pem_x509_certificates(file.read_bytes())
    except (OSError, ValueError) as error:
        log.warning("certificate %s can't be read: %s", file, error)
    else:
        yield min(item.not_valid_after_utc.timestamp() for item in found)
