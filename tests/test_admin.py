"""The admin side over HTTP: who may use it, what it answers, and what an attacker gets."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from index.entry import Entry
from search.querylog.store import QueryLog
from search.settings import SettingsError, load_settings
from search.workbench.key import COOKIE, COOKIE_SECONDS, AdminKey, WrongKeys
from tests.logged import logged
from tests.serving import ENTRIES, assert_problem, publish, serving

KEY = "a-key-of-the-admins"
HEADERS = {"authorization": f"Bearer {KEY}"}
OURS = {"origin": "http://testserver", "sec-fetch-site": "same-origin"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
READS = ("overview", "queries", "entries", "snapshots", "exports?table=queries&format=csv")
PAGES = ("", "/gaps", "/entries", "/try", "/lint", "/snapshots")
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    publish(tmp_path / "snapshots")
    url = f"sqlite:///{tmp_path / 'log.sqlite3'}"
    with QueryLog.open(url) as log:
        log.add([logged("=money back", session=s) for s in "abcd"])
        log.add([logged(EVIL, session=s, source=EVIL) for s in "abcd"])
    (tmp_path / "faq" / "shop").mkdir(parents=True)
    with serving(
        tmp_path / "snapshots",
        admin_key=SecretStr(KEY),
        log_url=url,
        data_dir=tmp_path / "faq",
        cors_origins=("*",),
    ) as client:
        yield client


def sign_in(client: TestClient, key: str = KEY, **headers: str) -> Any:
    return client.post(
        "/admin/login",
        content=urlencode({"key": key}),
        headers={**FORM, **OURS, **headers},
        follow_redirects=False,
    )


@pytest.mark.parametrize("path", [*(f"/admin{p}" for p in PAGES), "/admin/login", "/v1/admin/overview"])
def test_without_a_key_there_is_no_admin_side(tmp_path: Path, path: str) -> None:
    with serving(tmp_path) as client:
        body = assert_problem(client.get(path, headers=HEADERS), 404, "admin_off")
        assert "FAQ_ADMIN_KEY" in body["detail"]


@pytest.mark.parametrize("path", READS)
def test_reads_need_the_key(client: TestClient, path: str) -> None:
    for headers in (
        {},
        {"authorization": "Bearer wrong"},
        {"authorization": f"Basic {KEY}"},
        {"authorization": ""},
    ):
        assert_problem(client.get(f"/v1/admin/{path}", headers=headers), 401, "admin_key_required")
    response = client.get(f"/v1/admin/{path}", headers=HEADERS)
    assert response.status_code == 200, response.text
    assert response.headers["cache-control"] == "no-store"
    assert client.head(f"/v1/admin/{path}", headers=HEADERS).content == b""


BODIES: tuple[tuple[str, dict[str, str]], ...] = (
    ("", {}),
    ("{", {"content-type": "application/json"}),
    ("key=wrong", {**FORM, **OURS}),
)


def calls_of(client: TestClient) -> list[tuple[str, str]]:
    """Every (method, path) of the admin side that the app has, whoever adds one."""
    routes = [route for route in client.app.routes if "/admin" in route.path]  # type: ignore[attr-defined]
    found = {
        (method, route.path.replace("{id}", "x"))
        for route in routes
        if not route.path.startswith("/web/")  # the style sheet and the script, which tell nothing
        for method in route.methods
    }
    assert all(path.startswith(("/admin", "/v1/admin/")) for _, path in found)
    assert len(found) > 20
    return sorted(found)


def test_no_route_of_the_admin_side_is_open(client: TestClient) -> None:
    for method, path in calls_of(client):
        for method_sent in (method, "HEAD") if method == "GET" else (method,):
            for content, headers in BODIES:
                response = client.request(
                    method_sent, path, content=content, headers=headers, follow_redirects=False
                )
                told = f"{method_sent} {path} {headers}: {response.status_code}"
                if path == "/admin/login":
                    assert "set-cookie" not in response.headers, told
                elif path.startswith("/v1/"):
                    assert response.status_code == 401, told
                else:
                    assert response.headers["location"].startswith("/admin/login?"), told
                assert response.headers["cache-control"] == "no-store", told


def test_no_route_answers_while_the_admin_side_is_off(tmp_path: Path) -> None:
    publish(tmp_path)
    with serving(tmp_path, log_url="off") as client:
        for method, path in calls_of(client):
            for content, headers in BODIES:
                response = client.request(
                    method, path, content=content, headers={**HEADERS, **headers}, follow_redirects=False
                )
                assert_problem(response, 404, "admin_off")


def test_a_head_without_the_key_is_refused(client: TestClient) -> None:
    assert client.head("/v1/admin/overview").status_code == 401


@pytest.mark.parametrize("path", PAGES)
def test_pages_lead_to_the_sign_in(client: TestClient, path: str) -> None:
    response = client.get(f"/admin{path}", follow_redirects=False)
    assert response.status_code == 303
    assert response.headers["location"].startswith("/admin/login?next=%2Fadmin")


@pytest.mark.parametrize("path", PAGES)
def test_pages_show_text_as_text(client: TestClient, path: str) -> None:
    assert sign_in(client).status_code == 303
    response = client.get(f"/admin{path}")
    assert response.status_code == 200
    assert EVIL not in response.text
    assert response.headers["cache-control"] == "no-store"
    policy = response.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert (
        "access-control-allow-origin"
        not in client.get(f"/admin{path}", headers={"origin": "https://e.x"}).headers
    )


def test_the_cookie_is_kept_from_scripts_and_other_sites(client: TestClient) -> None:
    cookie = sign_in(client).headers["set-cookie"]
    assert KEY not in cookie
    assert {"HttpOnly", "SameSite=strict"} <= {part.strip() for part in cookie.split(";")}
    assert "Secure" not in cookie
    with TestClient(client.app, base_url="https://testserver") as secure:
        assert "Secure" in sign_in(secure, origin="https://testserver").headers["set-cookie"]


def forged(expiry: str, secret: bytes = b"") -> str:
    body = f"{expiry}.00"
    return f"{body}.{hmac.new(secret, body.encode(), 'sha256').hexdigest()}"


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        ".",
        "..",
        "9999999999.00.",
        KEY,
        forged("9999999999"),
        forged("x"),
        "9" * 5000,
        forged("9999999999", hashlib.sha256(KEY.encode()).digest()),
    ],
)
def test_a_forged_cookie_opens_nothing(client: TestClient, cookie: str) -> None:
    response = client.get("/v1/admin/overview", headers={"cookie": f"{COOKIE}={cookie}"})
    assert_problem(response, 401, "admin_key_required")


def test_a_cookie_ends_and_can_not_be_changed() -> None:
    now = time.time()
    key = AdminKey(KEY, clock=lambda: now)
    cookie = key.make_cookie()
    assert key.is_cookie(cookie)
    for at in range(len(cookie)):
        changed = "0" if cookie[at] != "0" else "1"
        assert not key.is_cookie(cookie[:at] + changed + cookie[at + 1 :])
    assert not AdminKey(KEY + "!", clock=lambda: now).is_cookie(cookie)
    now += COOKIE_SECONDS
    assert not key.is_cookie(cookie)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://testserver.evil.example"},
        {"origin": "http://testserver", "sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_other_sites_change_nothing(client: TestClient, headers: dict[str, str]) -> None:
    sign_in(client)
    for path in (path for method, path in calls_of(client) if method == "POST"):
        if path.startswith("/v1/"):
            assert_problem(client.post(path, json={}, headers=headers), 403, "other_origin")
        else:
            page = client.post(path, content=f"key={KEY}", headers={**FORM, **headers})
            assert page.status_code == 403, path


def test_wrong_keys_are_slowed_for_who_sends_them(client: TestClient) -> None:
    for _ in range(5):
        assert sign_in(client, "wrong").status_code == 401
    assert sign_in(client, "wrong").status_code == 429
    wrong = {"authorization": "Bearer wrong"}
    limited = assert_problem(client.get("/v1/admin/overview", headers=wrong), 429, "too_many_attempts")
    assert "Try again" in limited["detail"]
    # Behind a proxy it may be somebody else of the same address.
    assert client.get("/v1/admin/overview", headers=HEADERS).status_code == 200
    assert sign_in(client).status_code == 303


def test_clients_wait_each_for_itself_and_few_are_remembered() -> None:
    now = 0.0
    wrong = WrongKeys(most=2, seconds=60, clients=3, clock=lambda: now)
    for _ in range(9):
        wrong.add("a")
    assert wrong.wait("a") > 0
    assert wrong.wait("b") == 0
    now = 61.0
    assert wrong.wait("a") == 0
    for client in "bcdefgh":
        wrong.add(client)
    assert len(wrong._seen) == 3


@pytest.mark.parametrize(
    "back", ["https://evil.example", "//evil.example", "/admin/../x", "/admin\r\nset-cookie: a=b"]
)
def test_signing_in_leads_nowhere_else(client: TestClient, back: str) -> None:
    response = client.post(
        f"/admin/login?{urlencode({'next': back})}",
        content=urlencode({"key": KEY}),
        headers={**FORM, **OURS},
        follow_redirects=False,
    )
    assert response.headers["location"] == "/admin"
    assert sign_in(client).headers["location"] == "/admin"


def test_signing_out_takes_the_cookie_away(client: TestClient) -> None:
    sign_in(client)
    assert client.post("/admin/logout", headers=OURS, follow_redirects=False).status_code == 303
    assert_problem(client.get("/v1/admin/overview"), 401, "admin_key_required")


@pytest.mark.parametrize("key", ["short", "x" * 15, "ä" * 16, "a b" * 8, "new\nline-new\nline"])
def test_a_weak_key_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(SettingsError, match="FAQ_ADMIN_KEY") as error:
        load_settings({"admin_key": key})
    assert key not in str(error.value)


def test_the_key_is_in_no_text_but_the_environment() -> None:
    settings = load_settings({"admin_key": KEY})
    assert KEY not in repr(settings)
    assert settings.to_environment()["FAQ_ADMIN_KEY"] == KEY


def test_the_key_is_never_logged(client: TestClient) -> None:
    sign_in(client)
    client.get("/v1/admin/overview", headers=HEADERS)
    assert KEY not in client.app.state.log.getvalue()  # type: ignore[attr-defined]


def test_the_overview_counts(client: TestClient) -> None:
    body = client.get("/v1/admin/overview?days=1", headers=HEADERS).json()
    assert body["collection"] == "shop"
    assert client.get("/v1/admin/overview?days=7", headers=HEADERS).json()["traffic"]["queries"] == 8
    assert_problem(client.get("/v1/admin/overview?days=0", headers=HEADERS), 400, "invalid_parameter")


@pytest.mark.parametrize("form", ["csv", "xlsx", "md", "json"])
@pytest.mark.parametrize("table", ["traffic", "queries", "entries"])
def test_tables_can_be_taken_away(client: TestClient, table: str, form: str) -> None:
    response = client.get(f"/v1/admin/exports?table={table}&format={form}&days=7", headers=HEADERS)
    assert response.status_code == 200
    assert response.headers["content-disposition"] == f'attachment; filename="shop-{table}.{form}"'
    if (table, form) == ("queries", "csv"):
        assert "\r\n'=money back," in response.text


@pytest.mark.parametrize("kind", ["gaps", "lint"])
def test_a_report_that_nobody_computed(client: TestClient, kind: str) -> None:
    assert_problem(client.get(f"/v1/admin/{kind}", headers=HEADERS), 404, "no_report")


@pytest.mark.parametrize(
    ("path", "kind", "body"),
    [
        (
            "/admin/try",
            FORM["content-type"],
            urlencode({"what": "variant", "entry": "refund", "variant": "x"}),
        ),
        (
            "/v1/admin/preview",
            "application/json",
            '{"variants": [{"entry": "refund", "variant": "x"}], "wait": 120}',
        ),
    ],
)
def test_a_try_out_ends_with_whoever_waits_for_it(
    client: TestClient, path: str, kind: str, body: str
) -> None:
    jobs = client.app.state.services.desk.jobs
    sent: list[Any] = [{"type": "http.request", "body": body.encode()}, {"type": "http.disconnect"}]
    headers = {**HEADERS, "content-type": kind}
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("testserver", 80),
        "scheme": "http",
    }

    async def receive() -> Any:
        return sent.pop(0)

    async def send(_message: Any) -> None:
        return

    assert client.portal is not None
    client.portal.call(client.app, scope, receive, send)
    job = jobs.latest("preview", "shop")
    assert job.state == "failed"
    assert "nobody waits" in str(job.problem)
    assert jobs.running("preview", "shop") is None


def test_rolling_back_lets_the_older_version_serve(client: TestClient, tmp_path: Path) -> None:
    root = tmp_path / "snapshots"
    newer = publish(root, entries=[*ENTRIES, Entry(id="new", question="New?", answer="Yes.", source="a:1")])
    versions = client.get("/v1/admin/snapshots", headers=HEADERS).json()["snapshots"]
    assert [one["version"] for one in versions if one["current"]] == [newer]
    older = versions[-1]["version"]
    asked = {"version": older}
    answer = client.post("/v1/admin/snapshots/rollback", json=asked, headers=HEADERS).json()
    assert answer == {"collection": "shop", "version": older}
    for wrong in ("20000101T000000Z-000000000000", "../../etc", "x\r\ny"):
        response = client.post("/v1/admin/snapshots/rollback", json={"version": wrong}, headers=HEADERS)
        assert_problem(response, 404, "unknown_snapshot")


def test_a_wording_is_shown_before_it_is_written(client: TestClient, tmp_path: Path) -> None:
    file = tmp_path / "faq" / "shop" / "variants.jsonl"
    asked: dict[str, Any] = {"variants": [{"entry": "refund", "variant": "where is my money"}]}
    shown = client.post("/v1/admin/variants", json=asked, headers=HEADERS).json()
    assert "where is my money" in shown["diff"]
    assert not file.exists()
    wrong = client.post("/v1/admin/variants", json={**asked, "digest": "0" * 64}, headers=HEADERS)
    assert_problem(wrong, 409, "change_refused")
    written = client.post("/v1/admin/variants", json={**asked, "digest": shown["digest"]}, headers=HEADERS)
    assert written.json()["lines"] == [1]
    assert "where is my money" in file.read_text("utf-8")
