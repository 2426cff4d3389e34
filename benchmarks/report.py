"""Results with what one has to know to read them: the machine, the revision, the versions, the load."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from benchmarks.figures import Section, table
from benchmarks.processes import ROOT
from index.errors import RunError
from index.extras import require

RESULTS: Final = ROOT / "benchmarks" / "results"
_PACKAGES: Final = (
    "faiss-cpu",
    "fastapi",
    "onnxruntime",
    "sentence-transformers",
    "torch",
    "uvicorn",
)
# Changes elsewhere don't change what is measured.
_MEASURED: Final = ("search", "index", "scripts", "benchmarks", "faq_data", "pyproject.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """revision: short, of git. modified: it had changes that were not committed. load: of the machine over
    the minute before the run, in runnable processes; above 0.5 the figures are noisy.
    """

    revision: str
    modified: bool
    date: str
    cpu: str
    cores: int
    memory_gib: float
    system: str
    python: str
    packages: Mapping[str, str]
    load: float

    def lines(self) -> str:
        """For people."""
        packages = ", ".join(f"{name} {version}" for name, version in self.packages.items())
        state = " with uncommitted changes" if self.modified else ""
        noisy = ", so others were at work: the figures are noisy" if self.load > 0.5 else ""
        return (
            f"Revision {self.revision}{state}, {self.date}.\n"
            f"{self.cpu}, {self.cores} cores, {self.memory_gib:.0f} GiB, {self.system}, "
            f"Python {self.python}, {packages}.\n"
            f"Load of the machine before the run: {self.load:.1f}{noisy}.\n"
        )


def circumstances() -> Circumstances:
    """Those of now. Raises RunError outside of a git checkout."""
    psutil = require("psutil", extra="dev")
    return Circumstances(
        revision=_git("rev-parse", "--short=10", "HEAD"),
        modified=bool(_git("status", "--porcelain", "--", *_MEASURED)),
        date=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        cpu=_cpu(),
        cores=len(os.sched_getaffinity(0)),
        memory_gib=round(psutil.virtual_memory().total / 2**30, 1),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        packages={name: metadata.version(name) for name in _PACKAGES},
        load=round(os.getloadavg()[0], 2),
    )


def render(sections: Mapping[str, Section], around: Circumstances, *, quick: bool = False) -> str:
    """Markdown."""
    warning = "\n**A quick run: it shows that everything works, its figures say little.**\n" if quick else ""
    return f"{around.lines()}{warning}\n{table(sections.values(), judged=not quick)}"


def to_json(sections: Mapping[str, Section], around: Circumstances, *, quick: bool = False) -> str:
    """The same for programs."""
    record: dict[str, Any] = {**asdict(around), "quick": quick}
    record["sections"] = {name: section.to_dict() for name, section in sections.items()}
    return json.dumps(record, indent=1, ensure_ascii=False) + "\n"


def write(sections: Mapping[str, Section], around: Circumstances, folder: Path = RESULTS) -> list[Path]:
    """Store the results of a revision as JSON and Markdown.

    Sections that were stored for the revision before and are not measured now are kept; each section is still
    of one run.
    """
    file = folder / f"{around.revision}.json"
    stored = json.loads(file.read_text(encoding="utf-8"))["sections"] if file.exists() else {}
    kept = {name: Section.from_dict(record) for name, record in stored.items()}
    merged = {**kept, **sections}
    folder.mkdir(parents=True, exist_ok=True)
    page = file.with_suffix(".md")
    file.write_text(to_json(merged, around), encoding="utf-8")
    page.write_text(f"# Benchmark\n\n{render(merged, around)}", encoding="utf-8")
    return [file, page]


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise RunError(
            "Results are kept by revision, so 'faq benchmark' needs git and a checkout of the repository."
        ) from error
    return done.stdout.strip()


def _cpu() -> str:
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text("utf-8"), re.M)
    except OSError:
        found = None
    return found[1].strip() if found else platform.processor() or "unknown processor"
