"""A broker that is short of memory or disk: it goes on delivering, and reads from no publisher.

It says so (`connection.blocked`) to a connection that publishes; what is sent after that stays in
the socket, without any answer, until the alarm is over.
"""

from aiormq.abc import AbstractConnection


def blocked(connection: AbstractConnection) -> bool:
    """Tell whether the broker reads nothing from a connection now.

    aiormq knows, and only has a wait for it: one step of that wait tells whether it would wait.
    """
    if connection.is_closed:
        return False
    wait = connection.ready().__await__()
    try:
        next(wait)
    except StopIteration:
        return False
    wait.close()
    return True
