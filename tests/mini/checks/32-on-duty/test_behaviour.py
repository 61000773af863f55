"""What the whole till can do, before and after every fix."""

from onduty.checking import Because, task
from onduty.lab.hosting.service import Service


@task("32.1", id="unknown-paths")
async def test_unknown_paths_are_404(service: Service) -> None:
    """A path that nobody knows is 404."""
    answer = await service.get("/nowhere")
    assert answer.status_code == 404, Because("an unknown path was answered as if it were known")
