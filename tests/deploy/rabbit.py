"""A node of Debian's rabbitmq-server of our own: in a folder of its own, on free ports of loopback."""

import os
import shutil
from pathlib import Path

from tests.glance.service import free_port

_PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # the one in the path becomes another user, with other folders


def is_here() -> bool:
    """Whether this machine has RabbitMQ."""
    return _PROGRAM.exists() and shutil.which("epmd") is not None


class Node:
    """Two processes: the directory of Erlang's nodes, which would else be shared with others, and the broker."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._directory = free_port()
        self._between = free_port()

    @property
    def url(self) -> str:
        """For BROKER_URL."""
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    def commands(self) -> dict[str, list[str]]:
        """Name → command, in the order in which they start."""
        return {
            "epmd": ["epmd", "-port", str(self._directory), "-address", "127.0.0.1"],
            "rabbitmq": [str(_PROGRAM)],
        }

    def environment(self) -> dict[str, str]:
        """All that it writes lies in the folder."""
        folder = str(self.folder)
        return {
            "PATH": os.environ["PATH"],
            "HOME": folder,  # the cookie
            "ERL_EPMD_PORT": str(self._directory),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"console{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._between),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_MNESIA_BASE": f"{folder}/mnesia",
            "RABBITMQ_LOG_BASE": f"{folder}/log",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/plugins",
            "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq",
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        }
