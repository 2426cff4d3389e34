"""What a collection may be called: safe as a folder, in a URL and as a label of a metric."""

from __future__ import annotations

import re
from typing import Final

COLLECTION_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
"""To be matched in full."""
