"""The published JSON Schema of the report."""

import json

from onduty.reports.model import Report


def report_schema() -> str:
    schema = Report.model_json_schema(mode="serialization")
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "On Duty report, version 1"
    return json.dumps(schema, indent=2) + "\n"
