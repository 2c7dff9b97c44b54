"""Which of the services' own events each service is sent, and who says any. Part of `channels`."""

BINDINGS: dict[str, tuple[str, ...]] = {
    "intake": (
        "case.routed.#",
        "case.closed.#",
        "assignment.returned.#",
        "assignment.resolved.#",
        "assignment.recalled.#",
        "information.requested.#",
    ),
    "routing": (
        "case.filed.#",
        "case.withdrawn.#",
        "case.concluded.#",
        "case.attached.#",
        "case.linked.#",
        "information.supplied.#",
        "instruction.#",
        "access.revoked",
    ),
    "tracker": (
        "case.filed.stalled_project",
        "case.filed.bankruptcy",
        "case.filed.civil_dispute",
        "assignment.resolved.stalled_project",
        "access.revoked",
    ),
    "metrics": (
        "case.#",
        "assignment.#",
        "information.#",
        "project.#",
        "meeting.#",
        "instruction.#",
        "message.#",
        "access.revoked",
    ),
    "notices": (
        "case.filed.#",
        "case.routed.#",
        "case.unroutable.#",
        "case.escalated.#",
        "case.withdrawn.#",
        "case.closed.#",
        "assignment.due_soon.#",
        "assignment.urged.#",
        "assignment.overdue.#",
        "assignment.recalled.#",
        "assignment.returned.#",
        "assignment.resolved.#",
        "information.requested.#",
        "information.supplied.#",
        "instruction.#",
        "access.revoked",
    ),
    "liaison": ("access.revoked", "audit.anchored"),
    "parking": ("access.revoked", "audit.anchored"),
}
"""What each service is sent from `evt`; nobody is sent what it doesn't use."""
SERVICES = tuple(BINDINGS)
EMITTERS = ("intake", "routing", "tracker", "liaison", "parking")
"""The services that have something to say on `evt`."""
