"""What a key is, and what is kept of it."""

import re
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.platform.access.admission import presented_key
from services.platform.access.gate import Authority, authority_of, is_loopback
from services.platform.access.key import Key, digest, id_in
from services.platform.access.scope import KeyKind, Scope, usual_scopes
from tests.services.platform.access.keys import made


@pytest.mark.parametrize("kind", list(KeyKind))
def test_a_key_says_its_kind_and_id_and_hides_256_bits(kind: KeyKind) -> None:
    key, secret = made(kind)
    assert re.fullmatch(rf"sk_{kind}_[0-9a-f]{{10}}_[A-Za-z0-9_-]{{43}}", secret)
    assert id_in(secret) == key.id
    assert made(kind)[1] != secret


def test_nothing_that_is_kept_or_shown_holds_the_secret() -> None:
    key, secret = made()
    random_part = secret.rpartition(f"{key.id}_")[2]
    assert random_part not in key.model_dump_json()
    assert random_part not in repr(key)
    assert key.secret_sha256 not in repr(key)
    assert Key.model_validate_json(key.model_dump_json()) == key


def test_only_the_very_text_opens_a_key() -> None:
    key, secret = made()
    assert key.is_opened_by(secret)
    assert not key.is_opened_by(secret[:-1] + ("A" if secret[-1] != "A" else "B"))
    assert not key.is_opened_by(made()[1])
    assert not key.is_opened_by(digest(secret))


@given(st.text())
def test_any_other_text_has_no_id(text: str) -> None:
    assert id_in(text) is None


def test_an_admin_may_everything_and_others_what_their_scopes_say() -> None:
    admin, _ = made(KeyKind.ADMIN)
    reader, _ = made(KeyKind.READ, Scope.STATE)
    assert all(admin.allows(scope) for scope in Scope)
    assert [scope for scope in Scope if reader.allows(scope)] == [Scope.STATE]
    assert usual_scopes(KeyKind.WRITE) == {Scope.INGEST}


def basic(pair: str) -> str:
    return "Basic " + b64encode(pair.encode()).decode()


@pytest.mark.parametrize(
    ("header", "key"),
    [
        (None, None),
        ("", None),
        (basic("sk:"), "sk"),
        (basic("sk:whatever"), "sk"),
        (basic("sk"), "sk"),
        (basic(":sk"), None),
        ("basic" + basic("sk:")[5:], "sk"),
        ("Bearer sk", "sk"),
        ("bearer  sk ", "sk"),
        ("Bearer", None),
        ("Basic !!!", None),
        ("Basic /w==", None),
        ("Basic ä", None),
        ("Digest sk", None),
    ],
)
def test_a_key_is_the_user_of_basic_or_a_bearer(header: str | None, key: str | None) -> None:
    assert presented_key(header) == key


@given(st.text())
def test_no_header_is_an_error(text: str) -> None:
    presented_key(f"Basic {text}")
    presented_key(text)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.1", "::1", "[::1]", "localhost"])
def test_this_machine_by_its_own_names(host: str) -> None:
    assert is_loopback(host)
    if ":" in host:
        host = f"[{host.strip('[]')}]"
    here = authority_of(f"{host}:8000", "http")
    assert here == Authority(host.strip("[]"), 8000)
    assert is_loopback(here.host)


OTHERS = ["0.0.0.0", "::", "", "10.0.0.1", "localhost.evil.example", "*"]  # noqa: S104 - not bound


@pytest.mark.parametrize("host", OTHERS)
def test_what_others_may_reach(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("text", "scheme", "port"),
    [("localhost", "http", 80), ("localhost", "https", 443), ("localhost:81", "https", 81)],
)
def test_a_port_that_is_not_named_is_that_of_the_scheme(text: str, scheme: str, port: int) -> None:
    assert authority_of(text, scheme) == Authority("localhost", port)
    assert authority_of("localhost", "gopher") == Authority("localhost", None)


@pytest.mark.parametrize("text", ["", ":80", "a/b", "a?b", "u@localhost", "a:99999", "[::1"])
def test_what_names_no_host_and_port(text: str) -> None:
    assert authority_of(text, "http") is None


@given(st.text(), st.text())
def test_any_header_names_a_host_or_none(text: str, scheme: str) -> None:
    found = authority_of(text, scheme)
    assert found is None or found.host
