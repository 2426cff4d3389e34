"""The rules of the code that can be read off it: who imports whom, what is never called, how long a file is.

Layers: scripts → search → index → third parties; the command line also starts the benchmarks. What a server
loads needs no package of the build extra.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parent.parent
LAYERS: Final = {
    "index": {"index"},
    "search": {"search", "index"},
    "scripts": {"scripts", "search", "index", "benchmarks"},
}
OURS: Final = {"index", "search", "scripts", "benchmarks", "tests"}
SERVING: Final = (
    "search.app",
    "scripts.cli",
    "scripts.serve_api",
    "scripts.search_query",
    "index.encoders.onnx",
)
COMES_WITH: Final = {"pydantic-core": "pydantic"}
TORCH: Final = {"torch", "transformers", "sentence_transformers"}
MAY_NAME_TORCH: Final = {"index.encoders.sentence_transformer", "index.encoders.export"}
UNPICKLERS: Final = {"pickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
FORBIDDEN_CALLS: Final = {
    "eval",
    "exec",
    "compile",
    "os.system",
    "os.popen",
    "yaml.load",
    "yaml.unsafe_load",
    "torch.load",
}
LONGEST: Final = 400


@dataclass(frozen=True, kw_only=True)
class Import:
    """module: as written, "index.entry". at_load: it runs when the file is loaded, not in a function."""

    module: str
    at_load: bool
    line: int


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES: Final = {name_of(path): path for layer in LAYERS for path in sorted((ROOT / layer).rglob("*.py"))}


@cache
def tree_of(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text("utf-8"))


def dotted(node: ast.expr) -> str:
    """ "yaml.load" for that attribute, "eval" for that name, else what is known of its end."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def imports_of(module: str) -> list[Import]:
    """Every import statement, and every module named to a function that imports."""
    return list(_imports(tree_of(module), at_load=True))


def _imports(node: ast.AST, *, at_load: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(module=alias.name, at_load=at_load, line=child.lineno)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, f"line {child.lineno}: imports are absolute here"
            for alias in child.names:
                whole = f"{child.module}.{alias.name}"
                yield Import(
                    module=whole if whole in MODULES else str(child.module),
                    at_load=at_load,
                    line=child.lineno,
                )
        elif isinstance(child, ast.Call) and dotted(child.func).rpartition(".")[2] in {
            "require",
            "import_module",
            "__import__",
        }:
            named = child.args[0]
            if isinstance(named, ast.Constant):
                yield Import(module=str(named.value), at_load=at_load, line=child.lineno)
        deeper = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for_types = isinstance(child, ast.If) and dotted(child.test).endswith("TYPE_CHECKING")
        yield from _imports(child, at_load=at_load and not deeper and not for_types)


def top(module: str) -> str:
    return module.partition(".")[0]


@cache
def declared(*extras: str) -> frozenset[str]:
    """The names of the packages that pyproject.toml asks for, with these extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = [
        *project["dependencies"],
        *(line for e in extras for line in project["optional-dependencies"][e]),
    ]
    return frozenset(normal(re.split(r"[^\w.-]", line)[0]) for line in lines)


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


DISTRIBUTIONS: Final = packages_distributions()


def is_third_party(module: str) -> bool:
    return top(module) not in OURS and top(module) not in sys.stdlib_module_names


def distributions(module: str) -> set[str]:
    names = {normal(name) for name in DISTRIBUTIONS.get(top(module), ())}
    return {COMES_WITH.get(name, name) for name in names}


def reachable(roots: tuple[str, ...]) -> set[str]:
    """Our modules that are loaded when these are, packages of submodules included."""
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        module = waiting.pop()
        if module in found or module not in MODULES:
            continue
        found.add(module)
        waiting += [found_import.module for found_import in imports_of(module) if found_import.at_load]
        waiting += [module.rpartition(".")[0]]
    return found


@pytest.mark.parametrize("module", MODULES)
def test_a_layer_imports_only_itself_and_what_is_below(module: str) -> None:
    allowed = LAYERS[top(module)]
    wrong = [i for i in imports_of(module) if top(i.module) in OURS and top(i.module) not in allowed]
    assert wrong == []


@pytest.mark.parametrize("module", MODULES)
def test_what_is_imported_is_declared(module: str) -> None:
    packages = declared("postgres", "admin") if top(module) == "search" else declared("build", "dev")
    wrong = [
        i for i in imports_of(module) if is_third_party(i.module) and not distributions(i.module) & packages
    ]
    assert wrong == []


def test_what_a_server_loads_needs_no_extra() -> None:
    loaded = reachable(SERVING)
    assert {"search.engine", "search.routes.search", "index.snapshot", "index.store"} <= loaded
    wrong = [
        (module, i)
        for module in sorted(loaded)
        for i in imports_of(module)
        if i.at_load and is_third_party(i.module) and not distributions(i.module) & declared()
    ]
    assert wrong == []
    assert not {
        i.module
        for module in loaded
        for i in imports_of(module)
        if i.at_load and top(i.module) == "benchmarks"
    }


@pytest.mark.parametrize("module", sorted(set(MODULES) - MAY_NAME_TORCH))
def test_only_the_offline_encoder_names_torch(module: str) -> None:
    assert [i for i in imports_of(module) if top(i.module) in TORCH] == []
    if top(module) != "scripts":  # a command may say what it needs before it starts
        strings = {node.value for node in ast.walk(tree_of(module)) if isinstance(node, ast.Constant)}
        assert not strings & TORCH


def test_the_modules_that_may_name_torch_are_there() -> None:
    assert set(MODULES) >= MAY_NAME_TORCH
    assert {top(i.module) for module in MAY_NAME_TORCH for i in imports_of(module)} >= TORCH


@pytest.mark.parametrize("module", MODULES)
def test_nothing_is_unpickled_or_evaluated(module: str) -> None:
    assert [i for i in imports_of(module) if top(i.module) in UNPICKLERS] == []
    for node in ast.walk(tree_of(module)):
        if not isinstance(node, ast.Call):
            continue
        assert dotted(node.func) not in FORBIDDEN_CALLS, f"line {node.lineno}"
        for keyword in node.keywords:
            if keyword.arg in {"allow_pickle", "shell"}:
                assert isinstance(keyword.value, ast.Constant), f"line {node.lineno}"
                assert keyword.value.value is False, f"line {node.lineno}"


@pytest.mark.parametrize("template", sorted((ROOT / "search").rglob("*.html")), ids=lambda path: path.name)
def test_no_page_takes_text_for_markup(template: Path) -> None:
    assert not re.search(r"\|\s*safe\b|autoescape|\bMarkup\b", template.read_text("utf-8"))


@pytest.mark.parametrize("folder", ["index", "search", "scripts", "tests", "benchmarks"])
def test_no_file_is_too_long_to_read(folder: str) -> None:
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in (ROOT / folder).rglob("*.py")}
    assert {str(path): length for path, length in lengths.items() if length > LONGEST} == {}
