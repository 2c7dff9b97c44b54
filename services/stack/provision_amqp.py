"""Declares the topology over AMQP, for a broker whose management API can't be reached.

There is one user for all then: the rights of services and offices are not enforced, and whoever
calls this says so.
"""

import aiormq

from fuyuan_contracts.addresses import each_address
from fuyuan_contracts.channels import Topology


async def declare_over_amqp(amqp_url: str, topology: Topology) -> None:
    """Declare exchanges, queues and bindings, all durable. Doing it again changes nothing.

    Raises aiormq.exceptions.ChannelPreconditionFailed when one is there with other arguments.
    """
    connection = await aiormq.connect(each_address(amqp_url)[0])
    try:
        channel = await connection.channel()
        for exchange in topology.exchanges:
            await channel.exchange_declare(
                exchange.name,
                exchange_type=exchange.type,
                durable=True,
                arguments=exchange.arguments,
            )
        for queue in topology.queues:
            await channel.queue_declare(queue.name, durable=True, arguments=queue.arguments)
        for binding in topology.bindings:
            await channel.queue_bind(binding.queue, binding.exchange, binding.key)
    finally:
        await connection.close()


async def remove_over_amqp(amqp_url: str, topology: Topology) -> None:
    """Delete the queues, with what is in them, and the exchanges of `topology`."""
    connection = await aiormq.connect(each_address(amqp_url)[0])
    try:
        channel = await connection.channel()
        for queue in topology.queues:
            await channel.queue_delete(queue.name)
        for exchange in topology.exchanges:
            await channel.exchange_delete(exchange.name)
    finally:
        await connection.close()
