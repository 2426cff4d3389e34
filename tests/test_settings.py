"""Settings: where they come from, what they may be, and what a wrong one says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import ValidationError

from index.encoders.models import DEFAULT_MODEL
from scripts.serve_api import command
from scripts.settings import read_settings
from search.settings import PREFIX, Settings, SettingsError, load_settings


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable and no file of the machine reaches these tests."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.upper().startswith(PREFIX):
            monkeypatch.delenv(name)


def test_the_default_model_is_the_one_that_is_installed() -> None:
    assert Settings.model_fields["model"].default == DEFAULT_MODEL  # any other would be looked for on the hub


def test_the_defaults() -> None:
    settings = load_settings()
    assert (settings.data_dir, settings.snapshot_dir) == (Path("faq_data"), Path("snapshots"))
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8000, 1)
    assert (settings.model, settings.default_collection) == ("all-MiniLM-L6-v2", None)
    assert settings.cors_origins == ()
    assert 1 <= settings.threads <= (os.cpu_count() or 1)


def test_command_line_beats_environment_beats_file_beats_default(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text(
        "FAQ_PORT=1\nFAQ_HOST=file\nFAQ_MODEL=file\nOTHER=ignored\nFAQ_LATER=ignored\n", "utf-8"
    )
    monkeypatch.setenv("FAQ_PORT", "2")
    monkeypatch.setenv("FAQ_HOST", "environment")
    settings = load_settings({"port": "3", "host": None})
    assert (settings.port, settings.host, settings.model, settings.workers) == (3, "environment", "file", 1)


def test_they_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load_settings().port = 1


def test_another_process_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    made = load_settings(
        {"port": 1, "cors_origins": "https://a.example, http://b.example:8080/", "default_collection": "shop"}
    )
    assert made.cors_origins == ("https://a.example", "http://b.example:8080")
    for name, value in made.to_environment().items():
        monkeypatch.setenv(name, value)
    assert load_settings() == made


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("FAQ_PORT", "http", "a whole number from 0 to 65535"),
        ("FAQ_PORT", "65536", "a whole number from 0 to 65535"),
        ("FAQ_PORT", "", "a whole number from 0 to 65535"),
        ("FAQ_PORT", "tcp://10.0.0.1:8000", "a whole number from 0 to 65535"),
        ("FAQ_WORKERS", "0", "a whole number from 1 to 64"),
        ("FAQ_THREADS", "1.5", "a whole number from 1 to 256"),
        ("FAQ_MAX_WAITING", "63", "a whole number from 64 to 100000"),
        ("FAQ_SHUTDOWN_SECONDS", "-1", "a whole number from 1 to 3600"),
        ("FAQ_DEFAULT_COLLECTION", "../etc", "Use 1 to 64 of a-z"),
        ("FAQ_CORS_ORIGINS", "shop.example", "no origin such as https://shop.example"),
        ("FAQ_CORS_ORIGINS", "https://a.example/path", "no origin such as https://shop.example"),
        ("FAQ_CORS_ORIGINS", "https://a.example, https://b.example?q", "'https://b.example?q' is no origin"),
        ("FAQ_MODEL", "", "at least 1 character"),
        ("FAQ_HOST", "", "at least 1 character"),
        ("FAQ_SNAPSHOT_DIR", "", "Name a folder, or leave the setting out"),
        ("FAQ_DATA_DIR", "", "Name a folder, or leave the setting out"),
    ],
)
def test_a_wrong_value_is_one_line_that_says_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, allowed: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    message = str(caught.value)
    assert message.startswith(f"{name} is {value!a}.")
    assert allowed in message
    assert "\n" not in message


def test_a_wrong_option_is_refused_by_its_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signal.signal", lambda *_: None)
    outcome = CliRunner().invoke(command, ["--port", "http"])
    assert isinstance(outcome.exception, SettingsError)


def test_a_file_that_is_no_text_is_named() -> None:
    Path(".env").write_bytes(b"FAQ_HOST=\xff\n")
    with pytest.raises(SettingsError, match=r"\.env is not UTF-8"):
        load_settings()


def test_every_setting_is_described() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_a_name_that_is_nearly_a_setting_is_pointed_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(".env").write_text("FAQ_DEFAULT_COLECTION=shop\nFAQ_PORT=1\n", "utf-8")
    monkeypatch.setenv("FAQ_SNAPSHOTS_DIR", "elsewhere")
    monkeypatch.setenv("FAQ_PORT_8000_TCP", "tcp://10.0.0.1:8000")  # Kubernetes, for a service named faq
    monkeypatch.setenv("FAQ_SERVICE_PORT", "8000")
    monkeypatch.setenv("OTHER_SNAPSHOT_DIR", "elsewhere")
    assert read_settings() == load_settings()
    assert capsys.readouterr().err.splitlines() == [
        "Warning: 'FAQ_DEFAULT_COLECTION' sets nothing; did you mean FAQ_DEFAULT_COLLECTION?",
        "Warning: 'FAQ_SNAPSHOTS_DIR' sets nothing; did you mean FAQ_SNAPSHOT_DIR?",
    ]
