"""`stammkunde topics`."""

import click


@click.group(invoke_without_command=True)
@click.pass_context
def topics(context: click.Context) -> None:
    """Create the Kafka topics that are missing, and list them all.

    Without KAFKA_BOOTSTRAP_SERVERS it uses the local stack that `stammkunde up` has started.
    `create` only creates, `list` only lists.
    """
    if context.invoked_subcommand is None:
        context.invoke(create)
        context.invoke(list_)


@topics.command()
def create() -> None:
    """Create the topics that are missing.

    Each gets STAMMKUNDE_PARTITIONS partitions.
    """
    from schemas.counted import counted
    from schemas.topics import catalogue
    from services.platform.kafka.security import security_of
    from services.platform.kafka.topics.ensure import ensure_topics
    from services.platform.kafka.topics.replication import meaning
    from services.tools.cli.startup import connect_command, run_until_signal
    from services.webhooks.topics import groups_of

    settings, kafka = connect_command("topics")
    ready = run_until_signal(
        ensure_topics(
            kafka,
            catalogue(settings.app_id),
            settings.partitions,
            security_of(settings),
            groups_of(settings.app_id),
        )
    )
    if ready is None:
        return
    for name in ready.created:
        click.echo(f"created {name}")
    for name in ready.unbounded:
        click.echo(f"Kafka does not let us limit how long {name} keeps replaced records", err=True)
    many = counted(len(catalogue(settings.app_id)), "topic")
    click.echo(f"{many} with {counted(ready.partitions, 'partition')} each")
    click.echo(meaning(ready.brokers))


@topics.command(name="list")
def list_() -> None:
    """List every topic that should exist, and its state.

    The state says whether the topic exists, and whether its configuration is right.
    """
    from schemas.topics import catalogue
    from services.platform.kafka.security import security_of
    from services.platform.kafka.topics.compare import overview
    from services.tools.cli.startup import connect_command, run_until_signal

    settings, kafka = connect_command("topics")
    wanted = catalogue(settings.app_id)
    lines = run_until_signal(overview(kafka, wanted, security_of(settings))) or []
    name = max((len(line.name) for line in lines), default=0)
    writer = max((len(line.written_by) for line in lines), default=0)
    for line in lines:
        click.echo(f"{line.name:{name}}  {line.written_by:{writer}}  {line.state}")
