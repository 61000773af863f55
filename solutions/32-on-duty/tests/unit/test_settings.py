"""What the platform tells the service is checked whole, and never repeated aloud."""

import runpy

import pytest
from app.settings import load_settings
from tests.conftest import ROOT

GOOD = {
    "HOST": "127.0.0.1",
    "PORT": "8000",
    "DATABASE_URL": "postgresql://owl:feathers@db:5432/nightowl",
    "REDIS_URL": "redis://cache:6379",
    "PAYMENTS_URL": "http://payments:9000",
    "PAYMENTS_DEADLINE": "2.5",
    "SECRET_KEY": "k" * 32,
}


@pytest.fixture(autouse=True)
def good_environment(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)


def test_a_good_environment_is_taken_as_it_is():
    settings = load_settings()
    assert settings.payments_deadline == 2.5
    assert not settings.in_development


@pytest.mark.parametrize("name", GOOD)
def test_a_missing_or_empty_variable_ends_the_start_and_is_named(monkeypatch, name):
    monkeypatch.setenv(name, "")
    with pytest.raises(SystemExit, match=f"{name}: is missing or empty"):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "70000"),
        ("DATABASE_URL", "mysql://owl:feathers@db/nightowl"),
        ("DATABASE_URL", "postgresql://db/nightowl"),
        ("SECRET_KEY", "feathers"),
        ("SECRET_KEY", "changeme-" * 5),
        ("PAYMENTS_DEADLINE", "forever"),
        ("CORS_ORIGINS", "https://till.example"),
        ("ORDER_LINES_MAX", "0"),
    ],
)
def test_a_bad_value_is_named_and_not_shown(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        load_settings()
    assert name in str(ended.value)
    assert value not in str(ended.value)
    assert "feathers" not in str(ended.value)


def test_every_bad_variable_is_named_at_once(monkeypatch):
    monkeypatch.setenv("PORT", "high")
    monkeypatch.delenv("SECRET_KEY")
    with pytest.raises(SystemExit, match=r"(?s)PORT.*SECRET_KEY"):
        load_settings()


def test_secrets_are_masked_wherever_settings_are_shown():
    shown = repr(load_settings()) + load_settings().model_dump_json()
    assert "feathers" not in shown
    assert GOOD["SECRET_KEY"] not in shown


@pytest.mark.parametrize(("connections", "processes"), [(20, 4), (20, 10), (64, 32), (2, 1)])
def test_all_processes_together_keep_the_budget_of_connections(make_settings, connections, processes):
    settings = make_settings(database_connections=connections, web_concurrency=processes)
    assert settings.connections_per_process >= 1
    assert processes * (settings.connections_per_process + 1) <= connections


@pytest.mark.parametrize(("connections", "processes"), [("20", "32"), ("", "32"), ("1", "1")])
def test_a_budget_that_cannot_be_kept_ends_the_start(monkeypatch, connections, processes):
    monkeypatch.setenv("DATABASE_CONNECTIONS", connections)
    monkeypatch.setenv("WEB_CONCURRENCY", processes)
    with pytest.raises(SystemExit, match=f"DATABASE_CONNECTIONS: should be at least {2 * int(processes)}"):
        load_settings()


@pytest.mark.parametrize("grace", [1, 2, 5, 10, 30])
def test_a_worker_drains_finishes_and_closes_before_it_is_killed_and_wastes_none_of_the_grace(monkeypatch, grace):
    monkeypatch.setenv("GRACE_SECONDS", str(grace))
    served_on = load_settings().drain_seconds
    gunicorn = runpy.run_path(str(ROOT / "gunicorn.conf.py"))
    finished = served_on + gunicorn["Worker"].CONFIG_KWARGS["timeout_graceful_shutdown"]
    assert 0 < served_on < finished < gunicorn["graceful_timeout"] <= max(1, grace - 1)
    assert finished >= grace - 2
