"""The published JSON Schema of what `onduty grade --render json=FILE` writes."""

import json

from onduty.grading.sheets import RESULTS


def results_schema() -> str:
    schema = RESULTS.json_schema(mode="serialization")
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "On Duty results, version 1"
    return json.dumps(schema, indent=2) + "\n"
