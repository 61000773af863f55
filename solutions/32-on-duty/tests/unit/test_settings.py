"""What the platform tells the service is checked whole, and never repeated aloud."""

import pytest
from app.settings import load_settings

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


def test_all_processes_together_keep_the_budget_of_connections(make_settings):
    settings = make_settings(database_connections=20, web_concurrency=4)
    of_all = 4 * (settings.connections_per_process + 1)
    assert of_all <= 20


def test_draining_and_finishing_fit_into_the_grace(make_settings):
    settings = make_settings(grace_seconds=30)
    assert settings.drain_seconds + settings.finish_seconds < 30
