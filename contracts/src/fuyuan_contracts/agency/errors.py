"""What can go wrong, in words an office's developer can act on."""


class AgencyError(Exception):
    """Any error of the kit."""


class SettingsError(AgencyError):
    """What the consumer was told (URL, office, inbox, store, CA) is missing or wrong."""


class StoreError(AgencyError):
    """The store can't be used: of another office, of a newer kit, in use, not writable."""


class UnknownAssignmentError(AgencyError):
    """No assignment of this id is in the store."""


class ActError(AgencyError):
    """An act that can't be taken. `field` names what is wrong with it, where it is one field."""

    def __init__(self, message: str, field: str | None = None) -> None:
        """Keep the field's name beside the message."""
        super().__init__(f"{field}: {message}" if field else message)
        self.field = field


class EndedError(ActError):
    """The assignment was resolved or returned: nothing more can be said about it."""


class RecalledError(EndedError):
    """撤回交办: the assignment was recalled; whatever the office says now would be refused."""
