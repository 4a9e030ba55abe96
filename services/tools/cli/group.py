"""The command group with all subcommands."""

import click

from services.tools.cli.connect import connect
from services.tools.cli.dead_letters import dead_letters
from services.tools.cli.demo import demo
from services.tools.cli.doctor import doctor
from services.tools.cli.keys import keys
from services.tools.cli.policy import policy
from services.tools.cli.replay import replay
from services.tools.cli.roles import api, archive, delivery, projector, worker
from services.tools.cli.topics import topics
from services.tools.cli.up import up


class InReadingOrder(click.Group):
    """Lists its commands in the order in which a new user needs them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the commands in the order in which they were added."""
        return list(self.commands)


@click.group(cls=InReadingOrder, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="stammkunde", prog_name="stammkunde")
def stammkunde() -> None:
    """Customer retention as a stream: events in, retention triggers out, exactly once.

    Start with `stammkunde demo`. Settings come from the environment and from a file .env.
    KAFKA_BOOTSTRAP_SERVERS and REDIS_URL name the servers to use; without them, `demo` and `up`
    start a local Kafka and a local Valkey. The README explains STAMMKUNDE_DATA_DIR,
    STAMMKUNDE_POLICY, STAMMKUNDE_API_PORT and the other settings.
    """


for command in (
    *(demo, up, worker, projector, api, delivery, archive, replay, dead_letters),
    *(topics, keys, connect, policy, doctor),
):
    stammkunde.add_command(command)
