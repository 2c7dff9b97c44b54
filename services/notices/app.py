"""Notices as a process: the only place that builds it."""

from fastapi import APIRouter

from services.notices import api, api_deliveries, api_links
from services.notices import model as m
from services.notices.dispatch import Dispatcher
from services.notices.handlers import STREAM, read, sources
from services.notices.keys import Keys
from services.notices.mail import Mailer
from services.notices.sender import Addresses, Channels, Sender
from services.notices.settings import NoticesSettings
from services.notices.spread import NoticesEngine
from services.notices.store import INDEXES, VIEW, Store
from services.notices.webhook import Guard, Resolver, Webhooks
from services.runtime.mongo import Database
from services.runtime.room import Room
from services.runtime.service import run


def channels_of(settings: NoticesSettings) -> Channels:
    """Put together what is sent with; nothing connects yet."""
    guard = Guard(settings.policy(), Resolver(), settings.connect_seconds)
    relay = settings.relay()
    return Channels(
        Keys(settings.key()),
        Webhooks(guard, settings.patience(), settings.tls()),
        Mailer(relay) if relay else None,
        Addresses(settings.public_url, settings.notices_url),
    )


def build(settings: NoticesSettings) -> Room[m.State, m.Input, m.Fact]:
    """Put the room together."""
    channels, limits = channels_of(settings), settings.limits()

    def routes(engine: NoticesEngine, db: Database) -> APIRouter:
        room = api.Room(
            engine,
            Store(db),
            channels,
            settings.most_subscriptions,
            settings.secret_overlap_seconds,
        )
        router = APIRouter()
        for part in (api, api_deliveries, api_links):
            router.include_router(part.build_routes(room))
        return router

    async def dispatch(engine: NoticesEngine, db: Database) -> None:
        sender = Sender(engine, Store(db), channels, limits)
        await Dispatcher(engine, db, sender, limits, settings.dispatch_seconds).run()

    return Room(
        name="notices",
        stream=STREAM,
        read=read,
        sources=sources,
        routes=routes,
        view=VIEW,
        indexes=INDEXES,
        tasks=[dispatch],
        media=api_links.FORMS,
    )


def main() -> None:
    """Run until stopped."""
    settings = NoticesSettings()
    run(build(settings), settings)


if __name__ == "__main__":
    main()
