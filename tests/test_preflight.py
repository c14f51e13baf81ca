"""Production starts only when nothing of development is left in it."""

import pytest
from pydantic import SecretStr

from daf_backend.db.embedded import Servers
from daf_backend.preflight import NotReady, check

SAFE = {
    "env": "produccion", "cors_origins": "https://caja.example", "proxies": 1,
    "metrics_token": SecretStr("un-token-de-quien-opera"),
}  # fmt: skip
STRIPE = {"pasarela": "stripe", "stripe_key": "sk_test_1", "stripe_webhook_secret": "whsec_1"}


def test_development_asks_only_for_servers_that_check_passwords(settings, servers):
    check(settings, servers)


def test_production_starts_when_all_is_in_order(settings, servers, caplog):
    check(type(settings)(_env_file=None, **{**settings.model_dump(), **SAFE, **STRIPE}), servers)
    assert not caplog.records


def test_production_warns_of_a_shop_that_charges_nothing(settings, servers, caplog):
    check(settings.model_copy(update=SAFE), servers)
    assert "DAF_PASARELA=simulada" in caplog.text


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"admin_dsn": "host=h user=postgres password=p"}, "DAF_ADMIN_DSN"),
        ({"cors_origins": "http://localhost:5173,http://localhost:5174"}, "DAF_CORS_ORIGINS"),
        ({"host": "0.0.0.0", "proxies": 0}, "DAF_HOST=0.0.0.0 sin TLS"),
        ({"demo_password": "demo"}, "DAF_DEMO_PASSWORD"),
        ({"metrics_token": ""}, "DAF_METRICS_TOKEN"),
        ({"metrics_token": "corto"}, "DAF_METRICS_TOKEN"),
    ],
)
def test_production_refuses_what_is_left_of_trying(settings, servers, change, reason):
    changed = type(settings)(_env_file=None, **{**settings.model_dump(), **SAFE, **change})
    with pytest.raises(NotReady, match=reason):
        check(changed, servers)


def test_production_refuses_demo_logins_until_they_are_off(settings, servers, staff, pos):
    pos.execute("CREATE ROLE demo_olvidado LOGIN IN ROLE ventas")
    pos.commit()
    try:
        with pytest.raises(NotReady, match="demo_olvidado"):
            check(settings.model_copy(update=SAFE), servers)
    finally:
        pos.execute("DROP ROLE demo_olvidado")
        pos.commit()


def test_production_refuses_a_database_in_clear_text_off_this_machine(settings, servers, monkeypatch):
    far = Servers(servers.pos.replace("127.0.0.1", "db.example"), servers.ecom, None)
    monkeypatch.setattr("daf_backend.preflight.inspect", lambda *_: None)
    monkeypatch.setattr("daf_backend.preflight.staff_logins", lambda *_, **__: [])
    with pytest.raises(NotReady, match="DAF_POS_DSN sale de esta máquina sin TLS"):
        check(settings.model_copy(update=SAFE), far)


def test_without_keys_it_says_what_to_do(settings, servers, tmp_path):
    with pytest.raises(NotReady, match="daf deploy"):
        check(settings.model_copy(update={"home": tmp_path}), servers)


@pytest.mark.parametrize("env", ["desarrollo", "produccion"])
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"stripe_key": ""}, "DAF_STRIPE_KEY"),
        ({"stripe_key": "pk_test_1"}, "DAF_STRIPE_KEY"),
        ({"stripe_webhook_secret": ""}, "DAF_STRIPE_WEBHOOK_SECRET"),
    ],
)
def test_stripe_needs_both_of_its_secrets(settings, servers, env, change, reason):
    everything = {**settings.model_dump(), **SAFE, **STRIPE, **change, "env": env}
    changed = type(settings)(_env_file=None, **everything)
    if reason is None:
        check(changed, servers)
        return
    with pytest.raises(NotReady, match=reason) as refused:
        check(changed, servers)
    assert "sk_test_1" not in str(refused.value) and "whsec_1" not in str(refused.value)


def test_production_asks_stripe_over_tls_only(settings, servers):
    clear = {**settings.model_dump(), **SAFE, **STRIPE, "stripe_url": "http://stripe.example"}
    with pytest.raises(NotReady, match="DAF_STRIPE_URL"):
        check(type(settings)(_env_file=None, **clear), servers)
