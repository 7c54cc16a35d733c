"""A soak: any number of requests on any number of machines, judged at both ends while another tool sends them.

Three kinds of process work together. None of them imports the tool that sends: it runs each as a process, and passes
lines on between them (`lines.py`).

    hub          one for a soak: the world, the target, who may send which exchange, and the verdict
    companion    one beside each worker: its requests, its callers, its exchanges, and the laws
    worker       sends each request once, with its own client, and hands the answer back

An exchange has a number, and its caller, its URLs and its own values have that number in them. The hub hands out blocks
of numbers with the callers that go with them, so it knows the worker of whatever arrives (`routing.py`): what a worker
has caused goes to its companion, in order. What is of the run and of no worker is a phantom, and the hub's to tell.

A companion ties and judges as a run does (`judging.py`). It says that an event is lost only when the hub has handed on
all that had arrived some seconds after the answer: a slow machine loses nothing. A worker that dies leaves a gap: its
exchanges are not proven, and what arrives for them accuses nobody.
"""

from bothends.soak.lines import HERE, HUB, is_a, parted

__all__ = [
    "HERE",
    "HUB",
    "is_a",
    "parted",
]
