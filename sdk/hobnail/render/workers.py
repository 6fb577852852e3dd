"""Where the renders of a batch run: over this machine's cores, or over many machines by Ray (extra ``[cluster]``).

Both run the same command, ``hobnail render``, in a process of its own. Ray says which machine has room, and begins a
job anew whose machine was lost; we schedule nothing. Its machines need the same Hobnail, and the same files under the
same paths.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec

from hobnail.children import python
from hobnail.errors import MissingExtraError, RenderError
from hobnail.render.batch import Finished, Job, Outcome, Runner

LOCAL: Final = "local"
"""An address: a Ray of our own on this machine, for this batch."""

_PATIENCE_S: Final = 10.0  #: for a render that was ended to clear away what it began
_RETRIES: Final = 2  #: of a job whose machine was lost


def here(workers: int) -> Runner:
    """So many at a time on this machine."""

    def run(jobs: Sequence[tuple[int, Job]], finished: Finished) -> None:
        running: set[subprocess.Popen[str]] = set()
        with ThreadPoolExecutor(max_workers=workers) as pool:
            futures = [
                pool.submit(lambda number, job: finished(number, run_job(job, running=running)), number, job)
                for number, job in jobs
            ]
            try:
                for future in futures:
                    future.result()
            except BaseException:
                for future in futures:
                    future.cancel()
                for process in list(running):
                    process.terminate()
                raise

    return run


def on_cluster(address: str) -> Runner:
    """On Ray: ``local``, ``auto`` (the cluster that this machine belongs to), or the address of its head.

    Raises MissingExtraError; the runner raises RenderError when no cluster answers.
    """
    ray = _ray()

    def run(jobs: Sequence[tuple[int, Job]], finished: Finished) -> None:
        ours = not ray.is_initialized()
        if ours:
            _join(ray, address)
        try:
            _spread(ray, jobs, finished)
        finally:
            if ours:
                ray.shutdown()

    return run


def run_job(job: Job, folder: str | None = None, *, running: set[subprocess.Popen[str]] | None = None) -> Outcome:
    """One render as a process of its own, in ``folder``; ``running`` holds it while it runs.

    The folder that a list names for its output is made; where that cannot be, the render itself says what is wrong.
    """
    with suppress(OSError):
        Path(folder or ".", job.output).parent.mkdir(parents=True, exist_ok=True)
    command = python("hobnail", "render", job.input, "-o", job.output, "--json", *job.arguments)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder, start_new_session=True
    ) as process:
        held = running if running is not None else set()
        held.add(process)
        try:
            out, said = process.communicate()
        except BaseException:  # Ctrl-C, or Ray wants us to stop: it clears away what it began
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(_PATIENCE_S)
            process.kill()
            raise
        finally:
            held.discard(process)
    if process.returncode == 0:
        lines = [msgspec.json.decode(line, type=dict[str, object]) for line in out.splitlines() if line]
        files = [file for line in lines for file in _listed(line.get("files"))]
        return Outcome(job=job, state="done", summary={**(lines[-1] if lines else {}), "files": files})
    return Outcome(job=job, state="failed", said=said.strip()[-2000:] or f"ended with {process.returncode}")


def _spread(ray: Any, jobs: Sequence[tuple[int, Job]], finished: Finished) -> None:  # noqa: ANN401 - Ray's module
    remote = ray.remote(num_cpus=1, max_retries=_RETRIES)(run_job)
    folder = str(Path.cwd())
    waiting = {remote.remote(job, folder): (number, job) for number, job in jobs}
    try:
        while waiting:
            ready, _ = ray.wait(list(waiting), num_returns=1)
            number, job = waiting.pop(ready[0])
            try:
                outcome = ray.get(ready[0])
            except ray.exceptions.RayError as error:  # its machine was lost too often, or cannot run Hobnail
                outcome = Outcome(job=job, state="failed", said=f"Ray: {type(error).__name__}: {str(error)[-1000:]}")
            finished(number, outcome)
    except BaseException:
        for each in waiting:
            ray.cancel(each)
        raise


def _join(ray: Any, address: str) -> None:  # noqa: ANN401 - Ray's module
    own = {"include_dashboard": False} if address == LOCAL else {}
    try:
        ray.init(address=address, log_to_driver=False, **own)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise RenderError(
            f"--cluster {address}: no Ray cluster answers: {error}",
            cure="Start one (ray start --head), or use --cluster local.",
        ) from error


def _ray() -> Any:  # noqa: ANN401 - a module of its own kind
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # what is rendered here is told to nobody
    try:
        import ray
    except ModuleNotFoundError as error:
        raise MissingExtraError("Rendering on a cluster", extra="cluster") from error
    return ray


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else []
