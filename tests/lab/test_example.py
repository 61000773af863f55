"""The example of the lab's page prints what the page says."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
EXAMPLE = "docs/fragments/examples/liveness.py"


def test_the_example_runs_and_prints_what_its_page_says() -> None:
    ran = subprocess.run([sys.executable, EXAMPLE], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    told = (ROOT / "docs/reference/lab.md").read_text("utf-8")
    assert f"```text\n{ran.stdout}```" in told
