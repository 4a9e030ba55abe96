"""Messages that say who is who, processed one after the other."""

from tests.topology.agents.partitions import Partitions
from tests.topology.domain.messages import Json, day


def identify(user: str, number: int = 0, **more: object) -> Json:
    return {
        "type": "identify",
        "userId": user,
        "messageId": f"i-{user}-{number}",
        "timestamp": day(number).isoformat(),
        **more,
    }


def external(user: str, number: int, **ids: str) -> Json:
    found = [{"type": kind, "id": name} for kind, name in ids.items()]
    return identify(user, number, context={"externalIds": found})


def alias(previous: str, user: str, number: int = 0) -> Json:
    return {
        "type": "alias",
        "previousId": previous,
        "userId": user,
        "messageId": f"a-{previous}-{user}-{number}",
        "timestamp": day(number).isoformat(),
    }


def anonymous(message: Json, name: str) -> Json:
    rest = {key: value for key, value in message.items() if key != "userId"}
    return rest | {"anonymousId": name}


def partitions_after(*messages: Json, count: int = 3) -> Partitions:
    """One message after the other, each with all that follows from it."""
    partitions = Partitions(count)
    for message in messages:
        partitions.produce(message)
        partitions.drain()
    return partitions


def names_of(partitions: Partitions, name: str) -> tuple[str, ...]:
    _, state = partitions.person(name)
    return state.names.others


def contested(partitions: Partitions, name: str) -> list[str]:
    _, state = partitions.person(name)
    return [each.name for each in state.names.contested]


def many_names(user: str, count: int) -> list[Json]:
    return [identify(user, n, anonymousId=f"{user}-anon-{n}") for n in range(count)]
