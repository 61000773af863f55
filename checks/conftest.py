"""Lets plain pytest run checks: `pytest checks/05-blocked-event-loop --app workspace/05-blocked-event-loop`."""

pytest_plugins = ["onduty.checking.plugin"]
